"""The 3D face dock: the mesh, the pictures of its texture, its pose and shape, and the ways out."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QHideEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSplitter, QTabWidget, QVBoxLayout, QWidget

from explorer.studio.faces.state import SELECTED
from explorer.studio.geometry.controller import ViewController
from explorer.studio.geometry.state import VIEWING, Viewer3DState
from explorer.studio.geometry.view.portrait import FitView
from explorer.studio.geometry.view.scene import Camera
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.guard import guarded
from explorer.ui.base.observe import Observer
from explorer.ui.base.throttle import IMAGES_MS, Throttle
from explorer.ui.geometry.controls import PoseControls, ViewToolbar
from explorer.ui.geometry.model_button import ModelButton
from explorer.ui.geometry.shape import ShapePanel
from explorer.ui.geometry.textures import TexturePanel
from explorer.ui.geometry.vectors import VectorPanel
from explorer.ui.geometry.viewport import Viewport
from explorer.ui.geometry.yaw_plot import YawPlot
from explorer.ui.widgets.saving import report_saving

# So long nothing may move before the face is made in full, and so long a quick view that came later waits for a move.
REST_MS = 60
LANDED_MS = 10
# So long the mesh waits for its visibility; then it turns without.
TURN_MS = 30


class ViewportPanel(QWidget):
    """Draws the session's 3D view."""

    def __init__(self, dispatcher: CommandDispatcher, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self.viewport = Viewport()
        self.textures = TexturePanel()
        self.shape = ShapePanel()
        self.vectors = VectorPanel()
        self.plot = YawPlot()
        self.toolbar = ViewToolbar(dispatcher, actions)
        self.pose = PoseControls(dispatcher)
        self.fallback = QLabel()
        self.fallback.setObjectName("warn")
        self.fallback.setWordWrap(True)
        self.again = QPushButton("Try OpenGL again")
        for part in (self.fallback, self.again):
            part.hide()
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.model = ModelButton(dispatcher, actions)
        self.tabs.setCornerWidget(self.model)
        pages = {"Texture": self.textures, "Shape": self.shape, "Vectors": self.vectors, "Over yaw": self.plot}
        for title, page in pages.items():
            self.tabs.addTab(page, title)
        self._build()
        self._connect()
        self._rest = QTimer(self, singleShot=True)
        self._rest.timeout.connect(lambda: self._ask(ViewController.render_still))
        self._turn = QTimer(self, interval=TURN_MS, singleShot=True)
        self._turn.timeout.connect(self._draw_mesh)
        self._numbers = Throttle(self._draw_numbers, IMAGES_MS, self)
        self._seen = Viewer3DState()
        self.observer = Observer(dispatcher.session)
        self.observer.watch(VIEWING, self._changed)
        self.observer.watch(SELECTED, lambda _: self._changed(dispatcher.session[VIEWING]))

    def release(self) -> None:
        """Let go of the session and of the graphics card."""
        self.observer.release()
        self._rest.stop()
        self.viewport.release()

    def set_mark(self, on: bool) -> None:
        """Let an inversion's picture carry its mark or not."""
        self.textures.set_mark(on)

    def portrait(self) -> FitView | None:
        """The fit in view."""
        workbench = self._dispatcher.workbench
        return None if workbench is None else workbench.views.portrait()

    def _build(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.viewport, 1)
        column.addWidget(self.fallback)
        column.addWidget(self.again, 0, Qt.AlignmentFlag.AlignLeft)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(10)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.tabs)
        # Beside docks left and right on a small screen, three textures still fit into a row.
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 5)
        self.splitter.setSizes([300, 500])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 8)
        layout.setSpacing(6)
        layout.addWidget(self.toolbar)
        layout.addWidget(self.splitter, 1)
        layout.addWidget(self.pose)

    def _connect(self) -> None:
        self.viewport.stood.connect(lambda camera: self._ask(ViewController.set_camera, camera))
        self.viewport.turned.connect(lambda yaw, pitch: self._ask(ViewController.turn, yaw, pitch))
        self.viewport.lighted.connect(
            lambda azimuth, elevation: self._ask(
                ViewController.set_style, lit=True, azimuth=azimuth, elevation=elevation
            )
        )
        self.viewport.fell_back.connect(self._say_fallback)
        self.again.clicked.connect(self._try_again)
        for part in (self.viewport, self.textures):
            part.pointed.connect(lambda point: self._ask(ViewController.set_cursor, point))
        self.shape.moved.connect(lambda part, index, value: self._ask(ViewController.shape, part, index, value))
        self.shape.reset.connect(lambda part: self._ask(ViewController.reset, part))
        self.vectors.moved.connect(lambda vector, value: self._ask(ViewController.shape_along, vector, value))
        self.vectors.reset.connect(lambda: self._ask(ViewController.reset, "identity"))
        self.plot.picked.connect(self._pick_yaw)
        self.tabs.currentChanged.connect(self._tab_changed)
        self.toolbar.view_reset.connect(lambda: self._ask(ViewController.set_camera, Camera()))
        for picture in self.textures.pictures:
            report_saving(picture.view, self._dispatcher)

    def _ask(self, command, *args, **kwargs) -> None:  # type: ignore[no-untyped-def]
        self._dispatcher.send(lambda workbench: command(workbench.views, *args, **kwargs))

    # Drawing the session.

    def _changed(self, viewing: Viewer3DState) -> None:
        before, self._seen = self._seen, viewing
        moved = viewing.scene is not before.scene
        if viewing.view is not before.view or not moved:
            self._turn.stop()
            self._draw_mesh()
        elif not self._turn.isActive():
            self._turn.start()
        landed = viewing.view is not None and viewing.view is not before.view and not viewing.view.still
        if moved:
            self._rest.start(REST_MS)
        elif landed and not self._rest.isActive():
            self._rest.start(LANDED_MS)
        self._numbers.poke()
        self.textures.draw(viewing, self.portrait())

    def _draw_mesh(self) -> None:
        self.viewport.draw(self._dispatcher.session[VIEWING], self.portrait())

    def _draw_numbers(self) -> None:
        viewing, portrait = self._dispatcher.session[VIEWING], self.portrait()
        self.toolbar.draw(viewing, portrait)
        self.model.draw(viewing)
        self.pose.draw(viewing, portrait)
        self.shape.draw(viewing.scene, portrait)
        self.vectors.draw(viewing.scene, portrait)
        self.plot.draw(viewing.sweep, None if viewing.scene is None else viewing.scene.yaw)

    def _pick_yaw(self, yaw: float) -> None:
        scene = self._dispatcher.session[VIEWING].scene
        if scene is not None:
            self._ask(ViewController.turn, yaw, scene.pitch)

    def _tab_changed(self, index: int) -> None:
        self._ask(ViewController.sweep, self.tabs.widget(index) is self.plot)
        self._numbers.poke()

    def _say_fallback(self, reason: str) -> None:
        self.fallback.setText(f"Drawn without OpenGL, small while it moves: {reason}.")
        self.fallback.show()
        self.again.show()

    def _try_again(self) -> None:
        self.fallback.hide()
        self.again.hide()
        self.viewport.try_opengl()

    @guarded
    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Begin to fit what is selected."""
        super().showEvent(event)
        self._ask(ViewController.watch, True)

    @guarded
    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Fit nothing that nobody sees."""
        super().hideEvent(event)
        self._ask(ViewController.watch, False)
