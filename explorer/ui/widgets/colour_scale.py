"""The colours of a map, with the numbers they stand for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.ui.base import imaging, text_size, theme
from explorer.ui.base.guard import guarded

_BAR, _GAP = 10, 5


class ColourScale(QWidget):
    """An upright bar from 0 at its foot to the end of the scale; nothing where there is no map."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit
        self._top = 0.0
        self._colours: QImage | None = None
        text_size.small(self)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        theme.themes.changed.connect(self.update)

    def set_scale(self, colours: NDArray[np.uint8] | None, top: float = 0.0) -> None:
        """Show (N, 3) uint8 colours from 0 to `top`, or nothing."""
        self._colours = None if colours is None else imaging.to_qimage(colours[::-1, None])
        self._top = top
        self.update()

    def numbers(self) -> list[str]:
        """Return what stands beside the bar, from its foot up."""
        return [] if self._colours is None else ["0", f"{self._top / 2:.0f}", f"{self._top:.0f} {self._unit}"]

    def sizeHint(self) -> QSize:  # noqa: N802
        """Leave room for the numbers."""
        return QSize(_BAR + _GAP + self.fontMetrics().horizontalAdvance(f"000 {self._unit}"), 120)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the bar and three numbers."""
        if self._colours is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        line = self.fontMetrics().height()
        bar = QRectF(0, line / 2, _BAR, self.height() - line)
        painter.drawImage(bar, self._colours)
        painter.setPen(theme.current().colour("muted"))
        for place, number in enumerate(self.numbers()):
            middle = bar.bottom() - place / 2 * bar.height()
            where = QRectF(_BAR + _GAP, middle - line / 2, self.width() - _BAR - _GAP, line)
            painter.drawText(where, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, number)
