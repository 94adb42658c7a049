"""A template made again from the photographs and embeddings that it was averaged of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.reading import read_file
from explorer.science.laboratory.templates import template_of
from explorer.science.recognition.registry import encoder_spec
from explorer.studio import catalogue
from explorer.studio.catalogue.networks import Networks, known_encoder
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import Provenance
from explorer.studio.faces.template_record import MOST_FACES, TemplateMember, TemplateRecord
from explorer.studio.faces.vector_encoder import open_vector
from explorer.studio.faces.vector_export import export_template
from explorer.studio.faces.vectors import SUFFIXES, Vector, load_vector
from explorer.studio.reproducing.comparing import changes, deviation
from explorer.studio.reproducing.embeddings import by_place
from explorer.studio.reproducing.making import Reproduction, ReproductionContext, again_beside, export_of
from explorer.studio.reproducing.sources import Part, Word, Words, face_again, file_of, taken
from explorer.studio.versions import versions


class TemplateRecipe(Part):
    """What a record says of a template."""

    encoder: Word
    averaging: Literal["normalised", "plain"]
    weighting: Word = "equal"
    sources: Annotated[tuple[TemplateMember, ...], Field(min_length=1, max_length=MOST_FACES)]
    networks: Words = Field(default_factory=dict)
    versions: Words = Field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class TemplateReproducer:
    """A template as its record describes it."""

    name: str
    recipe: TemplateRecipe

    @classmethod
    def of(cls, record: Provenance, name: str) -> TemplateReproducer:
        """Take a record apart.

        Raises:
            UserError: it is damaged.
        """
        return cls(name, taken(TemplateRecipe, record, name))

    def place(self, figure: Path) -> Path:
        """Beside it, of the same kind."""
        known = export_of(figure).suffix.lower() in SUFFIXES
        return again_beside(figure, None if known else ".npy")

    def check(self, sources: Mapping[str, Path], out: Path) -> None:
        """All files have to be there, and the encoder known."""
        for member in self.recipe.sources:
            file_of(member.name, member.sha256, sources, self.name)
        known_encoder(self.recipe.encoder)
        if out.suffix.lower() not in SUFFIXES:
            raise UserError(f"{out.name}: embeddings are written as {', '.join(SUFFIXES)}; choose one of these endings")

    def make(self, making: ReproductionContext) -> Reproduction:
        """Embed every face, average, and write."""
        recipe = self.recipe
        vectors = np.stack([self._vector(member, making.sources, making.networks) for member in recipe.sources])
        vector = template_of(vectors, recipe.averaging, [member.weight for member in recipe.sources])
        record = TemplateRecord(averaging=recipe.averaging, weighting=recipe.weighting, members=recipe.sources)
        files = export_template(making.out, vector, recipe.encoder, record)
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
        return Reproduction(f"template of {len(vectors)} faces of {recipe.encoder}", files, apart, same, lines)

    def _vector(self, member: TemplateMember, sources: Mapping[str, Path], networks: Networks) -> Vector:
        file = file_of(member.name, member.sha256, sources, self.name)
        if member.points is None:
            return open_vector(file, self.recipe.encoder).vector
        photograph = read_file(file)
        face = face_again(photograph, member.points, member.points_by_hand)
        vector: Vector = embed_face(networks.recogniser(self.recipe.encoder), photograph, face).numpy()
        return vector
