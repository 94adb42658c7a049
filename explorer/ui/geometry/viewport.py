"""The 3D view: the mesh of the face in view, with its photograph behind it, its landmarks and the cursor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.studio.geometry.state import Viewer3DState
from explorer.studio.geometry.view.pointing import SkinPoint, point_at
from explorer.studio.geometry.view.portrait import FitView
from explorer.studio.geometry.view.scene import Camera, Placement, Pose, place, rotation_of
from explorer.ui.base import imaging, theme
from explorer.ui.base.guard import guarded
from explorer.ui.geometry.cursor import paint_cursor
from explorer.ui.geometry.renderer import NoOpenGL, Renderer
from explorer.ui.geometry.software_renderer import SoftwareRenderer, Wanted

HINT = "Choose a face:\nits shape is fitted and shown here"
LANDMARK, FOUND = QColor(86, 220, 255), QColor(255, 196, 64)
DEGREES_A_PIXEL = 0.5
STEP = 5.0  # degrees that an arrow key turns
SETTLE_MS = 90


class Viewport(QWidget):
    """Shows a scene. The left button walks around the head, with Shift it turns the head; the right one moves the
    light, the middle one the picture, the wheel comes nearer, a double click goes back to where it began.

    `stood` carries a new camera, `turned` new angles of the head, `lighted` those of the light, `pointed` a point of
    the skin or None.
    """

    stood = Signal(object)
    turned = Signal(float, float)
    lighted = Signal(float, float)
    pointed = Signal(object)
    fell_back = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 160)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("3D view of the face")
        self.setToolTip(
            "Drag: walk around. Shift and drag: turn the head. Right button: light. Wheel: nearer. Double click: reset"
        )
        self._viewing, self._portrait = Viewer3DState(), None  # type: tuple[Viewer3DState, FitView | None]
        self._renderer: Renderer | None = None
        self.without_opengl = ""
        self._software = SoftwareRenderer(self)
        self._software.drawn.connect(self._software_drew)
        self._picture: QImage | None = None
        self._drawn: object = None
        self._photograph: tuple[NDArray[np.uint8], QImage] | None = None
        self._held: QPointF | None = None
        self._settled = False
        self._settle = QTimer(self, interval=SETTLE_MS, singleShot=True)
        self._settle.timeout.connect(self._settle_down)
        theme.themes.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Prefer a square of a comfortable size."""
        return QSize(360, 320)

    def draw(self, viewing: Viewer3DState, portrait: FitView | None) -> None:
        """Show a state."""
        self._viewing, self._portrait = viewing, portrait
        self.update()

    def image(self) -> QImage | None:
        """The mesh as it was drawn last; None before."""
        return self._picture

    def placement(self) -> Placement | None:
        """Where the mesh lies in the widget, in logical pixels."""
        return self._placed(self.width(), self.height())

    def try_opengl(self) -> None:
        """Look for OpenGL again."""
        self.without_opengl, self._drawn, self._renderer = "", None, None
        self._software.wait()
        self.update()

    def release(self) -> None:
        """Give back what the graphics card holds, and end what is drawn."""
        self._settle.stop()
        self._software.wait()
        if self._renderer is not None:
            self._renderer.release()
            self._renderer = None

    def _pose(self) -> Pose | None:
        """Of the head as it is to be seen now; the view's own may be older than the scene."""
        view, scene, portrait = self._viewing.view, self._viewing.scene, self._portrait
        if view is None or scene is None or portrait is None:
            return None
        return Pose(rotation_of(scene.yaw, scene.pitch, portrait.roll), view.pose.scale, view.pose.translation)

    def _placed(self, width: float, height: float) -> Placement | None:
        pose, view = self._pose(), self._viewing.view
        if pose is None or view is None or self._portrait is None:
            return None
        head = None if self._viewing.look.photograph else view.shape.ball
        return place(pose, self._viewing.camera, len(self._portrait.frame), width, height, head)

    # Drawing.

    def _redraw(self, width: int, height: int) -> None:
        """Draw the mesh anew where something changed."""
        view, look, camera, scene = self._viewing.view, self._viewing.look, self._viewing.camera, self._viewing.scene
        placed = self._placed(width, height)
        if view is None or placed is None or self._portrait is None or scene is None:
            self._picture = self._drawn = None
            return
        wanted = (view, look, camera, scene.yaw, scene.pitch, width, height)
        if wanted == self._drawn and not self._settled:
            return
        smooth, self._settled, self._drawn = self._settled, False, wanted
        if not smooth and view.still:
            self._settle.start()
        if not self.without_opengl:
            try:
                if self._renderer is None:
                    self._renderer = Renderer()
                self._picture = self._renderer.draw(view, look, placed, width, height, smooth)
                return
            except NoOpenGL as reason:
                self._renderer = None
                self.without_opengl = str(reason)
                self.fell_back.emit(self.without_opengl)
        self._software.ask(Wanted(view, look, camera, len(self._portrait.frame), width, height))

    def _settle_down(self) -> None:
        """Nothing moved for a moment: draw with smooth edges."""
        self._settled = not self.without_opengl
        self.update()

    def _software_drew(self, picture: QImage | None) -> None:
        if picture is not None and self._viewing.view is not None:
            self._picture = picture
            self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the photograph, the mesh, the landmarks and the cursor; or a hint."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        colours, area = theme.current(), QRectF(self.rect())
        painter.setPen(QPen(colours.colour("border"), 1))
        painter.setBrush(colours.colour("field"))
        painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        placed, ratio = self.placement(), self.devicePixelRatioF()
        self._redraw(round(self.width() * ratio), round(self.height() * ratio))
        if placed is None or self._portrait is None:
            painter.setPen(colours.colour("faint"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(area.adjusted(14, 14, -14, -14), flags, self._viewing.remark or HINT)
            return
        look = self._viewing.look
        painter.setClipRect(area.adjusted(1, 1, -1, -1))
        if look.photograph:
            left, top = map(float, placed.corner)
            painter.drawImage(QRectF(left, top, placed.side, placed.side), self._frame(self._portrait.frame))
        if self._picture is not None:
            painter.setOpacity(look.opacity if look.photograph else 1.0)
            painter.drawImage(area, self._picture)
            painter.setOpacity(1.0)
        if look.landmarks:
            self._paint_landmarks(painter, placed)
        self._paint_cursor(painter, placed)
        self._paint_angles(painter, area)

    def _frame(self, frame: NDArray[np.uint8]) -> QImage:
        if self._photograph is None or self._photograph[0] is not frame:
            self._photograph = frame, imaging.to_qimage(frame)
        return self._photograph[1]

    def _paint_landmarks(self, painter: QPainter, placed: Placement) -> None:
        view, portrait = self._viewing.view, self._portrait
        if view is None or portrait is None:
            return
        if self._viewing.look.photograph:
            painter.setPen(QPen(FOUND, 1.2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            scale = placed.side / len(portrait.frame)
            for x, y in (placed.corner + portrait.landmarks * scale).tolist():
                painter.drawEllipse(QPointF(x, y), 3.0, 3.0)
        painter.setPen(QPen(QColor(0, 0, 0, 150), 1))
        painter.setBrush(LANDMARK)
        for x, y, _ in placed.project(view.shape.landmarks).tolist():
            painter.drawEllipse(QPointF(x, y), 2.2, 2.2)

    def _paint_cursor(self, painter: QPainter, placed: Placement) -> None:
        view, cursor = self._viewing.view, self._viewing.cursor
        if view is None or cursor is None:
            return
        shape = view.shape
        x, y, _ = placed.project(cursor.of(shape.points, shape.topology)[None])[0].tolist()
        toward = placed.rotation[2] @ cursor.of(shape.normals, shape.topology)
        paint_cursor(painter, QPointF(x, y), hidden=bool(toward < 0))

    def _paint_angles(self, painter: QPainter, area: QRectF) -> None:
        scene, portrait, camera = self._viewing.scene, self._portrait, self._viewing.camera
        if scene is None or portrait is None:
            return
        turned = (scene.yaw, scene.pitch) != (portrait.scene.yaw, portrait.scene.pitch)
        shaped = (scene.identity, scene.expression) != (portrait.scene.identity, portrait.scene.expression)
        states = {"hypothetical view": turned, "changed shape": shaped, "walked around": camera.rotates}
        painter.setFont(theme.ui_font(theme.SMALL_POINTS))
        # Over the photograph and over the bare field alike.
        painter.setPen(QColor(255, 255, 255) if self._viewing.look.photograph else theme.current().colour("muted"))
        above = ", ".join(state for state, holds in states.items() if holds)
        painter.drawText(area.adjusted(9, 6, -9, -6), Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, above)
        words = f"yaw {scene.yaw:.1f}°   pitch {scene.pitch:.1f}°"
        painter.drawText(area.adjusted(9, 0, -9, -6), Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, words)

    # The mouse.

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Take hold."""
        self._held = event.position()

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Let go."""
        self._held = None

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Walk, turn, light or pan while a button is down; else put the cursor under the pointer."""
        if self._held is None or event.buttons() == Qt.MouseButton.NoButton:
            self.pointed.emit(self.point_under(event.position()))
            return
        by, self._held = event.position() - self._held, event.position()
        scene, camera, look = self._viewing.scene, self._viewing.camera, self._viewing.look
        across, down = by.x() * DEGREES_A_PIXEL, by.y() * DEGREES_A_PIXEL
        if event.buttons() & Qt.MouseButton.MiddleButton:
            side = min(self.width(), self.height())
            self.stood.emit(camera.panned(by.x() / side, by.y() / side))
        elif event.buttons() & Qt.MouseButton.RightButton:
            self.lighted.emit(look.azimuth + across, look.elevation - down)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            if scene is not None:
                self.turned.emit(scene.yaw + across, scene.pitch + down)
        else:
            self.stood.emit(camera.orbited(across, down))

    @guarded
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Go back to where the photograph was taken."""
        self.stood.emit(Camera())

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Come nearer to what is under the pointer."""
        side, middle = min(self.width(), self.height()), QRectF(self.rect()).center()
        off = (event.position() - middle) / side
        factor = 1.2 ** (event.angleDelta().y() / 120)
        self.stood.emit(self._viewing.camera.zoomed(factor, off.x(), off.y()))
        event.accept()

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Turn the head by arrow keys; Home turns it back to the fit."""
        turns = {
            Qt.Key.Key_Left: (-STEP, 0.0),
            Qt.Key.Key_Right: (STEP, 0.0),
            Qt.Key.Key_Up: (0.0, -STEP),
            Qt.Key.Key_Down: (0.0, STEP),
        }
        scene, portrait = self._viewing.scene, self._portrait
        if scene is None or portrait is None:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Home:
            self.turned.emit(portrait.scene.yaw, portrait.scene.pitch)
        elif Qt.Key(event.key()) in turns:
            yaw, pitch = turns[Qt.Key(event.key())]
            self.turned.emit(scene.yaw + yaw, scene.pitch + pitch)
        else:
            super().keyPressEvent(event)

    @guarded
    def leaveEvent(self, event: object) -> None:  # noqa: N802
        """Take the cursor away."""
        self.pointed.emit(None)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Draw anew at the new size."""
        self.update()

    def point_under(self, position: QPointF) -> SkinPoint | None:
        """The point of the skin at a place of the widget."""
        placed, view = self.placement(), self._viewing.view
        if placed is None or view is None:
            return None
        places = placed.project(view.shape.points)
        return point_at(places, view.shape.topology, position.x(), position.y())
