"""The session as a file in the window: new, open, save, the title, the question before closing, what a crash left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QMessageBox

from explorer.science.names import shown
from explorer.studio.app.workbench import Workbench
from explorer.studio.config.preferences import Preferences
from explorer.studio.errors import UserError
from explorer.studio.session.slices import Forgotten
from explorer.studio.session.state import DOCUMENT, Document
from explorer.ui.base.file_dialogs import ask_open, ask_save
from explorer.ui.base.file_kinds import SESSION_SUFFIX, SESSIONS
from explorer.ui.base.window import Window
from explorer.ui.faces.opening import OpenService
from explorer.ui.preferences.service import PreferencesService
from explorer.ui.widgets.banner import Banner

EVERY_MS = 2000

Answer = Literal["save", "keep", "discard", "cancel"]


class SessionFileService(QObject):
    """Turns what the user asks of the session's file into commands. `closing` is emitted when the window goes.

    Attributes:
        ask: the question what is to become of changes that are not saved; its argument says whether they can be kept
            for the next start.
        banner: offers what a crash left behind.
        lay_out: lays the docks out as a session says.
        forgetting: is told what is about to be forgotten.
    """

    closing = Signal()

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._dispatcher, self._window = window.dispatcher, window
        self._keep = False
        self.ask: Callable[[bool], Answer] = self._question
        self.lay_out: Callable[[bytes], None] = lambda layout: None
        self.forgetting: Callable[[Forgotten], None] = lambda forgotten: None
        self.banner = Banner("Restore", "Discard")
        self.banner.accepted.connect(self._restore)
        self.banner.declined.connect(self._discard)
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(lambda: self._dispatcher.send(lambda app: app.files.tick()))
        window.service(OpenService).session_brought.connect(self.open)
        window.service(PreferencesService).store.changed.connect(self._autosave_as)

    def attach(self, workbench: Workbench) -> None:
        """Let sessions carry the window's layout, and hear of what was left behind."""
        workbench.files.layout = lambda: bytes(self._window.saveState().data())
        workbench.files.laid_out = self.lay_out
        workbench.files.found = self._offer
        workbench.files.forgetting = self.forgetting

    def persist_in(self, root: Path) -> None:
        """Keep autosaves in a folder from now on."""
        self._dispatcher.send(lambda app: app.files.persist_in(root))
        self._timer.start()

    def _autosave_as(self, preferences: Preferences) -> None:
        self._timer.setInterval(preferences.autosave_seconds * 1000)

    # Files.

    def new(self) -> None:
        """Begin an empty session."""
        if self._settled():
            self._dispatcher.send(lambda app: app.files.new())

    def open_dialog(self) -> None:
        """Ask for a session file and open it."""
        chosen = ask_open(self._window, "sessions", "Open session", f"{SESSIONS};;All files (*)")
        if chosen is not None:
            self.open(chosen)

    def open(self, path: Path) -> None:
        """Open a session file, once it is settled what becomes of the session there is."""
        if self._settled():
            self._dispatcher.send(lambda app: app.files.open(path))

    def save(self) -> None:
        """Save to the session's file, or ask for one."""
        path = self._dispatcher.session[DOCUMENT].path or self._chosen_path()
        if path is not None:
            self._dispatcher.send(lambda app: app.files.save(path))

    def save_as(self) -> None:
        """Ask for a file and save to it."""
        path = self._chosen_path()
        if path is not None:
            self._dispatcher.send(lambda app: app.files.save(path))

    # Coming and going.

    def may_close(self) -> bool:
        """Ask, where something is not saved; whether the window may close."""
        app = self._dispatcher.workbench
        if app is None or not app.files.kept or not self._dispatcher.session[DOCUMENT].modified:
            return True
        answer = self.ask(True)
        self._keep = answer == "keep"
        return answer in ("keep", "discard") or (answer == "save" and self._saved_now(app))

    def closed(self) -> None:
        """Let go of the autosave, once the engine is closed."""
        self._timer.stop()
        self.closing.emit()
        if self._dispatcher.workbench is not None:
            self._dispatcher.workbench.files.close(keep=self._keep)

    def _settled(self) -> bool:
        """Settle what becomes of changes that are not saved; whether to go on."""
        app = self._dispatcher.workbench
        if app is None or not self._dispatcher.session[DOCUMENT].modified:
            return True
        answer = self.ask(False)
        return answer == "discard" or (answer == "save" and self._saved_now(app))

    def _saved_now(self, app: Workbench) -> bool:
        path = self._dispatcher.session[DOCUMENT].path or self._chosen_path()
        if path is None:
            return False
        try:
            app.files.save_now(path)
        except UserError as error:
            app.notify("error", "The session is not saved", str(error))
            return False
        return True

    def _chosen_path(self) -> Path | None:
        document = self._dispatcher.session[DOCUMENT]
        proposed = str(document.path or f"session{SESSION_SUFFIX}")
        return ask_save(self._window, "sessions", "Save session", proposed, SESSIONS)

    def _question(self, keeping: bool) -> Answer:
        box = QMessageBox(self._window)
        box.setWindowTitle("Likeness")
        box.setText(f"Save the changes to {self._dispatcher.session[DOCUMENT].name}?")
        if keeping:
            box.setInformativeText("Changes that are kept are offered at the next start. A session holds faces.")
        save = box.addButton("Save", QMessageBox.ButtonRole.AcceptRole)
        keep = box.addButton("Keep for next time", QMessageBox.ButtonRole.AcceptRole) if keeping else None
        discard = box.addButton("Discard", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(save)
        box.exec()
        answers: dict[object, Answer] = {save: "save", keep: "keep", discard: "discard"}
        return answers.get(box.clickedButton(), "cancel")

    # After a crash.

    def _offer(self) -> None:
        app = self._dispatcher.workbench
        left = () if app is None else app.files.left_behind
        if not left:
            self.banner.say(None)
            return
        newest = left[0]
        what = "A session" if newest.path is None else shown(newest.path.stem)
        others = f", and {len(left) - 1} more" if len(left) > 1 else ""
        self.banner.say(f"{what} was not saved when the program last ended ({ago(newest.saved)}){others}.")

    def _restore(self) -> None:
        if self._settled():
            self._dispatcher.send(lambda app: app.files.restore())
        self._offer()

    def _discard(self) -> None:
        self._dispatcher.send(lambda app: app.files.discard())
        self._offer()


def ago(then: datetime, now: datetime | None = None) -> str:
    """How long ago something was, in the largest unit that fits."""
    minutes = round(((now or datetime.now(UTC)) - then).total_seconds() / 60)
    for unit, size in (("day", 24 * 60), ("hour", 60), ("minute", 1)):
        count = minutes // size
        if count:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "a moment ago"


def window_title(document: Document) -> str:
    """The window's title; Qt puts its mark of changes at the placeholder."""
    return f"{document.name}[*] – Likeness"
