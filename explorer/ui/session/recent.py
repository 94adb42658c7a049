"""File > Open recent: the sessions that were opened or saved last."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from explorer.science.names import name_of, shown
from explorer.studio.faces.state import FACES, PHOTOGRAPHS, VECTORS
from explorer.studio.gallery.browsing import BROWSING
from explorer.studio.session.slices import Forgotten
from explorer.studio.session.state import DOCUMENT, Document, Session
from explorer.ui.actions.registry import ActionSpec, Registry
from explorer.ui.base.observe import Observer
from explorer.ui.base.recent import RecentFiles
from explorer.ui.base.window import Window
from explorer.ui.base.wording import shortened
from explorer.ui.session.service import SessionFileService

MENU = "File/Open recent"
GONE = "the file is not there any more"


class RecentSessions(QObject):
    """Keeps the menu of recent sessions; a session that is opened or saved comes first."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window, self._files = window, window.service(RecentFiles)
        self._registered: list[str] = []
        self._looks = False
        self._path: Path | None = None
        self._gone: frozenset[Path] = frozenset()
        self._files.store.changed.connect(self._register)
        self.observer = Observer(window.dispatcher.session)
        self.observer.watch(DOCUMENT, self._noted)
        files = window.service(SessionFileService)
        files.forgetting = self.forget
        files.closing.connect(self.observer.release)

    def forget(self, forgotten: Forgotten) -> None:
        """Drop what may be called after a face that is being forgotten."""
        self._files.forget(names_of(self._window.dispatcher.session, forgotten))

    def look(self) -> None:
        """See which files are still there."""
        gone = frozenset(path for path in self._files.store.sessions if not path.is_file())
        if gone != self._gone:
            self._gone = gone
            self._window.service(Registry).refresh()

    def _noted(self, document: Document) -> None:
        # A change of the session is none of its path: what was cleared must not come back with it.
        before, self._path = self._path, document.path
        if document.path is not None and document.path != before:
            self._files.opened(document.path)

    def _register(self) -> None:
        """Fill the menu anew."""
        registry = self._window.service(Registry)
        # Clearing comes last, and so again behind what came later.
        for name in (*self._registered, CLEAR.name):
            registry.remove(name)
        specs = [self._spec(number, path) for number, path in enumerate(self._files.store.sessions)]
        self._registered = [spec.name for spec in specs]
        for spec in (*specs, CLEAR):
            registry.add(spec)
        if not self._looks:
            self._looks = True
            registry.menus[MENU].aboutToShow.connect(self.look)
        self.look()

    def _spec(self, number: int, path: Path) -> ActionSpec:
        alike = sum(one.name == path.name for one in self._files.store.sessions) > 1
        where = f" ({shortened(name_of(path.parent))})" if alike else ""
        return ActionSpec(
            f"recent_{number}",
            f"{shortened(shown(path.stem), 50)}{where}".replace("&", "&&"),
            f"Open the session {shown(path)}",
            lambda window: window.service(SessionFileService).open(path),
            menu=MENU,
            group="files",
            disabled_reason=lambda _: GONE if path in self._gone else "",
        )


def nothing_recent(window: Window) -> str:
    """Why there is nothing to open again."""
    return "" if window.service(RecentFiles).store.sessions else "no session was opened yet"


CLEAR = ActionSpec(
    "recent_clear",
    "Clear this list",
    "Forget recent sessions and the folders that dialogs begin in; no file is touched",
    lambda window: window.service(RecentFiles).clear(),
    menu=MENU,
    group="clear",
    disabled_reason=nothing_recent,
)


def names_of(session: Session, forgotten: Forgotten) -> list[str]:
    """The names of what is being forgotten, as the session still holds them."""
    listing = session[BROWSING].listing
    named = [(key, face.name) for key, face in session[FACES].items()]
    named += [(key, vector.name) for key, vector in session[VECTORS].items()]
    named += [(listing.keys[row], listing.names[row]) for row in listing.rows_of(forgotten)]
    names = [name for key, name in named if forgotten.holds(key)]
    names += [one.photograph.name for key, one in session[PHOTOGRAPHS].items() if key in forgotten.photographs]
    return names
