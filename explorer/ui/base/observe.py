"""Panels watch slices of the session; one object remembers what to let go of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from psygnal import SignalInstance

from explorer.studio.session.slices import Slice
from explorer.studio.session.state import Session


class Observer:
    """Calls slots with a slice's value: now, and whenever the session replaces it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._links: list[tuple[SignalInstance, Callable[[], None]]] = []

    def watch(self, slice_: Slice[Any], slot: Callable[[Any], None]) -> None:
        """Call `slot(value)` for a slice of the session."""

        def changed() -> None:
            slot(self.session[slice_])

        self._connect(self.session.changed(slice_), changed)
        changed()

    def watch_all(self, slot: Callable[[], None]) -> None:
        """Call `slot()` now, and whenever the session replaces any of its values."""
        self._connect(self.session.any_changed, slot)
        slot()

    def release(self) -> None:
        """Stop watching everything."""
        for signal, slot in self._links:
            signal.disconnect(slot)
        self._links.clear()

    def _connect(self, signal: SignalInstance, slot: Callable[[], None]) -> None:
        signal.connect(slot)
        self._links.append((signal, slot))
