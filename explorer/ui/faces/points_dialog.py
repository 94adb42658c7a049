"""Placing a face's five points by hand: click them in order, drag them right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFont, QMouseEvent, QPainter, QPen, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QDialog,
    QGraphicsEllipseItem,
    QGraphicsScene,
    QGraphicsSimpleTextItem,
    QGraphicsView,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from explorer.ui.base import imaging, theme
from explorer.ui.base.guard import guarded
from explorer.ui.faces.photograph_view import CHOSEN
from explorer.ui.widgets.shrinking import fit_screen

NAMES = (
    "eye at the left of the picture",
    "eye at the right",
    "tip of the nose",
    "left corner of the mouth",
    "right corner of the mouth",
)
MOST_PIXELS = 4096  # a longer side is shown with every second (third, ...) pixel; points keep full precision


class _Handle(QGraphicsEllipseItem):
    """A point that keeps its size on screen and can be dragged."""

    def __init__(self, number: int, position: QPointF) -> None:
        super().__init__(-7, -7, 14, 14)
        self.setPos(position)
        self.setPen(QPen(QColor(0, 0, 0, 190), 1))
        self.setBrush(QBrush(CHOSEN))
        self.setFlags(self.GraphicsItemFlag.ItemIsMovable | self.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setCursor(Qt.CursorShape.SizeAllCursor)
        self.setToolTip(NAMES[number])
        text = QGraphicsSimpleTextItem(str(number + 1), self)
        text.setFont(theme.ui_font(theme.SMALL_POINTS - 1, QFont.Weight.DemiBold))
        text.setBrush(QBrush(QColor("#08161c")))
        text.setPos(-text.boundingRect().width() / 2, -text.boundingRect().height() / 2)


class PointsView(QGraphicsView):
    """A photograph that can be zoomed with the wheel, on which up to five points are placed and dragged."""

    changed = Signal()

    def __init__(self, pixels: NDArray[np.uint8], points: NDArray[np.float64] | None) -> None:
        super().__init__()
        scene = QGraphicsScene(self)
        self.setScene(scene)
        stride = -(-max(pixels.shape[:2]) // MOST_PIXELS)
        picture = scene.addPixmap(QPixmap.fromImage(imaging.to_qimage(pixels[::stride, ::stride])))
        picture.setScale(stride)
        picture.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
        self._extent = QRectF(0, 0, pixels.shape[1], pixels.shape[0])
        self._handles: list[_Handle] = []
        self._zoomed = False
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setBackgroundBrush(theme.current().colour("field"))
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setFrameShape(QGraphicsView.Shape.NoFrame)
        self.setMinimumSize(300, 200)
        if points is not None:
            for x, y in points.tolist():
                self._add(QPointF(x, y))

    def points(self) -> NDArray[np.float64]:
        """Return the points placed so far, (n, 2) pixel coordinates of the photograph."""
        return np.array([(handle.x(), handle.y()) for handle in self._handles], np.float64).reshape(-1, 2)

    def clear(self) -> None:
        """Take all points away."""
        for handle in self._handles:
            self.scene().removeItem(handle)
        self._handles.clear()
        self.changed.emit()

    def _add(self, position: QPointF) -> None:
        handle = _Handle(len(self._handles), position)
        self.scene().addItem(handle)
        self._handles.append(handle)
        self.changed.emit()

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Place the next point, or take hold of one."""
        place = self.mapToScene(event.position().toPoint())
        taken = any(isinstance(item, _Handle) for item in self.items(event.position().toPoint()))
        free = not taken and len(self._handles) < len(NAMES) and self._extent.contains(place)
        if event.button() is Qt.MouseButton.LeftButton and free:
            self._add(place)
        super().mousePressEvent(event)

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Keep points inside the photograph."""
        super().mouseReleaseEvent(event)
        for handle in self._handles:
            handle.setPos(
                min(max(handle.x(), 0.0), self._extent.right()), min(max(handle.y(), 0.0), self._extent.bottom())
            )
        self.changed.emit()

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Zoom at the pointer."""
        self._zoomed = True
        factor = 1.0015 ** event.angleDelta().y()
        if 0.02 < self.transform().m11() * factor < 40:
            self.scale(factor, factor)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Show the whole photograph until the user zooms."""
        super().resizeEvent(event)
        if not self._zoomed:
            self.fitInView(self._extent, Qt.AspectRatioMode.KeepAspectRatio)


class PointsDialog(QDialog):
    """Asks for five points in a photograph and emits `placed` with a (5, 2) array."""

    placed = Signal(object)

    def __init__(self, pixels: NDArray[np.uint8], points: NDArray[np.float64] | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Place the five points")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        fit_screen(self, QSize(780, 700))
        self.prompt = QLabel()
        self.prompt.setObjectName("sectionTitle")
        self.view = PointsView(pixels, points)
        again = QPushButton("Start again")
        again.clicked.connect(self.view.clear)
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self.reject)
        self.use = QPushButton("Use these points")
        self.use.setObjectName("primary")
        self.use.setDefault(True)
        self.use.clicked.connect(self._accept)
        note = QLabel("Wheel to zoom, drag a point to move it.")
        note.setObjectName("muted")
        buttons = QHBoxLayout()
        for item in (note, None, again, cancel, self.use):
            buttons.addStretch() if item is None else buttons.addWidget(item)
        layout = QVBoxLayout(self)
        layout.addWidget(self.prompt)
        layout.addWidget(self.view, 1)
        layout.addLayout(buttons)
        self.view.changed.connect(self._prompt)
        self._prompt()

    def _prompt(self) -> None:
        count = len(self.view.points())
        done = count == len(NAMES)
        self.use.setEnabled(done)
        self.prompt.setText(
            "All five are placed." if done else f"{count + 1} of {len(NAMES)}: click the {NAMES[count]}."
        )

    def _accept(self) -> None:
        self.placed.emit(self.view.points())
        self.accept()
