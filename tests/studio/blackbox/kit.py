"""Black boxes to ask: a server that says what it is told to, on a port of its own, and small programs."""

from __future__ import annotations

import json
import shlex
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Handle = Callable[[BaseHTTPRequestHandler, bytes], None]


@dataclass
class Listening:
    """A server. url: its address. asked: the pictures that came. connections: how many were made."""

    url: str
    asked: list[bytes] = field(default_factory=list)
    connections: int = 0


def answering(*answers: tuple[int, Any] | tuple[int, Any, dict[str, str]]) -> Handle:
    """Answers in turn, (status, content, headers), the last one again and again; content that is bytes as it is."""
    left = list(answers)

    def handle(request: BaseHTTPRequestHandler, picture: bytes) -> None:
        status, content, *headers = left.pop(0) if len(left) > 1 else left[0]
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        request.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **(headers[0] if headers else {})}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(data)

    return handle


@contextmanager
def listening(handle: Handle) -> Iterator[Listening]:
    """A server on a free port of this machine, ended with the block."""
    about = Listening("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            about.connections += 1
            super().setup()

        def do_POST(self) -> None:
            picture = self.rfile.read(int(self.headers["Content-Length"]))
            about.asked.append(picture)
            handle(self, picture)

        def log_message(self, *words: object) -> None:
            pass

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # the client did not wait
                self.close_connection = True

    class Server(ThreadingHTTPServer):
        daemon_threads = False
        block_on_close = True

    server = Server(("127.0.0.1", 0), Handler)
    about.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield about
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def program(folder: Path, text: str) -> str:
    """The command of a small program in a file."""
    path = folder / "program.py"
    path.write_text(text)
    # Without site packages it starts at once.
    return shlex.join([sys.executable, "-I", "-S", str(path)])


ECHO = """
import json, sys
for line in sys.stdin:
    data = open(line.rstrip("\\n"), "rb").read()
    print(json.dumps({"vector": [len(data), data[0], 1.5]}), flush=True)
"""
"""Answers what it read of the picture of each line."""


def frame(number: int, side: int = 16) -> NDArray[np.uint8]:
    """A picture of its own."""
    return np.random.default_rng(number).integers(0, 256, (side, side, 3), np.uint8)


class Canned:
    """A black box of this very process: answers by the shape of things. sent: how many pictures it got.

    Args:
        answer: the vector of a PNG; None where there is no face; what it raises, it raises.
    """

    def __init__(self, answer: Callable[[int], Any], name: str = "canned") -> None:
        self.name = self.key = name
        self._answer, self.sent = answer, 0

    def embed(self, png: bytes) -> Any:
        assert png.startswith(b"\x89PNG"), "a PNG leaves"
        self.sent += 1
        found = self._answer(self.sent - 1)
        return None if found is None else np.asarray(found, np.float32)

    def close(self) -> None:
        pass

    def __enter__(self) -> Canned:
        return self

    def __exit__(self, *error: object) -> None:
        pass
