"""What processes share that run what must not end the program: they are told over a pipe, and their memory is limited.

It brings in nothing heavy, so that such a process begins quickly, and limits itself before anything else is loaded.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any


def say(connection: Connection, kind: str, value: Any) -> None:
    """Send a message of a kind, as JSON: nothing that a process says is unpickled."""
    connection.send_bytes(json.dumps({"kind": kind, "value": value}).encode())


def silence() -> None:
    """Send whatever libraries write, as when they give up, to nobody: the parent says in one line what happened."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)


def limit_memory(room: int, more: Mapping[str, int] | None = None) -> None:
    """Limit this process's memory, and have it leave no core; nothing where there are no limits.

    Args:
        room: bytes that it may take beyond what it has now.
        more: other limits, by their names in `resource`.
    """
    if sys.platform == "win32":
        return
    import resource

    limits = {resource.RLIMIT_CORE: 0} | {getattr(resource, name): most for name, most in (more or {}).items()}
    with suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limits[resource.RLIMIT_AS] = pages * resource.getpagesize() + room
    for kind, most in limits.items():
        with suppress(OSError, ValueError):
            hard = resource.getrlimit(kind)[1]
            bounded = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (bounded, bounded))


def how_it_ended(process: SpawnProcess) -> str:
    """By what signal a process ended that no longer answers; "no answer" where by none."""
    process.join(1)
    code = process.exitcode
    return signal.Signals(-code).name if code is not None and code < 0 else "no answer"


def end(process: SpawnProcess | None, pipe: Connection | None) -> None:
    """Close the pipe and kill the process, where there are any."""
    if pipe is not None:
        pipe.close()
    if process is not None and process.pid is not None:
        process.kill()
        process.join()
        process.close()
