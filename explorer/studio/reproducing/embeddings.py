"""An embedding made again from its photograph: the same face, the same encoder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import Field

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.reading import read_file
from explorer.science.recognition.registry import encoder_spec
from explorer.studio import catalogue
from explorer.studio.catalogue.networks import known_encoder
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import Provenance
from explorer.studio.faces.vector_export import export_vector
from explorer.studio.faces.vectors import SUFFIXES, Vector, load_vector
from explorer.studio.reproducing.comparing import Value, changes, deviation
from explorer.studio.reproducing.making import Reproduction, ReproductionContext, again_beside, export_of
from explorer.studio.reproducing.sources import Part, Points, Source, Word, Words, face_again, file_of, outdated, taken
from explorer.studio.versions import versions


class EmbeddingRecipe(Part):
    """What a record says of an embedding."""

    source: Source
    points: Points
    points_by_hand: bool = False
    encoder: Word
    networks: Words = Field(default_factory=dict)
    versions: Words = Field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class EmbeddingReproducer:
    """An embedding as its record describes it."""

    name: str
    recipe: EmbeddingRecipe

    @classmethod
    def of(cls, record: Provenance, name: str) -> EmbeddingReproducer:
        """Take a record apart.

        Raises:
            UserError: it is damaged, or of an earlier version.
        """
        if "points" not in record:
            raise outdated(name, "the five points of the face")
        return cls(name, taken(EmbeddingRecipe, record, name))

    def place(self, figure: Path) -> Path:
        """Beside it, of the same kind."""
        known = export_of(figure).suffix.lower() in SUFFIXES
        return again_beside(figure, None if known else ".npy")

    def check(self, sources: Mapping[str, Path], out: Path) -> None:
        """The photograph has to be there, and the encoder known."""
        self._file(sources)
        known_encoder(self.recipe.encoder)
        if out.suffix.lower() not in SUFFIXES:
            raise UserError(f"{out.name}: embeddings are written as {', '.join(SUFFIXES)}; choose one of these endings")

    def make(self, making: ReproductionContext) -> Reproduction:
        """Embed and write."""
        recipe = self.recipe
        photograph = read_file(self._file(making.sources))
        face = face_again(photograph, recipe.points, recipe.points_by_hand)
        vector: Vector = embed_face(making.networks.recogniser(recipe.encoder), photograph, face).numpy()
        files = export_vector(making.out, vector, recipe.encoder, photograph, face)
        then, same = {}, None
        export = export_of(making.figure)
        if export.suffix.lower() in SUFFIXES and export.is_file():
            before = load_vector(export).vector
            then, same = by_place(before), bool(np.array_equal(before, vector))
        apart = deviation(then, by_place(vector) if then else {})
        network = encoder_spec(recipe.encoder).network
        lines: tuple[str, ...] = ()
        if recipe.networks:
            now = versions({"encoders": (recipe.encoder,)})
            lines = changes(recipe.networks, {network: catalogue.sha256(network)}, recipe.versions, now)
        return Reproduction(f"embedding of {recipe.encoder}", files, apart, same, lines)

    def _file(self, sources: Mapping[str, Path]) -> Path:
        return file_of(self.recipe.source.name, self.recipe.source.sha256, sources, self.name)


def by_place(vector: Vector) -> dict[str, Value]:
    """The numbers of an embedding (D,) by what a comparison calls them."""
    return {f"number {place}": float(value) for place, value in enumerate(vector, 1)}
