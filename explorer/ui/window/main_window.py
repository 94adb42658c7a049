"""The window: docks around the inversion, menus, status bar, toasts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TypeVar, cast

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from explorer.studio.app.workbench import Workbench
from explorer.studio.downloads.state import NETWORKS_MISSING
from explorer.studio.faces.state import FACES, PHOTOGRAPHS, VECTORS
from explorer.studio.inversion.state import RUN, RUNS
from explorer.studio.session.state import ACTIVITIES, DOCUMENT, NOTIFICATIONS, Document, Notification, Session
from explorer.ui.actions.registry import Registry
from explorer.ui.actions.ui_feature import UiFeature
from explorer.ui.base import icons, imaging, theme
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.guard import guarded
from explorer.ui.base.number_fields import NumberFields
from explorer.ui.base.observe import Observer
from explorer.ui.base.recent import RecentFiles
from explorer.ui.base.throttle import IMAGES_MS, Throttle
from explorer.ui.base.window import Window
from explorer.ui.composer.exporting import ExportService
from explorer.ui.faces.opening import OpenService
from explorer.ui.help.dialog import HelpDialog
from explorer.ui.session.service import SessionFileService, window_title
from explorer.ui.widgets.banner import Banner
from explorer.ui.widgets.busy_bar import BusyBar
from explorer.ui.widgets.dock import Dock
from explorer.ui.widgets.shrinking import Shrinking, fit_screen
from explorer.ui.widgets.toasts import Toasts
from explorer.ui.window.bridge import Bridge
from explorer.ui.window.docking import DockManager, release, set_mark
from explorer.ui.window.drops import Drops
from explorer.ui.window.features import CENTRE, DOCKS, table_with
from explorer.ui.window.layouts import NARROW, Layouts
from explorer.ui.window.palette import Palette
from explorer.ui.window.tool_bar import tool_bar
from explorer.ui.window.welcome import WelcomePage

LEAST_MIDDLE = QSize(300, 170)
PLUGINS = "plugins"  # the page that explains what plug-ins bring

P = TypeVar("P", bound=QWidget)
S = TypeVar("S")


class MainWindow(Window):
    """Draws a session and collects the user's commands.

    What the first paint does not need, the plots and most docks, is made behind it: see `complete`.
    Emits `painted` once, after the first paint: what is slow to load begins then.

    Args:
        plugged: features that plug-ins bring, checked and guarded.
    """

    painted = Signal()

    docks: dict[str, Dock]

    def __init__(self, session: Session, plugged: Sequence[UiFeature] = ()) -> None:
        super().__init__()
        self._table = table_with(plugged)
        self.setWindowTitle("Likeness")
        self.setWindowIcon(icons.application())
        fit_screen(self, QSize(1440, 900))
        self._painted = False
        self._loaded: set[str] = set()
        self._bridge: Bridge | None = None
        self._services: dict[type[object], object] = {}
        self._centre: QWidget | None = None
        self._shown: set[int] = set()
        self.dispatcher = CommandDispatcher(session, self)
        for make in chain.from_iterable(feature.services for feature in self._table.features):
            self._serve(make(self))
        self._files = self.service(SessionFileService)
        self.registry = self._serve(Registry(self, self._table.actions))
        self.actions_by_name = self.registry.by_name
        self.mark = self.actions_by_name["mark"]
        self._build_panels()
        self.toasts = self._serve(Toasts(self))
        self.layouts = self._serve(Layouts(self))
        self._files.lay_out = self.layouts.restore
        if self.width() < NARROW:
            self.layouts.as_at_first()
        self.palette_of_actions = self._serve(Palette(self))
        self.drops = Drops(self.service(OpenService), self, *self.docks.values())
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
            dock.seen.connect(lambda _: self.toasts.to_front())
        theme.themes.changed.connect(self.registry.refresh)

    def attach(self, workbench: Workbench) -> None:
        """Give the window its workbench and listen to the engine; panels that are not there yet may come later."""
        self._bridge = Bridge(workbench, self)
        self.busy.set_device(workbench.engine.device)
        self.busy.say("Ready")
        self._files.attach(workbench)
        self.dispatcher.attach(workbench)
        self._numbers.leave(self)  # some fields come with the workbench

    # Building.

    def _build_panels(self) -> None:
        self.docking = self._serve(DockManager(self, self._table.docks))
        self.docks = self.docking.docks
        self._numbers = NumberFields(self)
        self.docking.made.connect(self._numbers.leave)
        self.welcome = WelcomePage(self.actions_by_name, self.service(RecentFiles).store)
        self.middle = QStackedWidget()
        self.middle.addWidget(self.welcome)
        self.banner = Banner("Fetch networks")
        self.banner.accepted.connect(lambda: self.dispatcher.send(lambda app: app.downloads.fetch_networks()))
        middle = QWidget()
        middle.setObjectName("window")
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._files.banner)
        column.addWidget(self.banner)
        column.addWidget(self.middle, 1)
        self.setCentralWidget(middle)
        self.busy = BusyBar(self.dispatcher.session, self)
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

    def _middle_of_work(self) -> QWidget:
        """Return the middle of the window once something is loaded; it is made if it is not there yet."""
        if self._centre is None:
            assert CENTRE.centre is not None
            self._centre = CENTRE.centre(self)
            set_mark(self._centre, self.mark.isChecked())
            self._numbers.leave(self._centre)
            self.middle.addWidget(Shrinking(self._centre, LEAST_MIDDLE, self.middle))
            self.middle.updateGeometry()  # Qt would not ask again how much room the pages need
        return self._centre

    def _serve(self, service: S) -> S:
        self._services[type(service)] = service
        return service

    # What actions, docks, dialogs and services ask for.

    def panel(self, kind: type[P]) -> P:
        """Return the panel of a class, which is made if it is not there yet.

        Raises:
            LookupError: there is none.
        """
        for panel in self._panels():
            if isinstance(panel, kind):
                return panel
        raise LookupError(f"no dock holds a {kind.__name__}")

    def _panels(self) -> Iterator[QWidget]:
        """What is there comes first, so that no more is made than has to be."""
        yield from list(self.docking.panels.values())
        yield self._middle_of_work()
        yield from self.docking.unmade()

    def service(self, kind: type[S]) -> S:
        """Return what serves the window, by its class.

        Raises:
            LookupError: nothing of the kind does, or not yet.
        """
        if kind not in self._services:
            raise LookupError(f"no {kind.__name__} serves the window")
        return cast(S, self._services[kind])

    def reset_layout(self) -> None:
        """Put every dock back where it was at first."""
        self.layouts.as_at_first()

    def explain(self, topic: str | None = None) -> None:
        """Show the page that explains a panel; by default that of the one with the keyboard, or of the middle."""
        if self.help_dialog is None:
            self.help_dialog = HelpDialog(self)
        wanted = topic or self.docking.in_focus() or CENTRE.name
        # Panels of plug-ins have no page of their own; there is one on all of them.
        plugged = wanted in {spec.id for spec in self._table.docks if spec not in DOCKS}
        self.help_dialog.explain(PLUGINS if plugged else wanted)

    def search_actions(self) -> None:
        """Open the command palette; a second time, close it."""
        self.palette_of_actions.open()

    def bring(self, dock_id: str) -> None:
        """Bring a dock into view, in front of others."""
        self.docking.bring(dock_id)

    def in_view(self, dock_id: str) -> bool:
        """Whether a dock can be seen: it is neither closed nor behind another's tab."""
        return self.docks[dock_id].in_view

    def set_mark(self, on: bool) -> None:
        """Let every reconstruction carry its mark or not."""
        for panel in (self._centre, *self.docking.panels.values()):
            set_mark(panel, on)

    # Drawing the session.

    def _loaded_changed(self) -> None:
        session = self.dispatcher.session
        loaded: set[str] = {*session[PHOTOGRAPHS], *session[FACES]}
        if not self._loaded <= loaded:
            imaging.DragFolder.clear()
        self._loaded = loaded
        begun = session[RUN] is not None or len(session[RUNS]) > 0
        empty = not loaded and not begun and len(session[VECTORS]) == 0
        if not empty:
            self._middle_of_work()
        self.middle.setCurrentIndex(0 if empty else 1)

    def _document_changed(self, document: Document) -> None:
        self.setWindowTitle(window_title(document))
        self.setWindowModified(document.modified)

    def _notify(self, notifications: tuple[Notification, ...]) -> None:
        self.toasts.keep({one.number for one in notifications})
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
            self.docking.raise_floating()  # they were shown before the window
            self.painted.emit()

    @guarded
    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Stop the engine and let go of the session, unless the user thinks better of it."""
        if not self._files.may_close():
            event.ignore()
            return
        self.layouts.leave()
        self.service(ExportService).leave()
        self.service(OpenService).leave()
        self.hide()
        if self._bridge is not None:
            self._bridge.close()
        if self.dispatcher.workbench is not None:
            self.dispatcher.workbench.close()
        self._files.closed()
        imaging.DragFolder.clear()
        self.observer.release()
        for panel in (self._centre, *self.docking.panels.values()):
            release(panel)
        super().closeEvent(event)
