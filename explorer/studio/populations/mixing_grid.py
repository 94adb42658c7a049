"""Figures 6 and 7 of DIFFUSE: everybody's identity half with everybody's rest, as a grid of faces."""

from __future__ import annotations

import torch
from matplotlib.figure import Figure
from torch import Tensor

from explorer.science.inversion.step import to_uint8
from explorer.science.training.photoreal_people import PhotorealModels
from explorer.science.translation.halves import mixed
from explorer.science.translation.network import Translator
from explorer.studio.export.picture_grid import Cell, GridOptions, draw_grid

_NOTE = (
    "The first line's faces give what is not identity, the first column's give identity; the diagonal is each with "
    "itself."
)


@torch.no_grad()
def mixing_grid(
    translator: Translator, styles: Tensor, models: PhotorealModels, side: int, options: GridOptions | None = None
) -> Figure:
    """A grid of faces: in the first line whose rest it is, in the first column whose identity.

    Args:
        styles: (N, L, K) of the faces that are mixed. side: of each face as it is drawn, px.
    """

    def cells(some: Tensor, *, made: bool) -> list[Cell | None]:
        pictures = (to_uint8(models.draw(one[None], side)[0]) for one in some)
        return [Cell(picture, reconstruction=made) for picture in pictures]

    rows: list[list[Cell | None]] = [[None, *cells(styles, made=False)]]
    rows += [
        [*cells(one, made=False), *cells(mixed(translator, one.expand_as(styles), styles), made=True)]
        for one in styles.split(1)
    ]
    titles = ["identity", *(f"rest {number}" for number in range(1, len(styles) + 1))]
    return draw_grid(titles, rows, _NOTE, options)
