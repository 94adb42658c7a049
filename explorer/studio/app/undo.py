"""Undo, redo, and a whole session in place of another: bringing fields back, and what follows from that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from explorer.studio.engine.protocol import EngineProtocol
from explorer.studio.engine.requests import Ticket
from explorer.studio.faces.state import LoadedFace
from explorer.studio.inversion.state import RunState
from explorer.studio.leakage.state import Probing
from explorer.studio.session.history import History
from explorer.studio.session.restoring import put_back, put_in_place
from explorer.studio.session.snapshot import Snapshot
from explorer.studio.session.state import Session
from explorer.studio.variation.state import VariationState


class Bench(Protocol):
    """What this needs of the workbench."""

    engine: EngineProtocol

    def embed(self, key: str) -> None:
        """Embed a face."""
        ...

    def embedding(self, key: str) -> list[Ticket]:
        """The requests under way that embed a face."""
        ...

    def compare(self) -> None:
        """Bring the similarity tables up to date."""
        ...

    def look_at(self, run: RunState | None) -> None:
        """Bring a run into view."""
        ...


class UndoBench:
    """Takes changes back and brings them again.

    It notes by itself what the probe panel and the variation panel change; everything else says so to the history.
    """

    def __init__(self, session: Session, bench: Bench, history: History) -> None:
        self._session, self._bench, self._history = session, bench, history
        session.events.probing.connect(self._edits_changed)
        session.events.variation.connect(self._variation_changed)

    def swap(self, *, back: bool) -> None:
        """Take the last change back, or bring back what was taken back last."""
        known = list(self._history.derived())
        values = self._history.swap(back=back)
        if values is None:
            return
        before, shown = self._session.faces, self._session.run
        with self._history.deaf():
            put_back(self._session, values, known)
        if self._session.run is not shown:
            self._bench.look_at(self._session.run)
        if "faces" in values or "vectors" in values:
            self._catch_up(before)
        self._history.refresh()

    def take_up(self, snapshot: Snapshot) -> None:
        """Put a session in the place of the one there is; nothing of that can be brought back."""
        before = self._session.faces
        with self._history.deaf():
            self._bench.look_at(None)
            put_in_place(self._session, snapshot)
        self._history.clear()
        self._catch_up(before)

    def _catch_up(self, before: Mapping[str, LoadedFace]) -> None:
        """Have made what the faces that came now lack, and drop what is being made of older points."""
        session = self._session
        for key in {*before, *session.faces}:
            old, new = before.get(key), session.faces.get(key)
            if old is not None and (new is None or new.face is not old.face):
                for ticket in self._bench.embedding(key):
                    self._bench.engine.cancel(ticket)
            if new is not None and (key not in session.embeddings or new.frame is None):
                self._bench.embed(key)
        self._bench.compare()

    def _edits_changed(self, new: Probing, old: Probing) -> None:
        # Edits that went with their face are no change of their own.
        if new.edits is not old.edits and set(new.edits) >= set(old.edits):
            self._history.changed("alter before reading", {"edits": old.edits}, self._session.selected or "")

    def _variation_changed(self, new: VariationState | None, old: VariationState | None) -> None:
        if new is not None and (old is None or old.key != new.key):
            self._history.changed("invert several times", {"variation": old}, new.target.key)
        elif new is not None and not new.active:
            self._history.refresh()
