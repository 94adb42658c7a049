"""The window: docks around the inversion, menus, status bar, toasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QCloseEvent, QPaintEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QToolBar, QVBoxLayout, QWidget

from explorer.studio.app.workbench import Workbench
from explorer.studio.downloads.state import NETWORKS_MISSING
from explorer.studio.faces.state import FACES, PHOTOGRAPHS, VECTORS
from explorer.studio.inversion.state import RUN, RUNS
from explorer.studio.session.state import ACTIVITIES, DOCUMENT, NOTIFICATIONS, Document, Notification, Session
from explorer.ui.actions.registry import Registry
from explorer.ui.base import icons, imaging, theme
from explorer.ui.base.desk import Desk
from explorer.ui.base.guard import guarded
from explorer.ui.base.number_fields import NumberFields
from explorer.ui.base.observe import Observer
from explorer.ui.base.throttle import IMAGES_MS, Throttle
from explorer.ui.composer.exporting import Exporting
from explorer.ui.faces.embedding_panel import EmbeddingPanel
from explorer.ui.faces.opening import Opening
from explorer.ui.faces.panel import FacesPanel
from explorer.ui.help.dialog import HelpDialog
from explorer.ui.help.log_panel import LogPanel
from explorer.ui.help.reporting import Reporting
from explorer.ui.inversion.objective_panel import ObjectivePanel
from explorer.ui.leakage.panel import ProbePanel
from explorer.ui.preferences.service import Preferring
from explorer.ui.session.forgetting import Forgetting
from explorer.ui.session.service import Files, window_title
from explorer.ui.widgets.banner import Banner
from explorer.ui.widgets.busy_bar import BusyBar
from explorer.ui.widgets.dock import Dock
from explorer.ui.widgets.toasts import Toasts
from explorer.ui.window.bridge import Bridge
from explorer.ui.window.docking import Docking, Kind
from explorer.ui.window.drops import Drops
from explorer.ui.window.features import FEATURES
from explorer.ui.window.layouts import Layouts
from explorer.ui.window.palette import Palette
from explorer.ui.window.tool_bar import tool_bar
from explorer.ui.window.welcome import WelcomePage

if TYPE_CHECKING:
    from explorer.ui.geometry.panel import ViewportPanel
    from explorer.ui.inversion.panel import InversionPanel
    from explorer.ui.inversion.runs_panel import RunsPanel
    from explorer.ui.variation.panel import VariationPanel


class MainWindow(QMainWindow):
    """Draws a session and collects the user's intentions.

    What the first paint does not need, the plots and most docks, is made behind it: see `complete`.
    Emits `painted` once, after the first paint: what is slow to load begins then.
    """

    painted = Signal()

    # Declared for the modules of actions, which are imported by this one.
    desk: Desk
    opening: Opening
    exporting: Exporting
    files: Files
    forgetting: Forgetting
    docking: Docking
    docks: dict[str, Dock]
    actions_by_name: dict[str, QAction]
    mark: QAction
    layouts: Layouts
    preferring: Preferring
    reporting: Reporting
    tools: QToolBar
    middle: QStackedWidget
    palette_of_actions: Palette
    registry: Registry
    log: LogPanel
    probe: ProbePanel
    faces: FacesPanel
    objective: ObjectivePanel

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setWindowTitle("Likeness")
        self.setWindowIcon(icons.application())
        self.resize(1440, 900)
        self._painted = False
        self._loaded: set[str] = set()
        self._bridge: Bridge | None = None
        self._inversion: InversionPanel | None = None
        self._shown: set[int] = set()
        self.desk = Desk(session, self)
        self.opening = Opening(self.desk, self)
        self.exporting = Exporting(self.desk, self)
        self.files = Files(self.desk, self)
        self.forgetting = Forgetting(self.desk, self)
        self.opening.session_brought.connect(self.files.open)
        self.opening.folders_brought.connect(lambda: self.bring("Gallery"))
        self.registry = Registry(self, FEATURES)
        self.actions_by_name = self.registry.by_name
        self.mark = self.actions_by_name["mark"]
        self._build_panels()
        self.toasts = Toasts(self)
        self.layouts = Layouts(self)
        self.files.lay_out = self.layouts.restore
        self.preferring = Preferring(self)
        self.reporting = Reporting(self.desk, self.log.report, self)
        self.palette_of_actions = Palette(self.registry, self)
        self.drops = Drops(self.opening, self, *self.docks.values())
        self._status = Throttle(lambda: self.busy.draw(session), IMAGES_MS, self)
        self.observer = Observer(session)
        for status in (RUN, ACTIVITIES):
            self.observer.watch(status, lambda _: self._status.poke())
        for loaded in (PHOTOGRAPHS, FACES, VECTORS, RUNS, RUN):
            self.observer.watch(loaded, lambda _: self._loaded_changed())
        self.observer.watch(DOCUMENT, self._document_changed)
        self.observer.watch(NOTIFICATIONS, self._notify)
        self.observer.watch(NETWORKS_MISSING, self.banner.say)
        self.observer.watch_all(self.registry.refresh)
        for dock in self.docks.values():
            dock.seen.connect(lambda _: self.registry.refresh())
        theme.themes.changed.connect(self.registry.refresh)

    def attach(self, workbench: Workbench) -> None:
        """Give the window its workbench and listen to the engine."""
        self.complete()
        self._bridge = Bridge(workbench, self)
        self.busy.set_device(workbench.engine.device)
        self.busy.say("Ready")
        self.files.attach(workbench)
        self.desk.attach(workbench)
        NumberFields(self)  # now every panel has its fields

    # Building.

    def _build_panels(self) -> None:
        self.docking = Docking(self)
        self.docks = self.docking.docks
        self.faces = self.panel(FacesPanel)
        self.embedding = self.panel(EmbeddingPanel)
        self.objective = self.panel(ObjectivePanel)
        self.probe = self.panel(ProbePanel)
        self.log = self.panel(LogPanel)
        self.welcome = WelcomePage(self.actions_by_name)
        self.middle = QStackedWidget()
        self.middle.addWidget(self.welcome)
        self.banner = Banner("Fetch networks")
        self.banner.accepted.connect(lambda: self.desk.ask(lambda app: app.downloads.fetch_networks()))
        middle = QWidget()
        middle.setObjectName("window")
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.files.banner)
        column.addWidget(self.banner)
        column.addWidget(self.middle, 1)
        self.setCentralWidget(middle)
        self.busy = BusyBar(self.desk.session, self)
        self.busy.cancelled.connect(self.actions_by_name["cancel"].trigger)
        self.busy.log_asked.connect(self.actions_by_name["dock_log"].trigger)
        self.setStatusBar(self.busy)
        self.tools = tool_bar(self, self.registry)
        self.help_dialog: HelpDialog | None = None
        self.docking.arrange()

    def complete(self) -> None:
        """Make what the first paint did without."""
        self.docking.complete()
        self._middle_of_work()

    @property
    def inversion(self) -> InversionPanel:
        """The middle of the window once something is loaded."""
        return self._middle_of_work()

    def _middle_of_work(self) -> InversionPanel:
        if self._inversion is None:
            from explorer.ui.inversion.panel import InversionPanel

            self._inversion = InversionPanel(self.desk, self.actions_by_name)
            self._inversion.set_mark(self.mark.isChecked())
            self.middle.addWidget(self._inversion)
            self.middle.updateGeometry()  # Qt would not ask again how much room the pages need
        return self._inversion

    @property
    def face_in_3d(self) -> ViewportPanel:
        """The panel of the 3D face dock."""
        from explorer.ui.geometry.panel import ViewportPanel

        return self.panel(ViewportPanel)

    @property
    def variation(self) -> VariationPanel:
        """The panel of the Variation dock."""
        from explorer.ui.variation.panel import VariationPanel

        return self.panel(VariationPanel)

    @property
    def runs(self) -> RunsPanel:
        """The panel of the Runs dock."""
        from explorer.ui.inversion.runs_panel import RunsPanel

        return self.panel(RunsPanel)

    # The docks, as actions need them.

    def panel(self, kind: type[Kind]) -> Kind:
        """Return the panel of a class.

        Raises:
            LookupError: no dock holds one.
        """
        return self.docking.panel(kind)

    def reset_layout(self) -> None:
        """Put every dock back where it was at first."""
        self.layouts.restore(self.docking.first)

    def explain(self, topic: str) -> None:
        """Show the page that explains a panel, by the last part of its dock's name, such as "3d_face"."""
        if self.help_dialog is None:
            self.help_dialog = HelpDialog(self)
        self.help_dialog.explain(topic)

    def bring(self, title: str) -> None:
        """Bring a dock into view, in front of others."""
        self.docking.bring(title)

    def in_view(self, title: str) -> bool:
        """Whether a dock can be seen: it is neither closed nor behind another's tab."""
        return self.docks[title].in_view

    def set_mark(self, on: bool) -> None:
        """Let every reconstruction carry its mark or not."""
        if self._inversion is not None:
            self._inversion.set_mark(on)
        self.docking.set_mark(on)

    # Drawing the session.

    def _loaded_changed(self) -> None:
        session = self.desk.session
        loaded: set[str] = {*session[PHOTOGRAPHS], *session[FACES]}
        if not self._loaded <= loaded:
            imaging.DragFolder.clear()
        self._loaded = loaded
        begun = session[RUN] is not None or len(session[RUNS]) > 0
        empty = not loaded and not begun and len(session[VECTORS]) == 0
        self.middle.setCurrentWidget(self.welcome if empty else self.inversion)

    def _document_changed(self, document: Document) -> None:
        self.setWindowTitle(window_title(document))
        self.setWindowModified(document.modified)

    def _notify(self, notifications: tuple[Notification, ...]) -> None:
        for one in notifications:
            if one.number not in self._shown:
                self._shown.add(one.number)
                self.toasts.show(one)

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
        self.layouts.leave()
        self.exporting.leave()
        self.hide()
        if self._bridge is not None:
            self._bridge.close()
        if self.desk.workbench is not None:
            self.desk.workbench.close()
        self.files.closed()
        imaging.DragFolder.clear()
        self.observer.release()
        if self._inversion is not None:
            self._inversion.observer.release()
        self.docking.release()
        super().closeEvent(event)
