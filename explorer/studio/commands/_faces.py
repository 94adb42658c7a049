"""What commands that take photographs share: read one, find its faces, choose one or place it by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from explorer.studio.errors import UserError

if TYPE_CHECKING:
    from explorer.science.faces.face import Face, Photograph
    from explorer.studio.networks import Networks

PointsOption = Annotated[
    str | None,
    typer.Option(
        help="Five points placed by hand instead of looking for faces, in pixels of the upright photograph: "
        "'x,y x,y x,y x,y x,y' for the eye on the left of the picture, the eye on the right, nose tip, "
        "mouth corner left and right."
    ),
]


def open_face(
    path: Path, networks: Networks, number: int | None = None, points: str | None = None
) -> tuple[Photograph, Face]:
    """Read a photograph and choose a face of it.

    Args:
        number: which face, from 1 in the order of `likeness faces`; the most prominent usable one where None.
        points: five points by hand, as the option has them.

    Raises:
        FaceError: the photograph cannot be read, or has no such face that can be used.
        UserError: the points are not five pairs of numbers, or a face is both numbered and placed by hand.
    """
    from explorer.science.faces.choosing import choose_face, face_by_hand
    from explorer.science.faces.reading import read_file

    photograph = read_file(path)
    if points is not None:
        if number is not None:
            raise UserError("give either the number of a face or its points, not both")
        face = face_by_hand(_parse_points(points), photograph)
        return photograph, choose_face(photograph, [face])
    faces = networks.detector().detect(photograph.pixels)
    return photograph, choose_face(photograph, faces, None if number is None else number - 1)


def _parse_points(text: str) -> list[tuple[float, float]]:
    try:
        pairs = [tuple(float(number) for number in pair.split(",")) for pair in text.split()]
        return [(x, y) for x, y in pairs]
    except ValueError:
        raise UserError(f"{text!r} is not five points: write them as 'x,y x,y x,y x,y x,y'") from None
