"""A command that torchrun starts several times: all train together, one prepares, speaks and writes.

The first process runs the command as if it were alone, up to its first step of a training. Only then do the others
begin: they find what it has prepared, and learn with it. They say nothing and write nothing; where one of them alone
cannot go on, it is the one that says why. A command that trains nothing by several is the first one's alone.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from explorer.science.processes import Processes, before_training

if TYPE_CHECKING:
    from torch.distributed import Store  # type: ignore[attr-defined]

# Whoever waits looks so often, in seconds; and waits so long for what another may say about the same failure.
_LOOKS, _HEARS = 0.1, 2.0
# An ending that somebody asked for is no failure to speak of.
_ASKED = 128
_UNEXPECTED = 1

Complain = Callable[[str, int], int]


def run_together(these: Processes, run: Callable[[Complain], int], complain: Complain) -> int:
    """Run a command as one of several processes.

    Args:
        run: the command, given how it says in a line what went wrong; returns the exit code.
        complain: says a line, and returns the code that it was given.

    Returns:
        The exit code: where one fails, all have its code.
    """
    _prepare(these)
    meeting = _Meeting(these)

    def said(line: str, code: int) -> int:
        return meeting.failed(line, code, complain)

    if these.first:
        before_training(meeting.begin)
        return meeting.end(run(said))
    ended = meeting.wait()
    if ended is not None:
        return ended
    with _silence():
        return run(said)


class _Meeting:
    """Where processes leave word for each other: torchrun's own store, or one of the first process's."""

    def __init__(self, these: Processes) -> None:
        self._these, self._store = these, _store(these)

    def begin(self) -> None:
        self._store.set("training", "")

    def end(self, code: int) -> int:
        self._store.set("ended", str(code))
        return code

    def wait(self) -> int | None:
        """Wait for the first process's training; its exit code where it ends without one."""
        while not self._store.check(["training"]):
            if self._store.check(["ended"]):
                return int(self._store.get("ended"))
            time.sleep(_LOOKS)
        return None

    def failed(self, line: str, code: int, complain: Complain) -> int:
        """Say why one fails, unless another has said it or the first one is about to."""
        # What the first one calls unexpected may be that another was lost, which says why itself.
        if not self._these.first or code == _UNEXPECTED:
            told = self._heard()
            if told is not None:
                return told
        if code >= _ASKED and not self._these.first:
            return code
        with contextlib.suppress(RuntimeError):  # the store went with the first process
            self._store.set("failed", str(code))
        return complain(line, code)

    def _heard(self) -> int | None:
        for _ in range(round(_HEARS / _LOOKS)):
            try:
                if self._store.check(["failed"]):
                    return int(self._store.get("failed"))
            except RuntimeError:
                return _UNEXPECTED
            time.sleep(_LOOKS)
        return None


def _store(these: Processes) -> Store:
    from torch.distributed import PrefixStore, TCPStore  # type: ignore[attr-defined]

    agents = os.environ.get("TORCHELASTIC_USE_AGENT_STORE") == "True"
    host, port = os.environ.get("MASTER_ADDR", "127.0.0.1"), int(os.environ.get("MASTER_PORT", "29500"))
    store = TCPStore(
        host,
        port,
        is_master=these.first and not agents,
        wait_for_workers=False,
        multi_tenant=True,
        timeout=timedelta(minutes=30),
    )
    return PrefixStore(f"likeness-{os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}", store)


def _prepare(these: Processes) -> None:
    """Leave torch's advice on its own ways out, and give each process a GPU of its own where there are any."""
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    import torch

    if torch.cuda.is_available():
        torch.cuda.set_device(these.local_rank % torch.cuda.device_count())


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    with (
        open(os.devnull, "w", encoding="utf-8") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        yield
