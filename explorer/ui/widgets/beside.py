"""A panel whose controls stand beside what they are about where there is room, else above or below that."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from explorer.ui.base import text_size
from explorer.ui.base.guard import guarded
from explorer.ui.widgets.shrinking import Shrinking


@dataclass(frozen=True)
class Room:
    """Pixels at the usual size of text.

    controls: how wide the controls are. least: how low they and the rest may be. beside: what the rest needs to stand
    beside the controls. below: how high the rest is where it does not.
    """

    controls: int
    least: int
    beside: int
    below: int


class BesidePanel(QWidget):
    """Turns with its width; a subclass calls `lay` once."""

    def lay(
        self,
        controls: QWidget,
        rest: QWidget,
        room: Room,
        *,
        controls_first: bool,
        margins: tuple[int, int, int, int],
        spacing: int,
    ) -> None:
        """Put controls and the rest into the panel.

        Args:
            controls_first: whether controls stand above the rest where they are not beside it.
        """
        self._room, self._rest = room, rest
        self._down = QBoxLayout.Direction.TopToBottom if controls_first else QBoxLayout.Direction.BottomToTop
        self._turning = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._turning.setContentsMargins(*margins)
        self._turning.setSpacing(spacing)
        self._controls = Shrinking(controls, QSize(room.controls, room.least))
        text_size.fixed_width(self._controls, room.controls)
        self._turning.addWidget(self._controls)
        self._turning.addWidget(rest, 1)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Ask for the width of the controls alone: in less than the rest needs beside them, it stands apart."""
        least = super().minimumSizeHint()
        margins = self._turning.contentsMargins()
        return QSize(self._controls.minimumWidth() + margins.left() + margins.right(), least.height())

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Put the rest beside the controls where there is room."""
        super().resizeEvent(event)
        beside = self.width() >= self._controls.minimumWidth() + text_size.scaled(self._room.beside)
        direction = QBoxLayout.Direction.LeftToRight if beside else self._down
        if self._turning.direction() == direction:
            return
        self._turning.setDirection(direction)
        # Below each other both are as high as they like, and the dock is scrolled.
        self._controls.setMinimumHeight(0 if beside else self._controls.sizeHint().height())
        self._rest.setMinimumHeight(self._room.least if beside else self._room.below)
