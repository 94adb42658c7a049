"""Altered faces, made again from their photographs and from the files of the maps that were applied to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from explorer.science.laboratory.geometry import Mode, alteration_of
from explorer.studio.export.provenance import Provenance
from explorer.studio.laboratory.altering import alter_face
from explorer.studio.laboratory.altering_export import AlteringSettings, altering_record, export_altered
from explorer.studio.laboratory.map_files import map_file
from explorer.studio.reproducing.comparing import changes, deviation
from explorer.studio.reproducing.laboratory_faces import FacesRecipe, place_again
from explorer.studio.reproducing.making import Reproduction, ReproductionContext
from explorer.studio.reproducing.sources import Source, Word, file_of, taken


class AlteringRecipe(FacesRecipe):
    """What a record says of altered faces."""

    shown: Annotated[tuple[tuple[Mode, Word], ...], Field(min_length=1, max_length=200)]
    maps: Annotated[list[Source], Field(max_length=40)] = Field(default_factory=list)


@dataclass(frozen=True, eq=False)
class AlteringReproducer:
    """Altered faces, as their record describes them."""

    name: str
    recipe: AlteringRecipe

    @classmethod
    def of(cls, record: Provenance, name: str) -> AlteringReproducer:
        """Take a record apart.

        Raises:
            UserError: it is damaged.
        """
        return cls(name, taken(AlteringRecipe, record, name))

    def place(self, figure: Path) -> Path:
        """Beside it, of the same kind."""
        return place_again(figure)

    def check(self, sources: Mapping[str, Path], out: Path) -> None:
        """The photographs and the files of maps have to be there, and the encoders and alterations known."""
        self.recipe.check(sources, out, self.name)
        for one in self.recipe.maps:
            file_of(one.name, one.sha256, sources, self.name)
        for _, alteration in self.recipe.shown:
            alteration_of(alteration)

    def make(self, making: ReproductionContext) -> Reproduction:
        """Alter the same faces in the same ways, look again and write."""
        recipe = self.recipe
        files_of_maps = tuple(
            map_file(file_of(one.name, one.sha256, making.sources, self.name), one.name) for one in recipe.maps
        )
        shown = tuple((mode, alteration_of(alteration)) for mode, alteration in recipe.shown)
        settings = AlteringSettings(shown, recipe.encoders, files_of_maps)
        faces = [
            alter_face(making.networks, photograph, face, shown, settings.encoders, settings.all_maps)
            for photograph, face in recipe.faces(making.sources, self.name)
        ]
        files = export_altered(making.out, faces, settings, recipe.drawing.options)
        now = taken(AlteringRecipe, altering_record(faces, settings, recipe.drawing.options), self.name)
        lines = changes(recipe.networks, now.networks, recipe.versions, now.versions)
        same = recipe.numbers == now.numbers
        return Reproduction("altered faces", files, deviation(recipe.numbers, now.numbers), same, lines)
