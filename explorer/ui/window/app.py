"""Opens the window first, and loads what is slow afterwards."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication

from explorer.studio import places
from explorer.studio.app.features import new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.engine.protocol import EngineProtocol
from explorer.studio.session.state import Session
from explorer.ui.base import icons, theme
from explorer.ui.base.recent import RecentFiles
from explorer.ui.preferences.service import PreferencesService
from explorer.ui.session.service import SessionFileService
from explorer.ui.window.application import open_application
from explorer.ui.window.main_window import MainWindow
from explorer.ui.window.plugged import plugged_panels


class Loader(QObject):
    """Makes the engine on a thread of its own, since importing torch takes a second or two."""

    loaded = Signal(object, object)
    failed = Signal(str, str)
    left_out = Signal(str)

    def __init__(self, window: MainWindow, config: Path | None = None) -> None:
        super().__init__(window)
        self._window = window
        self._config = config
        self._device = window.service(PreferencesService).now.device
        self._thread = threading.Thread(target=self._load, name="likeness-loader", daemon=True)
        self.loaded.connect(self._attach, Qt.ConnectionType.QueuedConnection)
        self.failed.connect(self._report, Qt.ConnectionType.QueuedConnection)
        self.left_out.connect(window.service(PreferencesService).left_out, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Begin."""
        self._window.busy.say("Loading…")
        self._thread.start()

    def _load(self) -> None:
        try:
            from explorer.science.inversion.terms import default_weights
            from explorer.studio.app.engine import open_engine

            self._load_plugins()
            self.loaded.emit(open_engine(self._device), default_weights())
        except Exception as error:  # whatever it is, the window must say it
            self.failed.emit(f"{type(error).__name__}: {error}", traceback.format_exc())

    def _load_plugins(self) -> None:
        """Register what the user has switched on, before the first request and before a session is opened."""
        if self._config is None:
            return
        from explorer.studio.plugins.loading import load_plugins

        for problem in load_plugins(self._config):
            self.left_out.emit(problem.text)

    @Slot(object, object)
    def _attach(self, engine: EngineProtocol, weights: Mapping[str, float]) -> None:
        if not self._window.isVisible():
            engine.close()
            return
        workbench = Workbench(engine, self._window.dispatcher.session, weights)
        self._window.attach(workbench)
        workbench.downloads.check_networks()

    @Slot(str, str)
    def _report(self, message: str, details: str) -> None:
        self._window.busy.say("The engine could not be loaded")
        self._window.dispatcher.report(
            "error", "The engine could not be loaded", f"{message}; run `make setup`", details
        )


class Excepthook(QObject):
    """Sends what nobody caught to the log and a toast; the window stays."""

    _caught = Signal(str, str)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._caught.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Take over from the interpreter, on every thread."""
        sys.excepthook = self._hook
        threading.excepthook = lambda args: self._hook(args.exc_type, args.exc_value, args.exc_traceback)

    def _hook(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        print(details, file=sys.stderr)
        self._caught.emit(f"{kind.__name__}: {error}", details)

    @Slot(str, str)
    def _show(self, message: str, details: str) -> None:
        self._window.dispatcher.report(
            "error", "Something went wrong", f"{message}. What you had is still there", details
        )


def open_window(session: Session | None = None, config: Path | None = None) -> MainWindow:
    """Show the window and begin to load the engine as soon as it has been painted once.

    Args:
        session: what it draws; an empty one if None.
        config: the folder of preferences and layouts; None for the defaults, and nothing is kept.
    """
    plugged, left_out = ((), ()) if config is None else plugged_panels(config)
    window = MainWindow(new_session() if session is None else session, plugged)
    if config is not None:
        preferences = window.service(PreferencesService)
        preferences.persist_in(config)
        for text in left_out:
            preferences.left_out(text)
        window.layouts.persist_in(config)
        if preferences.now.keep_layout:
            window.layouts.restore_last()
    loader = Loader(window, config)

    def begin() -> None:
        if window.isVisible():
            window.complete()
        loader.start()

    # The first paint has to reach the screen before importing torch takes the interpreter's lock.
    window.painted.connect(lambda: QTimer.singleShot(50, begin))
    window.show()
    return window


def main(arguments: Sequence[str] | None = None, opened: Callable[[MainWindow], object] | None = None) -> int:
    """Run the application until its window is closed; return the exit code: 2, in one line, where there is no display.

    Args:
        arguments: the program's name and arguments, for Qt; those of the process if None.
        opened: told of the window before its first paint.

    Raises:
        NoHomeError: there is no folder for what the program keeps.
    """
    config, state = places.config(), places.state()  # where there is no place for them, no window opens first
    app = open_application(sys.argv if arguments is None else arguments)
    app.setApplicationName("Likeness")
    app.setDesktopFileName("likeness")
    app.setWindowIcon(icons.application())
    theme.install(app)
    window = open_window(config=config)
    Excepthook(window).install()
    window.service(RecentFiles).persist_in(state)
    window.service(SessionFileService).persist_in(state / "autosave")
    window.dispatcher.send(lambda app: app.batches.persist_in(state / "batches.json"))
    if opened is not None:
        opened(window)
    return app.exec()
