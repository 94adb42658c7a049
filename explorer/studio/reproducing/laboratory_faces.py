"""What records of the laboratory's faces have in common: photographs, which faces of them, and how they are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from explorer.science.faces.face import Face, Photograph
from explorer.studio.catalogue.networks import known_encoder
from explorer.studio.export.drawings import DOUBLE_COLUMN, SMALLEST, WIDEST, Lettering, Resolution
from explorer.studio.export.generated import open_picture
from explorer.studio.export.picture_grid import GridOptions
from explorer.studio.laboratory.face_files import SUFFIXES, check_ending
from explorer.studio.reproducing.making import again_beside, export_of
from explorer.studio.reproducing.sources import Part, Points, Source, Word, Words, face_again, file_of

MOST_FACES = 200


class FaceSource(Source):
    """A photograph and which of its faces is meant."""

    points: Points
    points_by_hand: bool = False


class Grid(Part):
    """How the figure is drawn."""

    width: Annotated[float, Field(ge=SMALLEST, le=WIDEST, allow_inf_nan=False)] = DOUBLE_COLUMN
    dpi: Resolution = 300
    mark: bool = True
    largest: Annotated[float, Field(ge=5, le=WIDEST, allow_inf_nan=False)] = 42.0
    lettering: Lettering = "embedded"

    @property
    def options(self) -> GridOptions:
        """The same as the figure takes it."""
        return GridOptions(self.width, self.dpi, self.mark, self.largest, self.lettering)


class FacesRecipe(Part):
    """What a record says of faces, as they are and changed."""

    sources: Annotated[list[FaceSource], Field(min_length=1, max_length=MOST_FACES)]
    encoders: Annotated[tuple[Word, ...], Field(min_length=1, max_length=40)]
    drawing: Grid = Grid()
    numbers: Annotated[dict[Word, Annotated[float, Field(allow_inf_nan=False)] | None], Field(max_length=200_000)] = (
        Field(default_factory=dict)
    )
    networks: Words = Field(default_factory=dict)
    versions: Words = Field(default_factory=dict)

    def check(self, sources: Mapping[str, Path], out: Path, name: str) -> None:
        """The photographs have to be there, and the encoders known.

        Raises:
            UserError: so.
        """
        for one in self.sources:
            file_of(one.name, one.sha256, sources, name)
        for encoder in self.encoders:
            known_encoder(encoder)
        check_ending(out)

    def faces(self, sources: Mapping[str, Path], name: str) -> list[tuple[Photograph, Face]]:
        """The photographs with the faces that are meant."""
        found = []
        for one in self.sources:
            photograph = open_picture(file_of(one.name, one.sha256, sources, name))
            found.append((photograph, face_again(photograph, one.points, one.points_by_hand)))
        return found


def place_again(figure: Path) -> Path:
    """Where the new file goes by itself: beside the one that was given, of the same kind."""
    known = export_of(figure).suffix.lower() in SUFFIXES
    return again_beside(figure, None if known else ".csv")
