"""Where several pictures of the same thing are looked at: linked zoom and pan."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRectF, Signal

LARGEST = 32.0
STEP = 1.25  # of a notch of the wheel, or of a key


class Lens(QObject):
    """The part of a picture that is in view, in units of the picture's sides. `changed` says that it moved."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.zoom = 1.0
        self._middle = QPointF(0.5, 0.5)

    @property
    def part(self) -> QRectF:
        """What is in view: left, top, width and height, each from 0 to 1."""
        side = 1 / self.zoom
        return QRectF(self._middle.x() - side / 2, self._middle.y() - side / 2, side, side)

    def zoom_by(self, factor: float, about: QPointF) -> None:
        """Zoom so that a point of the picture stays where it is."""
        before = self.zoom
        self.zoom = min(max(self.zoom * factor, 1.0), LARGEST)
        shrunk = before / self.zoom
        self._move(about + (self._middle - about) * shrunk)

    def zoom_in(self) -> None:
        """Zoom a step about the middle of what is in view."""
        self.zoom_by(STEP, self.part.center())

    def zoom_out(self) -> None:
        """Show a step more."""
        self.zoom_by(1 / STEP, self.part.center())

    def pan(self, by: QPointF) -> None:
        """Move the part in view by so much of the picture."""
        self._move(self._middle + by)

    def reset(self) -> None:
        """Show the whole picture."""
        self.zoom = 1.0
        self._move(QPointF(0.5, 0.5))

    def _move(self, middle: QPointF) -> None:
        half = 0.5 / self.zoom
        # Nothing beyond the picture's edge comes into view.
        self._middle = QPointF(min(max(middle.x(), half), 1 - half), min(max(middle.y(), half), 1 - half))
        self.changed.emit()
