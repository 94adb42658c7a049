"""Forgetting in the window: a question first, since nothing brings back what is forgotten."""

from __future__ import annotations

from collections.abc import Callable, Collection

from PySide6.QtCore import QObject

from explorer.studio.faces.state import FACES, PHOTOGRAPHS, SELECTED, VECTORS
from explorer.studio.gallery.browsing import BROWSING
from explorer.ui.base.window import Window
from explorer.ui.base.wording import shortened
from explorer.ui.widgets.question import agreed

WHENCE = "from this session, its history, its autosave and the cache. This cannot be undone; your own files stay."


class ForgetService(QObject):
    """Forgets what the user means, once they have said so.

    Attributes:
        ask: the question; its arguments are what is asked and what would go, its answer whether to forget.
    """

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._dispatcher, self._window = window.dispatcher, window
        self.ask: Callable[[str, str], bool] = self._question

    def selected(self, photograph_key: str | None) -> None:
        """Forget the selected face or vector, or, where nothing is selected, a photograph and all of its faces."""
        session = self._dispatcher.session
        key = session[SELECTED]
        if key is not None and key in session[FACES]:
            face = session[FACES][key]
            last = sum(one.photograph_key == face.photograph_key for one in session[FACES].values()) == 1
            things = "The face, its photograph, its embedding" if last else "The face, its embedding"
            if self._agreed(face.name, f"{things} and everything made from it go"):
                self._dispatcher.send(lambda app: app.faces.remove_face(key))
        elif key is not None and key in session[VECTORS]:
            if self._agreed(session[VECTORS][key].name, "The embedding and everything made from it go"):
                self._dispatcher.send(lambda app: app.faces.remove_face(key))
        elif photograph_key is not None and photograph_key in session[PHOTOGRAPHS]:
            name = session[PHOTOGRAPHS][photograph_key].photograph.name
            if self._agreed(name, "The photograph and everything made from it go"):
                self._dispatcher.send(lambda app: app.faces.remove_photograph(photograph_key))

    def of_gallery(self, keys: Collection[str]) -> None:
        """Forget faces of the gallery."""
        listing = self._dispatcher.session[BROWSING].listing
        rows = (listing.places.get(key) for key in keys)
        names = [listing.names[row] for row in rows if row is not None]
        if not names:
            return
        what = names[0] if len(names) == 1 else f"{len(names):,} faces"
        whose = ("The face, its embedding", "it") if len(names) == 1 else ("The faces, their embeddings", "them")
        if self._agreed(what, f"{whose[0]} and everything made from {whose[1]} go"):
            self._dispatcher.send(lambda app: app.gallery.forget(keys))

    def _agreed(self, name: str, goes: str) -> bool:
        return self.ask(f"Forget {shortened(name)} for good?", f"{goes} {WHENCE}")

    def _question(self, asked: str, goes: str) -> bool:
        return agreed(self._window, asked, goes, "Forget")
