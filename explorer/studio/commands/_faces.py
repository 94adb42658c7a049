"""What commands that take photographs share: the five points of a face placed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from explorer.studio.errors import UserError
from explorer.studio.faces.vectors import is_vector_file

PointsOption = Annotated[
    str | None,
    typer.Option(
        help="Five points placed by hand instead of looking for faces, in pixels of the upright photograph: "
        "'x,y x,y x,y x,y x,y' for the eye on the left of the picture, the eye on the right, nose tip, "
        "mouth corner left and right."
    ),
]


def placed_points(given: str | None, sources: Sequence[Path], number: int | None) -> list[tuple[float, float]] | None:
    """Read the option; None where it was not given.

    Args:
        sources: what the command was given; points belong to one photograph.
        number: of the face that was asked for, if any.

    Raises:
        UserError: they are not five pairs of numbers, or it is not clear whose they are.
    """
    if given is None:
        return None
    if number is not None:
        raise UserError("give either the number of a face or its points, not both")
    if len(sources) > 1:
        raise UserError("points by hand belong to one photograph: give one photograph at a time")
    if is_vector_file(sources[0]):
        raise UserError(f"{sources[0].name} is an embedding: points by hand belong to a photograph")
    try:
        pairs = [tuple(map(float, pair.split(","))) for pair in given.split()]
        points = [(x, y) for x, y in pairs]
    except ValueError:
        points = []
    if len(points) != 5:
        raise UserError(f"{given!r} is not five points: write them as 'x,y x,y x,y x,y x,y'")
    return points
