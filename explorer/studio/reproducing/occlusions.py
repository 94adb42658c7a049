"""Faces of which parts are hidden, made again from their photographs: the same places, cover and encoders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from explorer.science.laboratory.occlusion import Cover, Occlusion
from explorer.studio.export.provenance import Provenance
from explorer.studio.laboratory.occluding import hide_parts
from explorer.studio.laboratory.occlusion_export import OcclusionSettings, export_occlusions, occlusion_record
from explorer.studio.reproducing.comparing import changes, deviation
from explorer.studio.reproducing.laboratory_faces import FacesRecipe, place_again
from explorer.studio.reproducing.making import Reproduction, ReproductionContext
from explorer.studio.reproducing.sources import taken


class OcclusionRecipe(FacesRecipe):
    """What a record says of hidden parts of faces."""

    occlusions: Annotated[tuple[Occlusion, ...], Field(min_length=1, max_length=40)]
    cover: Cover
    realign: bool = False


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
        return place_again(figure)

    def check(self, sources: Mapping[str, Path], out: Path) -> None:
        """The photographs have to be there, and the encoders known."""
        self.recipe.check(sources, out, self.name)

    def make(self, making: ReproductionContext) -> Reproduction:
        """Hide the same parts, look again and write."""
        recipe = self.recipe
        settings = OcclusionSettings(recipe.occlusions, recipe.cover, recipe.encoders, recipe.realign)
        faces = [
            hide_parts(
                making.networks,
                photograph,
                face,
                settings.occlusions,
                settings.cover,
                settings.encoders,
                realign=settings.realign,
            )
            for photograph, face in recipe.faces(making.sources, self.name)
        ]
        files = export_occlusions(making.out, faces, settings, recipe.drawing.options)
        now = taken(OcclusionRecipe, occlusion_record(faces, settings, recipe.drawing.options), self.name)
        lines = changes(recipe.networks, now.networks, recipe.versions, now.versions)
        same = recipe.numbers == now.numbers
        return Reproduction("faces with parts hidden", files, deviation(recipe.numbers, now.numbers), same, lines)
