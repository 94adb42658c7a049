"""A black box behind an HTTP endpoint of this very machine: faces are sent to no other.

The connection goes straight to the address that was checked, past any proxy, and follows no redirection.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import selectors
import socket
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from explorer.science.names import shown
from explorer.studio.blackbox.answer import LARGEST_ANSWER, BlackBoxError, TransientError, Vector, brief, vector_in

_NO_FACE, _TOO_FAST = 422, 429
_LONGEST_WAIT = 60.0
_PATH = "/embed"


@dataclass(frozen=True)
class Place:
    """Where an endpoint listens: `host` is an address of this machine in numbers."""

    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """The address in full."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}{self.path}"


def place_of(url: str) -> Place:
    """Read the address of an endpoint; `/embed` is added where it has no path.

    Raises:
        BlackBoxError: it is no http address, or not one of the loopback interface.
    """
    given = shown(url)
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise BlackBoxError(f"{given} is no address: write it as http://127.0.0.1:8713") from None
    if parts.scheme != "http" or not host or parts.query or parts.fragment or parts.username or parts.password:
        raise BlackBoxError(f"{given} is no plain http address: write it as http://127.0.0.1:8713")
    if not parts.path.isascii() or any(letter <= " " for letter in parts.path):
        raise BlackBoxError(f"{given} holds what an address may not: write it as http://127.0.0.1:8713")
    return Place(_loopback(host, given), port or 80, _PATH if parts.path in ("", "/") else parts.path)


def _loopback(host: str, given: str) -> str:
    """The host's address in numbers."""
    # Of names only this one is taken: another could mean this machine now, and another one the next moment.
    if host.lower() == "localhost":
        return "127.0.0.1"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        raise BlackBoxError(
            f"{given} is not on this machine: faces are sent to 127.0.0.1, ::1 or localhost alone; "
            "forward a port of this machine to reach another"
        )
    return str(address)


class Endpoint:
    """A black box behind `POST /embed`: one PNG in, `{"vector": [...]}` out.

    Args:
        url: its address. timeout: seconds that one answer may take in all.
        name: by which records call it; its address where None.

    Raises:
        BlackBoxError: as `place_of`.
    """

    def __init__(self, url: str, timeout: float = 30.0, name: str | None = None) -> None:
        self.place = place_of(url)
        self.key = self.place.url
        self.name = name or self.key
        self._timeout = timeout
        self._connection: http.client.HTTPConnection | None = None
        self._socket: _Timed | None = None

    def embed(self, png: bytes) -> Vector | None:
        """As `BlackBox` says: status 200 brings a vector, 422 says that there is no face, 429 that it was too soon."""
        until = time.monotonic() + self._timeout
        connection, socket_ = self._connected()
        try:
            status, data, headers = self._posted(connection, socket_, png, until)
        except (http.client.HTTPException, OSError, ValueError) as error:  # the last of lengths that are none
            self.close()
            if isinstance(error, TimeoutError):
                raise TransientError(f"{self.name} did not answer within {self._timeout:g} s") from None
            raise TransientError(
                f"{self.name} broke off ({brief(str(error).encode()) or type(error).__name__})"
            ) from None
        if status == 200:
            return vector_in(data, self.name)
        if status == _NO_FACE:
            return None
        if status == _TOO_FAST:
            raise TransientError(f"{self.name} was asked too fast: lower --rate", _after(headers))
        said = brief(data)
        words = f"{self.name} answered with status {status}{f': {said}' if said else ''}"
        if status >= 500:
            raise TransientError(words, _after(headers))
        raise BlackBoxError(words)

    def _connected(self) -> tuple[http.client.HTTPConnection, _Timed]:
        """The connection that is open, or a new one where the other side has closed it meanwhile."""
        if self._connection is not None and self._socket is not None:
            if not self._socket.has_ended():
                return self._connection, self._socket
            self.close()
        connection = _Connection(self.place.host, self.place.port, timeout=self._timeout)
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            why = "does not answer" if isinstance(error, TimeoutError) else "is not there"
            raise TransientError(f"the black box at {self.name} {why}: start it first", left=False) from None
        self._socket = _Timed(connection.sock)
        held: Any = connection
        held.sock = self._socket
        self._connection = connection
        return self._connection, self._socket

    def _posted(
        self, connection: http.client.HTTPConnection, socket_: _Timed, png: bytes, until: float
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        socket_.until = until
        connection.request("POST", self.place.path, png, {"Content-Type": "image/png", "Accept": "application/json"})
        answer = connection.getresponse()
        data = answer.read(LARGEST_ANSWER + 1)
        if len(data) > LARGEST_ANSWER or answer.will_close:
            self.close()
        return answer.status, data, answer.headers

    def close(self) -> None:
        """End the connection; the next question opens another."""
        if self._connection is not None:
            self._connection.close()
        if self._socket is not None:
            self._socket.abandon()
        self._connection = self._socket = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Connection(http.client.HTTPConnection):
    """Asks no second time by itself: each picture that leaves is counted."""

    auto_open = 0


class _Timed:
    """A connected socket on which everything together has to be over at a moment: a server that answers a byte a
    second would otherwise hold the question for hours."""

    def __init__(self, inner: socket.socket) -> None:
        self._inner, self._readers, self._closed = inner, 0, False
        self.until = time.monotonic()

    def has_ended(self) -> bool:
        """Whether the other side has closed it, or says what nobody asked for."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._inner, selectors.EVENT_READ)
            return bool(selector.select(0))

    def _limit(self) -> None:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._inner.settimeout(left)

    def sendall(self, data: Any) -> None:
        self._limit()
        self._inner.sendall(data)

    def recv_into(self, buffer: Any) -> int:
        self._limit()
        return self._inner.recv_into(buffer)

    def makefile(self, mode: str) -> io.BufferedReader:
        """What `http.client` reads an answer from."""
        self._readers += 1
        return io.BufferedReader(_Reading(self))

    def read_from(self) -> None:
        """An answer has been read."""
        self._readers -= 1
        if self._closed and self._readers <= 0:
            self.abandon()

    def close(self) -> None:
        """As a socket's own: `http.client` closes it before it reads the last answer from it."""
        self._closed = True
        if self._readers <= 0:
            self.abandon()

    def abandon(self) -> None:
        """Close it, whoever reads."""
        self._inner.close()


class _Reading(io.RawIOBase):
    def __init__(self, timed: _Timed) -> None:
        self._timed = timed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._timed.recv_into(buffer)

    def close(self) -> None:
        if not self.closed:
            self._timed.read_from()
        super().close()


def _after(headers: http.client.HTTPMessage) -> float | None:
    """Seconds that `Retry-After` asks for; None where it does not, or says them otherwise."""
    try:
        wanted = float(headers.get("Retry-After", ""))
    except ValueError:
        return None
    return min(max(wanted, 0.0), _LONGEST_WAIT) if wanted == wanted else None  # noqa: PLR0124 - not a number is not
