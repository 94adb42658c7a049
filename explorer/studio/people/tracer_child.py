"""The process that traces pictures and decodes skies: Mitsuba runs here alone, so that what ends it ends nothing else.

It is asked over a pipe and answers by JSON and plain numbers alone: nothing that either side says is unpickled. It ends
when its parent does, whatever it is doing.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.studio.child_process import limit_memory, say, silence


def serve(connection: Connection, folder: Path, room: int) -> None:
    """Answer what is asked until the pipe ends.

    Args:
        folder: where hair is written for Mitsuba to read; the parent clears it away.
        room: bytes of memory that the process may take beyond what it has when it begins.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent alone decides what an interrupt means
    threading.Thread(target=_end_with_parent, daemon=True).start()
    silence()
    with suppress(BrokenPipeError, ConnectionResetError, EOFError):
        try:
            import mitsuba  # noqa: F401 - what it needs is no part of the room
        except Exception as error:
            say(connection, "refused", f"Mitsuba cannot be started ({type(error).__name__}: {error})"[:500])
            return
        limit_memory(room)
        say(connection, "ready", None)
        while True:
            asked = json.loads(connection.recv_bytes())
            data = connection.recv_bytes()
            try:
                for done, image in _answers(asked, data, folder):
                    say(connection, "done" if image is not None else "pass", done)
                    if image is not None:
                        connection.send_bytes(json.dumps(image.shape).encode())
                        connection.send_bytes(np.ascontiguousarray(image, np.float32).tobytes())
            except Exception as error:
                say(connection, "refused", " ".join(f"{type(error).__name__}: {error}".split())[:500])


def _answers(asked: dict[str, Any], data: bytes, folder: Path) -> Iterator[tuple[int, NDArray[np.float32] | None]]:
    """What is known after each pass of the picture asked for, as its number of samples, and in the end the picture."""
    from explorer.science.synthetic.traceable import traceable_from_bytes
    from explorer.science.synthetic.tracing import decode_sky, passes, trace

    if asked["ask"] == "sky":
        yield 0, decode_sky(data)
        return
    picture, samples = traceable_from_bytes(data), int(asked["samples"])
    done, image = 0, None
    traced = trace(picture, samples, int(asked["seed"]), folder, asked["variant"])
    for count, known in zip(passes(samples), traced, strict=True):
        done, image = done + count, known
        yield done, None
    yield done, image


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
