"""Very many points of a map: a picture of how dense they lie, of as many pixels as there are."""

from __future__ import annotations

import colorsys
import zlib

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QBrush, QColor

from explorer.ui.base import theme

# So many points are drawn each by itself.
MOST_DOTS = 20_000
_LARGEST = 1024


class Density(pg.ImageItem):  # type: ignore[misc]
    """Counts the points in each pixel and draws their logarithm in the accent's colour."""

    def draw(self, points: NDArray[np.float32], box: QRectF, size: QSizeF) -> None:
        """Draw the points (N, 2) within a part of the plane, for a plot of so many pixels."""
        across, up = (max(int(min(side, _LARGEST)), 1) for side in (size.width(), size.height()))
        counts = counted(points, box, across, up)
        colour = theme.current().colour("accent")
        picture = np.empty((up, across, 4), np.uint8)
        picture[..., :3] = colour.red(), colour.green(), colour.blue()
        logarithm = np.log1p(counts)
        top = max(float(logarithm.max()), 1e-6)
        # One point alone is seen, too.
        picture[..., 3] = np.where(counts > 0, 50 + 205 * logarithm / top, 0)
        self.setImage(picture, axisOrder="row-major", autoLevels=False, levels=(0, 255))
        self.setRect(box)
        self.show()

    def clear(self) -> None:
        """Draw nothing."""
        super().clear()
        self.hide()


def counted(points: NDArray[np.float32], box: QRectF, across: int, up: int) -> NDArray[np.intp]:
    """How many of the points (N, 2) lie in each cell of a part of the plane, (up, across), the lowest first."""
    column = np.floor((points[:, 0] - box.left()) * (across / box.width()))
    row = np.floor((points[:, 1] - box.top()) * (up / box.height()))
    inside = (column >= 0) & (column < across) & (row >= 0) & (row < up)
    cells = row[inside].astype(np.intp) * across + column[inside].astype(np.intp)
    return np.bincount(cells, minlength=across * up).reshape(up, across)


def rows_within(points: NDArray[np.float32], box: QRectF) -> NDArray[np.intp]:
    """Which points (N, 2) lie in a part of the plane."""
    x, y = points[:, 0], points[:, 1]
    return np.flatnonzero((x >= box.left()) & (x <= box.right()) & (y >= box.top()) & (y <= box.bottom()))


class ManyBrushes(dict[str, QBrush]):
    """A colour for each person, by the name alone: of very many, no two neighbours need differ."""

    def __missing__(self, person: str) -> QBrush:
        """Make a person's colour."""
        colours = theme.current()
        if person:
            light = 0.62 if colours.name == "dark" else 0.45
            red, green, blue = colorsys.hls_to_rgb(zlib.crc32(person.encode(errors="replace")) / 2**32, light, 0.55)
            brush = QBrush(QColor.fromRgbF(red, green, blue, 0.9))
        else:
            brush = QBrush(colours.colour("faint"))
        if len(self) > MOST_DOTS:
            self.clear()
        self[person] = brush
        return brush
