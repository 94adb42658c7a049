"""Let a blocking iterator be left within a fraction of a second."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from typing import TypeVar, cast

from explorer.studio.errors import Cancelled

T = TypeVar("T")

POLL_SECONDS = 0.1


def interruptible(source: Iterator[T], should_cancel: Callable[[], bool]) -> Generator[T, None, None]:
    """Yield what a source yields, from a thread of its own, and stop waiting for it when asked.

    A network read can hang for as long as its time-out. The thread that hangs holds the connection only; it
    ends by itself, with the answer or the time-out, and does not keep the process alive.

    Raises:
        Cancelled: `should_cancel` became true.
        Exception: whatever the source raised.
    """
    handed: queue.Queue[tuple[str, T | BaseException | None]] = queue.Queue(maxsize=8)
    left = threading.Event()

    def hand(kind: str, value: T | BaseException | None) -> None:
        while not left.is_set():
            try:
                handed.put((kind, value), timeout=POLL_SECONDS)
            except queue.Full:
                continue
            return

    def run() -> None:
        try:
            for item in source:
                hand("item", item)
                if left.is_set():
                    return
        except BaseException as error:
            hand("error", error)
        else:
            hand("end", None)

    threading.Thread(target=run, name="fetch", daemon=True).start()
    try:
        while True:
            if should_cancel():
                raise Cancelled("stopped on request")
            try:
                kind, value = handed.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue
            if kind == "end":
                return
            if kind == "error":
                assert isinstance(value, BaseException)
                raise value
            yield cast(T, value)
    finally:
        left.set()
