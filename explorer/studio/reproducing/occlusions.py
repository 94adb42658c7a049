"""Faces of which parts are hidden, made again from their photographs: the same places, cover and encoders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from explorer.science.laboratory.occlusion import Cover, Occlusion
from explorer.studio.catalogue.networks import known_encoder
from explorer.studio.export.drawings import DOUBLE_COLUMN, SMALLEST, WIDEST, Resolution
from explorer.studio.export.generated import open_picture
from explorer.studio.export.picture_grid import GridOptions
from explorer.studio.export.provenance import Provenance
from explorer.studio.laboratory.occluding import hide_parts
from explorer.studio.laboratory.occlusion_export import (
    SUFFIXES,
    OcclusionSettings,
    check_ending,
    export_occlusions,
    occlusion_record,
)
from explorer.studio.reproducing.comparing import changes, deviation
from explorer.studio.reproducing.making import Reproduction, ReproductionContext, again_beside, export_of
from explorer.studio.reproducing.sources import Part, Points, Source, Word, Words, face_again, file_of, taken

_MOST = 200


class _Face(Source):
    """A photograph and which of its faces is meant."""

    points: Points
    points_by_hand: bool = False


class _Grid(Part):
    width: Annotated[float, Field(ge=SMALLEST, le=WIDEST, allow_inf_nan=False)] = DOUBLE_COLUMN
    dpi: Resolution = 300
    mark: bool = True
    largest: Annotated[float, Field(ge=5, le=WIDEST, allow_inf_nan=False)] = 42.0


class OcclusionRecipe(Part):
    """What a record says of hidden parts of faces."""

    sources: Annotated[list[_Face], Field(min_length=1, max_length=_MOST)]
    occlusions: Annotated[tuple[Occlusion, ...], Field(min_length=1, max_length=40)]
    cover: Cover
    encoders: Annotated[tuple[Word, ...], Field(min_length=1, max_length=40)]
    realign: bool = False
    drawing: _Grid = _Grid()
    numbers: Annotated[
        dict[Word, Annotated[float, Field(allow_inf_nan=False)] | Word | None], Field(max_length=200_000)
    ] = Field(default_factory=dict)
    networks: Words = Field(default_factory=dict)
    versions: Words = Field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class OcclusionReproducer:
    """Faces of which parts are hidden, as their record describes them."""

    name: str
    recipe: OcclusionRecipe

    @classmethod
    def of(cls, record: Provenance, name: str) -> OcclusionReproducer:
        """Take a record apart.

        Raises:
            UserError: it is damaged.
        """
        return cls(name, taken(OcclusionRecipe, record, name))

    def place(self, figure: Path) -> Path:
        """Beside it, of the same kind."""
        known = export_of(figure).suffix.lower() in SUFFIXES
        return again_beside(figure, None if known else ".csv")

    def check(self, sources: Mapping[str, Path], out: Path) -> None:
        """The photographs have to be there, and the encoders known."""
        for one in self.recipe.sources:
            file_of(one.name, one.sha256, sources, self.name)
        for encoder in self.recipe.encoders:
            known_encoder(encoder)
        check_ending(out)

    def make(self, making: ReproductionContext) -> Reproduction:
        """Hide the same parts, look again and write."""
        recipe = self.recipe
        settings = OcclusionSettings(recipe.occlusions, recipe.cover, recipe.encoders, recipe.realign)
        faces = []
        for one in recipe.sources:
            photograph = open_picture(file_of(one.name, one.sha256, making.sources, self.name))
            face = face_again(photograph, one.points, one.points_by_hand)
            faces.append(
                hide_parts(
                    making.networks,
                    photograph,
                    face,
                    settings.occlusions,
                    settings.cover,
                    settings.encoders,
                    realign=settings.realign,
                )
            )
        drawing = GridOptions(**recipe.drawing.model_dump())
        files = export_occlusions(making.out, faces, settings, drawing)
        now = taken(OcclusionRecipe, occlusion_record(faces, settings, drawing), self.name)
        lines = changes(recipe.networks, now.networks, recipe.versions, now.versions)
        same = recipe.numbers == now.numbers
        return Reproduction("faces with parts hidden", files, deviation(recipe.numbers, now.numbers), same, lines)
