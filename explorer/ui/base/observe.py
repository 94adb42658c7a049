"""Panels watch fields of the session; one object remembers what to let go of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from explorer.studio.session.state import Session


class Observer:
    """Calls slots with a field's value: now, and whenever the session replaces it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._links: list[tuple[str, Callable[[], None]]] = []
        self._of_all: list[Callable[[object], None]] = []

    def watch(self, field: str, slot: Callable[[Any], None]) -> None:
        """Call `slot(value)` for a field of the session."""

        def changed() -> None:
            slot(getattr(self.session, field))

        getattr(self.session.events, field).connect(changed)
        self._links.append((field, changed))
        changed()

    def watch_all(self, slot: Callable[[], None]) -> None:
        """Call `slot()` now, and whenever the session replaces any of its fields."""

        def changed(_: object) -> None:
            slot()

        self.session.events.connect(changed)
        self._of_all.append(changed)
        slot()

    def release(self) -> None:
        """Stop watching everything."""
        for field, changed in self._links:
            getattr(self.session.events, field).disconnect(changed)
        for any_changed in self._of_all:
            self.session.events.disconnect(any_changed)
        self._links.clear()
        self._of_all.clear()
