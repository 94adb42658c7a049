"""The window: docks around the inversion, menus, status bar, toasts."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QPaintEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QTabWidget, QVBoxLayout, QWidget

from explorer.studio.session.state import Document, Notification, RunState, Session
from explorer.studio.workbench import Workbench
from explorer.ui import actions, help, icons, imaging, theme  # noqa: A004 - the Help menu
from explorer.ui.bridge import Bridge
from explorer.ui.desk import Desk
from explorer.ui.drops import Drops
from explorer.ui.exporting import Exporting
from explorer.ui.files import Files, window_title
from explorer.ui.guard import guarded
from explorer.ui.observe import Observer
from explorer.ui.opening import Opening
from explorer.ui.panels.embedding import EmbeddingPanel
from explorer.ui.panels.faces import FacesPanel
from explorer.ui.panels.inversion import InversionPanel
from explorer.ui.panels.log import LogPanel
from explorer.ui.panels.objective import ObjectivePanel
from explorer.ui.panels.probe import ProbePanel
from explorer.ui.panels.runs import RunsPanel
from explorer.ui.panels.variation import VariationPanel
from explorer.ui.panels.viewport import ViewportPanel
from explorer.ui.throttle import IMAGES_MS, Throttle
from explorer.ui.widgets.banner import Banner
from explorer.ui.widgets.busy_bar import BusyBar
from explorer.ui.widgets.dock import Dock
from explorer.ui.widgets.toasts import Toasts

LEFT, RIGHT, FACE_IN_3D = 312, 256, 420
THEMES: dict[theme.Choice, str] = {"system": "Follow the system", "dark": "Dark", "light": "Light"}


class MainWindow(QMainWindow):
    """Draws a session and collects the user's intentions.

    Emits `painted` once, after the first paint: what is slow to load begins then.
    """

    painted = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setWindowTitle("Likeness")
        self.setWindowIcon(icons.application())
        self.resize(1440, 900)
        self._painted = False
        self._loaded: set[str] = set()
        self._bridge: Bridge | None = None
        self._shown: set[int] = set()
        self.desk = Desk(session, self)
        self.opening = Opening(self.desk, self)
        self.exporting = Exporting(self.desk, self)
        self.files = Files(self.desk, self)
        self.opening.session_brought.connect(self.files.open)
        self.actions_by_name, self._menus = actions.build(self)
        self._build_samples()
        self._build_panels()
        self._build_view_menu()
        self.toasts = Toasts(self)
        self.drops = Drops(self.opening, self, *self.docks.values())
        self._status = Throttle(lambda: self.busy.draw(session), IMAGES_MS, self)
        self.observer = Observer(session)
        self.observer.watch("run", self._run_changed)
        self.observer.watch("activities", lambda _: self._status_changed())
        self.observer.watch("selected", lambda _: self._enable())
        self.observer.watch("photographs", lambda _: self._loaded_changed())
        self.observer.watch("faces", lambda _: self._loaded_changed())
        self.observer.watch("variation", lambda _: self._enable())
        self.observer.watch("document", self._document_changed)
        self.observer.watch("notifications", self._notify)
        self.observer.watch("networks_missing", self.banner.say)

    def attach(self, workbench: Workbench) -> None:
        """Give the window its workbench and listen to the engine."""
        self._bridge = Bridge(workbench, self)
        self.busy.set_device(workbench.engine.device)
        self.busy.say("Ready")
        self.files.attach(workbench)
        self.desk.attach(workbench)

    # Building.

    def _build_panels(self) -> None:
        self.faces = FacesPanel(self.desk, self.actions_by_name)
        self.embedding = EmbeddingPanel(self.desk)
        self.inversion = InversionPanel(self.desk, self.actions_by_name)
        self.objective = ObjectivePanel(self.desk)
        self.probe = ProbePanel(self.desk)
        self.probe.export_asked.connect(self.exporting.readouts)
        self.face_in_3d = ViewportPanel(self.desk)
        self.variation = VariationPanel(self.desk, self.actions_by_name["export_variation"])
        self.runs = RunsPanel(self.desk, self.actions_by_name)
        self.log = LogPanel(self.desk)
        self.banner = Banner("Fetch networks")
        self.banner.accepted.connect(lambda: self.desk.ask(Workbench.fetch_networks))
        middle = QWidget()
        middle.setObjectName("window")
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.files.banner)
        column.addWidget(self.banner)
        column.addWidget(self.inversion, 1)
        self.setCentralWidget(middle)
        places = {
            "Faces": (self.faces, Qt.DockWidgetArea.LeftDockWidgetArea),
            "Embedding": (self.embedding, Qt.DockWidgetArea.LeftDockWidgetArea),
            "Objective": (self.objective, Qt.DockWidgetArea.RightDockWidgetArea),
            "Probe": (self.probe, Qt.DockWidgetArea.RightDockWidgetArea),
            "3D face": (self.face_in_3d, Qt.DockWidgetArea.BottomDockWidgetArea),
            "Variation": (self.variation, Qt.DockWidgetArea.BottomDockWidgetArea),
            "Runs": (self.runs, Qt.DockWidgetArea.BottomDockWidgetArea),
            "Log": (self.log, Qt.DockWidgetArea.BottomDockWidgetArea),
        }
        self.docks: dict[str, Dock] = {}
        for title, (panel, area) in places.items():
            self.docks[title] = Dock(title, panel, self)
            # Side by side they would make the window wider than the screen.
            self.docks[title].setVisible(title not in ("3D face", "Variation", "Runs"))
            self.addDockWidget(area, self.docks[title])
        self.tabifyDockWidget(self.docks["Objective"], self.docks["Probe"])
        self.docks["Probe"].visibilityChanged.connect(self.probe.set_watched)
        self.setTabPosition(Qt.DockWidgetArea.RightDockWidgetArea, QTabWidget.TabPosition.North)
        self.docks["Objective"].raise_()
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.resizeDocks([self.docks["Log"]], [170], Qt.Orientation.Vertical)
        self.docks["Log"].hide()
        self.tabifyDockWidget(self.docks["3D face"], self.docks["Variation"])
        self.tabifyDockWidget(self.docks["Variation"], self.docks["Runs"])
        self.setTabPosition(Qt.DockWidgetArea.BottomDockWidgetArea, QTabWidget.TabPosition.North)
        shows = self.docks["3D face"].toggleViewAction()
        shows.setShortcut("Ctrl+3")
        shows.triggered.connect(self._show_face_in_3d)
        self.resizeDocks([self.docks["Faces"], self.docks["Objective"]], [LEFT, RIGHT], Qt.Orientation.Horizontal)
        self.resizeDocks([self.docks["Faces"], self.docks["Embedding"]], [440, 430], Qt.Orientation.Vertical)
        self.busy = BusyBar(self)
        self.busy.cancelled.connect(self.cancel)
        self.busy.log_asked.connect(lambda: self.docks["Log"].setVisible(not self.docks["Log"].isVisible()))
        self.setStatusBar(self.busy)
        self._first_layout: QByteArray = self.saveState()

    def _build_samples(self) -> None:
        menu = QMenu(self)
        menu.aboutToShow.connect(lambda: self.opening.fill_samples(menu))
        self.actions_by_name["samples"].setMenu(menu)

    def _build_view_menu(self) -> None:
        menu = self._menus["View"]
        for dock in self.docks.values():
            menu.addAction(dock.toggleViewAction())
        menu.addSeparator()
        self.mark = QAction("Mark reconstructions", self, checkable=True, checked=True)
        self.mark.toggled.connect(self.inversion.set_mark)
        self.mark.toggled.connect(self.probe.set_mark)
        self.mark.toggled.connect(self.variation.set_mark)
        self.mark.toggled.connect(self.runs.set_mark)
        menu.addAction(self.mark)
        for text, show in (
            ("Draw landmarks", self.inversion.show_landmarks),
            ("Draw histograms", self.inversion.show_histograms),
        ):
            action = QAction(text, self, checkable=True, checked=True)
            action.toggled.connect(show)
            menu.addAction(action)
        themes, group = menu.addMenu("Theme"), QActionGroup(self)
        for choice, text in THEMES.items():
            action = themes.addAction(text, _themed(choice))
            action.setCheckable(True)
            action.setChecked(choice == theme.themes.choice)
            group.addAction(action)
        menu.addAction("Reset layout", lambda: self.restoreState(self._first_layout))

    def _show_face_in_3d(self, on: bool) -> None:
        dock = self.docks["3D face"]
        if on:
            dock.raise_()
        if on and not dock.isFloating() and dock.height() < FACE_IN_3D:
            self.resizeDocks([dock], [FACE_IN_3D], Qt.Orientation.Vertical)

    # Drawing the session.

    def _loaded_changed(self) -> None:
        loaded = {*self.desk.session.photographs, *self.desk.session.faces}
        if not self._loaded <= loaded:
            imaging.DragFolder.clear()
        self._loaded = loaded
        self._enable()

    def _run_changed(self, run: RunState | None) -> None:
        self._status_changed()
        self._enable()

    def _document_changed(self, document: Document) -> None:
        self.setWindowTitle(window_title(document))
        self.setWindowModified(document.modified)
        for name, says, what in (("undo", "Undo", document.undo), ("redo", "Redo", document.redo)):
            self.actions_by_name[name].setText(says if what is None else f"{says}: {what}")
            self.actions_by_name[name].setEnabled(what is not None)

    def _status_changed(self) -> None:
        self._status.poke()
        self.actions_by_name["cancel"].setEnabled(bool(self.desk.session.activities))

    def _enable(self) -> None:
        session, run = self.desk.session, self.desk.session.run
        status = "idle" if run is None else run.status
        active = run is not None and run.active
        stepping = status in ("starting", "running", "paused")
        steps = 0 if run is None else len(run.steps)
        pause, says = self.actions_by_name["pause"], "Resume" if status == "paused" else "Pause"
        if pause.text() != says:
            pause.setText(says)
            icons.attach(pause, "start" if status == "paused" else "pause")
        back = run is not None and run.shown_index is not None
        enabled = {
            "start": session.selected is not None and not active,
            "pause": stepping,
            "step": session.selected is not None and (stepping or not active),
            "stop": stepping,
            "back": steps > 1,
            "forward": back,
            "newest": back,
            "export_figure": run is not None and run.result is not None,
            "export_image": run is not None and run.best_image is not None,
            "export_variation": session.variation is not None and session.variation.result is not None,
            "copy_result": run is not None and run.best_image is not None,
            "copy_vector": session.selected is not None,
            "edit_points": bool(session.photographs) and session.selected not in session.vectors,
            "branch": steps > 0 and status != "finishing",
            "remove": session.selected is not None,
            "forget": session.selected is not None or bool(session.photographs),
        }
        for name, on in enabled.items():
            self.actions_by_name[name].setEnabled(on)
        self.inversion.transport.start.setEnabled(enabled["start"])

    def _notify(self, notifications: tuple[Notification, ...]) -> None:
        for one in notifications:
            if one.number not in self._shown:
                self._shown.add(one.number)
                self.toasts.show(one)

    # Intentions of the menus.

    def open_dialog(self) -> None:
        """Ask for photographs."""
        self.opening.dialog()

    def new_session(self) -> None:
        """Begin an empty session."""
        self.files.new()

    def open_session(self) -> None:
        """Ask for a session file."""
        self.files.open_dialog()

    def save_session(self) -> None:
        """Save the session."""
        self.files.save()

    def save_session_as(self) -> None:
        """Save the session to another file."""
        self.files.save_as()

    def undo(self) -> None:
        """Take the last change back."""
        self.desk.ask(Workbench.undo)

    def redo(self) -> None:
        """Bring back what was taken back."""
        self.desk.ask(Workbench.redo)

    def remove(self) -> None:
        """Remove what is selected."""
        self.faces.remove()

    def branch(self) -> None:
        """Go on from the step in view, and show the tree of runs."""
        self.desk.ask(lambda bench: bench.runs.branch())
        self.docks["Runs"].show()
        self.docks["Runs"].raise_()

    def open_vector_dialog(self) -> None:
        """Ask for a bare embedding."""
        self.opening.vector_dialog()

    def paste(self) -> None:
        """Open what the clipboard holds."""
        self.opening.paste()

    def export_figure(self) -> None:
        """Write the run's figure."""
        self.exporting.figure()

    def export_variation(self) -> None:
        """Write the figure of several inversions."""
        self.exporting.variation(self.mark.isChecked())

    def export_image(self) -> None:
        """Save the best image."""
        self.inversion.best.view.save()

    def copy_result(self) -> None:
        """Copy the best image."""
        self.inversion.best.view.copy()

    def copy_vector(self) -> None:
        """Copy the embedding."""
        self.exporting.vector()

    def edit_points(self) -> None:
        """Place the five points by hand."""
        self.faces.edit_points()

    def forget(self) -> None:
        """Forget what is selected."""
        self.faces.forget()

    def reset_settings(self) -> None:
        """Give weights and settings their defaults."""
        self.objective.reset_all()

    def start(self) -> None:
        """Invert the selected embedding."""
        self.desk.ask(Workbench.start_inversion)

    def vary(self) -> None:
        """Show the panel of several inversions."""
        self.docks["Variation"].show()
        self.docks["Variation"].raise_()
        self.variation.start.setFocus()

    def pause(self) -> None:
        """Pause, or go on."""
        run = self.desk.session.run
        self.desk.ask(Workbench.resume if run is not None and run.status == "paused" else Workbench.pause)

    def step(self) -> None:
        """Take one step."""
        self.desk.ask(Workbench.step_once)

    def stop(self) -> None:
        """End the run and keep its best."""
        self.desk.ask(Workbench.stop)

    def cancel(self) -> None:
        """Drop what is under way."""
        self.desk.ask(Workbench.cancel)

    def step_back(self) -> None:
        """Look one step further back."""
        self._look(-1)

    def step_forward(self) -> None:
        """Look one step further on."""
        self._look(+1)

    def step_newest(self) -> None:
        """Follow the newest step."""
        self.desk.ask(Workbench.show_step, None)

    def _look(self, by: int) -> None:
        run = self.desk.session.run
        if run is None or not run.steps:
            return
        last = len(run.steps) - 1
        step = (last if run.shown_index is None else run.shown_index) + by
        self.desk.ask(Workbench.show_step, None if step >= last else max(step, 0))

    def copy_doctor_report(self) -> None:
        """Copy the doctor's report."""
        self.exporting.doctor_report()

    def about(self) -> None:
        """Say what this program is."""
        help.about(self).open()

    def responsible_use(self) -> None:
        """Say what it may be used for."""
        help.responsible_use(self).open()

    # Coming and going.

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Tell of the first paint."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            self.painted.emit()

    @guarded
    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Stop the engine and let go of the session, unless the user thinks better of it."""
        if not self.files.may_close():
            event.ignore()
            return
        self.hide()
        if self._bridge is not None:
            self._bridge.close()
        if self.desk.workbench is not None:
            self.desk.workbench.close()
        self.files.closed()
        imaging.DragFolder.clear()
        panels = (
            self.faces,
            self.embedding,
            self.inversion,
            self.objective,
            self.probe,
            self.variation,
            self.runs,
            self.log,
        )
        for owner in (self, *panels):
            owner.observer.release()
        self.face_in_3d.release()
        super().closeEvent(event)


def _themed(choice: theme.Choice) -> Callable[[], None]:
    return lambda: theme.choose(choice)
