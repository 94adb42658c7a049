"""What a test of the window may not leave behind: threads, widgets, running timers, open files."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QEvent, QThreadPool, QTimer
from PySide6.QtWidgets import QApplication

# The last is what the C library reads for a moment wherever a name of a host is looked up.
_SHARED = ("/dev/", "/proc/", "/memfd:", "/sys/", "/usr/", "/etc/hosts")

#: By an identity that no other living thing has, how a thing is called in the message of a failure.
Living = dict[Any, str]


def threads() -> Living:
    """Python's own threads. Those of Qt's pools show as dummies, and are waited for."""
    found = [thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)]
    return {thread: f"thread {thread.name}" for thread in found}


def widgets() -> Living:
    """Every widget that Qt knows, shown or not."""
    return {
        shiboken6.getCppPointer(widget)[0]: f"widget {type(widget).__name__} {widget.objectName()!r}"
        for widget in QApplication.allWidgets()
    }


def timers() -> Living:
    """Timers that run, whoever owns them, of those that were made since the objects were frozen."""
    return {
        id(thing): f"running timer of {type(thing.parent()).__name__}, every {thing.interval()} ms"
        for thing in gc.get_objects()
        if issubclass(type(thing), QTimer) and shiboken6.isValid(thing) and thing.isActive()
    }


def files() -> Living:
    """Files that this process holds open.

    Devices, sockets and what the system shares are the libraries' own; so are the fonts that matplotlib keeps open.
    """
    found: Living = {}
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the folder was listed through one that is closed again
            target = os.readlink(link)
            if target.startswith("/") and not target.startswith(_SHARED) and not target.endswith(".ttf"):
                found[link.name, target] = f"open file {target}"
    return found


KINDS: tuple[Callable[[], Living], ...] = (threads, widgets, timers, files)


class Watch:
    """Remembers what is alive when it begins.

    Args:
        patience: seconds that each new thread is given to come to its end.
    """

    def __init__(self, patience: float = 10.0) -> None:
        self._patience = patience
        gc.freeze()  # a million objects of torch and Qt need not be looked through for those of one test
        self._before = [kind() for kind in KINDS]

    def finish(self) -> list[str]:
        """Name what is alive now and was not before, once everything that is on its way out is gone."""
        QThreadPool.globalInstance().waitForDone()
        for thread in threads().keys() - self._before[0].keys():
            thread.join(self._patience)
        _delete_what_waits_for_it()
        if self._new():
            gc.collect()  # a ring of objects lives until then
            _delete_what_waits_for_it()
        return self._new()

    def _new(self) -> list[str]:
        pairs = [(kind(), known) for kind, known in zip(KINDS, self._before, strict=True)]
        return sorted(name for now, known in pairs for identity, name in now.items() if identity not in known)


def watched(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail the test that asks for it, at its end, if it leaves something behind."""
    failures = request.session.testsfailed
    watch = Watch()
    yield
    request.node.funcargs.clear()  # pytest itself would keep what the test's fixtures gave until later
    left = watch.finish()
    # What a test that failed leaves behind is held by its traceback.
    if left and request.session.testsfailed == failures:
        pytest.fail(f"left behind: {'; '.join(left[:12])} ({len(left)} in all)", pytrace=False)


def _delete_what_waits_for_it() -> None:
    QApplication.processEvents()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
