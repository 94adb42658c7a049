"""A figure that decoders draw, made again from its photographs and its decoders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from explorer.science.iteration import Steps
from explorer.studio.export.generated import open_picture
from explorer.studio.export.provenance import Provenance
from explorer.studio.inversion.running import FinishedInversion, Inverting
from explorer.studio.laboratory.face_files import check_ending
from explorer.studio.laboratory.figure_changes import FigureModifier, open_modifier
from explorer.studio.laboratory.figure_export import (
    FigureParts,
    draw_parts,
    export_figure,
    figure_record,
    given_decoder,
    own_decoder,
)
from explorer.studio.laboratory.figure_presets import FigureSettings
from explorer.studio.laboratory.figure_values import FigureDecoder, FigureFace
from explorer.studio.reproducing.comparing import changes, deviation
from explorer.studio.reproducing.laboratory_faces import FaceSource, Grid, place_again
from explorer.studio.reproducing.making import Reproduction, ReproductionContext
from explorer.studio.reproducing.sources import Digest, Part, Word, Words, face_again, file_of, taken


class _Network(Part):
    """A file that took part. file: its name where it was given; empty for the program's own."""

    sha256: Digest
    file: Word = ""

    def path(self, sources: Mapping[str, Path], name: str) -> Path | None:
        """The file that was given; None for the program's own.

        Raises:
            UserError: it was given, and is not among the sources.
        """
        return file_of(self.file, self.sha256, sources, name) if self.file else None


class _Decoder(_Network):
    encoder: Word
    layer: Word | None = None

    def opened(self, sources: Mapping[str, Path], name: str) -> FigureDecoder:
        path = self.path(sources, name)
        return own_decoder(self.encoder, self.layer) if path is None else given_decoder(path)


class FigureRecipe(Part):
    """What a record says of a figure."""

    asked: FigureSettings
    sources: Annotated[list[FaceSource], Field(min_length=1, max_length=100)]
    decoders: Annotated[list[_Decoder], Field(min_length=1, max_length=40)]
    modifier: _Network | None = None
    drawing: Grid = Grid()
    numbers: Annotated[dict[Word, Annotated[float, Field(allow_inf_nan=False)] | None], Field(max_length=10_000)] = (
        Field(default_factory=dict)
    )
    networks: Words = Field(default_factory=dict)
    versions: Words = Field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class FigureReproducer:
    """A figure as its record describes it."""

    name: str
    recipe: FigureRecipe

    @classmethod
    def of(cls, record: Provenance, name: str) -> FigureReproducer:
        """Take a record apart.

        Raises:
            UserError: it is damaged.
        """
        return cls(name, taken(FigureRecipe, record, name))

    def place(self, figure: Path) -> Path:
        """Beside it, of the same kind."""
        return place_again(figure)

    def check(self, sources: Mapping[str, Path], out: Path) -> None:
        """Photographs, decoders and the modifier have to be there."""
        for one in self.recipe.sources:
            file_of(one.name, one.sha256, sources, self.name)
        self._decoders(sources)
        self._modifier(sources)
        check_ending(out)

    def make(self, making: ReproductionContext) -> Reproduction:
        """Decode and write."""
        recipe, sources = self.recipe, making.sources
        parts = FigureParts(recipe.asked, self._faces(sources), self._decoders(sources), self._modifier(sources))
        drawn = draw_parts(making.networks, parts, _to_the_end)
        files = export_figure(making.out, parts, drawn, recipe.drawing.options)
        now = taken(FigureRecipe, figure_record(parts, drawn, recipe.drawing.options), self.name)
        lines = changes(recipe.networks, now.networks, recipe.versions, now.versions)
        same = recipe.numbers == now.numbers
        what = f"figure {recipe.asked.number} of decoded faces"
        return Reproduction(what, files, deviation(recipe.numbers, now.numbers), same, lines)

    def _faces(self, sources: Mapping[str, Path]) -> tuple[FigureFace, ...]:
        found = []
        for one in self.recipe.sources:
            photograph = open_picture(file_of(one.name, one.sha256, sources, self.name))
            found.append(FigureFace(photograph, face_again(photograph, one.points, one.points_by_hand)))
        return tuple(found)

    def _decoders(self, sources: Mapping[str, Path]) -> tuple[FigureDecoder, ...]:
        return tuple(one.opened(sources, self.name) for one in self.recipe.decoders)

    def _modifier(self, sources: Mapping[str, Path]) -> FigureModifier | None:
        one = self.recipe.modifier
        if one is None:
            return None
        encoder = self.recipe.decoders[0].encoder
        return open_modifier(encoder, self.recipe.asked.attribute, one.path(sources, self.name))


def _to_the_end(running: Inverting) -> FinishedInversion:
    finished = Steps(running).result
    assert finished is not None, "nobody stops it"
    return finished
