"""What the window remembers of files between two starts: recent sessions, and where each kind of file was last."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from explorer.studio.config.recent import Kind, RecentStore
from explorer.studio.errors import UserError
from explorer.ui.base.window import Window


class RecentFiles(QObject):
    """Holds the store of a window; what cannot be kept is said once."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._complained = False
        self.store = RecentStore()

    def persist_in(self, folder: Path) -> None:
        """Take over what a folder holds, and keep what changes there."""
        trouble = self.store.persist_in(folder)
        if trouble is not None:
            self._window.dispatcher.report("warning", "The recent files could not be read", trouble)

    def opened(self, session: Path) -> None:
        """Put a session first in the list."""
        self._try(lambda: self.store.opened(session))

    def drop(self, session: Path) -> None:
        """Take a session out of the list."""
        self._try(lambda: self.store.drop(session))

    def clear(self) -> None:
        """Remember nothing."""
        self._try(self.store.clear)

    def forget(self, names: Iterable[str]) -> None:
        """Drop what may be called after faces with these names."""
        self._try(lambda: self.store.forget(names))

    def remember(self, kind: Kind, folder: Path) -> None:
        """Begin in this folder when files of a kind are asked for next."""
        self._try(lambda: self.store.remember(kind, folder))

    def start(self, kind: Kind) -> str:
        """Where a file dialog begins; empty where Qt is to decide."""
        folder = self.store.folder(kind)
        return "" if folder is None else str(folder)

    def _try(self, change: Callable[[], None]) -> None:
        try:
            change()
        except UserError as error:
            if not self._complained:
                self._complained = True
                self._window.dispatcher.report("warning", "The recent files are not kept", str(error))


def recent_of(widget: QWidget) -> RecentFiles | None:
    """What the window of a widget remembers; None outside of a window."""
    window = window_of(widget)
    return None if window is None else window.service(RecentFiles)


def window_of(widget: QWidget) -> Window | None:
    """The window that a widget or dialog belongs to."""
    above: QWidget | None = widget
    while above is not None:
        if isinstance(above, Window):
            return above
        above = above.parentWidget()
    return None
