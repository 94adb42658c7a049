"""Turn any encoder into a black box, to try attacks on: it answers nothing but embeddings.

    python examples/blackbox_server.py --encoder dlib-resnet --port 8713

listens on this machine alone. `POST /embed` with one PNG or JPEG brings `{"vector": [...]}`: of its most prominent
face, which is found and aligned here. 422 says that there is no face, 429 that it was asked faster than --rate allows.

    python examples/blackbox_server.py --encoder dlib-resnet --lines

reads a picture's path in each line of the standard input, and writes a JSON object in each line of the standard output,
in order: `{"vector": [...]}`, or `{"error": "..."}` where there is no face. With --picture one picture is read from the
standard input, and one object written.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO, TextIO

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.face import FaceError
from explorer.science.faces.reading import read_photograph
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError, explain

HOST = "127.0.0.1"
LARGEST_PICTURE = 16 * 2**20
# A client that sends half a picture and then nothing is not waited for longer than this, in seconds.
PATIENCE = 30
Embed = Callable[[bytes], list[float] | None]
"""A picture's bytes to the vector of its face; None where there is none. Raises FaceError where it is no picture."""


def embedder(encoder: str, device: str = "cpu") -> Embed:
    """What embeds pictures by a registered encoder, one at a time.

    Raises:
        UserError: there is no such encoder. MissingNetwork: it is not in the cache.
    """
    networks, alone = Networks(device), threading.Lock()
    recogniser, detector = networks.recogniser(encoder), networks.detector()

    def embed(picture: bytes) -> list[float] | None:
        photograph = read_photograph(picture, "the picture")
        with alone:
            faces = detector.detect(photograph.pixels)
            if not faces:
                return None
            numbers: list[float] = embed_face(recogniser, photograph, choose_face(photograph, faces)).tolist()
            return numbers

    return embed


class Pace:
    """Says whether a question comes too soon: at least 1 / rate seconds lie between two that are answered."""

    def __init__(self, rate: float | None, now: Callable[[], float] = time.monotonic) -> None:
        self._apart, self._now = 0.0 if rate is None else 1 / rate, now
        self._next, self._alone = -float("inf"), threading.Lock()

    def too_soon(self) -> float:
        """Seconds to wait; 0 where the question may be answered, which then counts."""
        with self._alone:
            wait = self._next - self._now()
            if wait > 0:
                return wait
            self._next = self._now() + self._apart
            return 0.0


def server(embed: Embed, port: int, rate: float | None = None) -> ThreadingHTTPServer:
    """A server that listens on this machine alone; port 0 takes a free one (`server_address`)."""
    pace = Pace(rate)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = PATIENCE

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal() or int(length) > LARGEST_PICTURE:
                self.close_connection = True
                self._answer(413 if length.isdecimal() else 411, {"error": "one PNG or JPEG of at most 16 MB"})
                return
            picture = self.rfile.read(int(length))
            if self.path != "/embed":
                self._answer(404, {"error": "POST /embed"})
                return
            wait = pace.too_soon()
            if wait:
                self._answer(429, {"error": "asked too fast"}, {"Retry-After": f"{wait:.3f}"})
                return
            try:
                vector = embed(picture)
            except FaceError as error:
                self._answer(400, {"error": str(error)})
                return
            if vector is None:
                self._answer(422, {"error": "no face"})
            else:
                self._answer(200, {"vector": vector})

        def _answer(self, status: int, content: object, headers: dict[str, str] | None = None) -> None:
            data = json.dumps(content).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", "Content-Length": len(data)}.items():
                self.send_header(name, str(value))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *words: object) -> None:
            """Nothing is said of who asks, and for what."""

    made = ThreadingHTTPServer((HOST, port), Handler)
    made.daemon_threads = True
    return made


def answer_lines(embed: Embed, paths: TextIO, out: TextIO) -> None:
    """A picture's path in each line to a JSON object in each line."""
    for line in paths:
        answer = _answered(embed, Path(line.rstrip("\n")).read_bytes)
        print(json.dumps(answer), file=out, flush=True)


def answer_picture(embed: Embed, picture: BinaryIO, out: TextIO) -> None:
    """One picture to one JSON object."""
    print(json.dumps(_answered(embed, lambda: picture.read(LARGEST_PICTURE))), file=out, flush=True)


def _answered(embed: Embed, read: Callable[[], bytes]) -> dict[str, object]:
    try:
        vector = embed(read())
    except (FaceError, OSError) as error:
        return {"error": str(error)}
    return {"error": "no face"} if vector is None else {"vector": vector}


def main() -> int:
    """Listen until interrupted, or answer the standard input."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", required=True, help="whose embeddings are answered")
    parser.add_argument("--port", type=int, default=8713, help="[default: 8713]")
    parser.add_argument("--rate", type=float, help="answers a second at most [default: as fast as it can]")
    parser.add_argument("--device", default="cpu", help="[default: cpu]")
    parser.add_argument("--lines", action="store_true", help="answer the standard input, a path a line")
    parser.add_argument("--picture", action="store_true", help="answer the standard input, one picture")
    given = parser.parse_args()
    if given.rate is not None and given.rate <= 0:
        parser.error("--rate: a number above 0")
    try:
        embed = embedder(given.encoder, given.device)
    except UserError as error:
        print(explain(error), file=sys.stderr)
        return 2
    if given.lines:
        answer_lines(embed, sys.stdin, sys.stdout)
        return 0
    if given.picture:
        answer_picture(embed, sys.stdin.buffer, sys.stdout)
        return 0
    try:
        with server(embed, given.port, given.rate) as listening:
            print(f"{given.encoder} answers at http://{HOST}:{listening.server_address[1]}/embed", flush=True)
            listening.serve_forever()
    except KeyboardInterrupt:
        pass
    except OSError as error:
        print(f"port {given.port}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
