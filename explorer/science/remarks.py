"""What was odd about a file that is used all the same: said to whoever listens, as the command line does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str], object]

_listener: ContextVar[Listener] = ContextVar("_listener", default=lambda text: None)


def remark(text: str) -> None:
    """Say something odd about a file, in one line that names the file; nobody may be listening."""
    _listener.get()(" ".join(text.split()))


@contextmanager
def remarks_heard_by(listener: Listener) -> Iterator[None]:
    """Hand every remark within the block to a listener, each once."""
    said: set[str] = set()

    def once(text: str) -> None:
        if text not in said:
            said.add(text)
            listener(text)

    token = _listener.set(once)
    try:
        yield
    finally:
        _listener.reset(token)
