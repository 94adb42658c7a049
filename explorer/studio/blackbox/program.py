"""A black box that is a program of this machine, started without a shell.

Two ways to ask it: `paths`, where one program is told the path of a picture in each line and answers with a JSON object
in a line, in order; and `picture`, where it is started for each picture, which stands on its standard input.
"""

from __future__ import annotations

import os
import selectors
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, get_args

from explorer.science.names import shown
from explorer.studio.blackbox.answer import LARGEST_ANSWER, BlackBoxError, TransientError, Vector, brief, vector_in

Feeding = Literal["paths", "picture"]
FEEDINGS: tuple[Feeding, ...] = get_args(Feeding)
_PIECE = 65536
# Of what a program says of its failure, as much of the end as a line needs.
_KEPT_OF_ERRORS = 2000


def words_of(command: str) -> list[str]:
    """A command's words, as a shell would part them; nothing of it is expanded or run by a shell.

    Raises:
        BlackBoxError: there are none, a quotation mark is left open, or there is no such program.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise BlackBoxError(f"--command {shown(command)!r}: {str(error).lower()}") from None
    if not words or not words[0]:
        raise BlackBoxError("--command is empty: name the program and its arguments")
    if shutil.which(words[0]) is None:
        raise BlackBoxError(f"--command: there is no program {shown(words[0])} that can be started")
    return words


class Program:
    """A black box that is a program.

    Args:
        command: its words in one string. timeout: seconds that one answer may take.
        feeding: how it is given pictures.

    Raises:
        BlackBoxError: as `words_of`.
    """

    def __init__(self, command: str, timeout: float = 30.0, feeding: Feeding = "paths") -> None:
        self._words, self._timeout, self._feeding = words_of(command), timeout, feeding
        self.name = shown(Path(self._words[0]).name)
        self.key = f"{feeding} {shlex.join(self._words)}"
        self._running: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self._errors: Path | None = None
        self._begun = b""
        self._asked = 0

    def embed(self, png: bytes) -> Vector | None:
        """As `BlackBox` says; an object with `error` in place of `vector` says that there is no face."""
        until = time.monotonic() + self._timeout
        try:
            line = self._line_for_path(png, until) if self._feeding == "paths" else self._line_for_picture(png, until)
        except BaseException:
            self.close()
            raise
        return vector_in(line, self.name)

    def _line_for_path(self, png: bytes, until: float) -> bytes:
        running = self._started()
        assert self._folder is not None, "it is made with the program"
        assert running.stdin is not None, "it is piped"
        self._asked += 1
        picture = self._folder / f"{self._asked}.png"
        try:
            picture.write_bytes(png)
            try:
                running.stdin.write(os.fsencode(picture) + b"\n")
                running.stdin.flush()
            except OSError:
                raise self._ended(running) from None
            return self._line(running, until)
        finally:
            picture.unlink(missing_ok=True)

    def _line_for_picture(self, png: bytes, until: float) -> bytes:
        running = self._started()
        try:
            _feed(running, png, until)
            return self._line(running, until)
        finally:
            self.close()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._running is None:
            self._folder = Path(tempfile.mkdtemp(prefix="likeness-blackbox-"))
            self._errors = self._folder / "errors"
            self._begun = b""
            with self._errors.open("wb") as errors:
                try:
                    self._running = subprocess.Popen(  # noqa: S603 - the user's own program, without a shell
                        self._words,
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        stderr=errors,
                        bufsize=0,
                        start_new_session=True,
                    )
                except OSError as error:
                    raise BlackBoxError(f"{self.name} cannot be started: {error.strerror}") from None
        return self._running

    def _line(self, running: subprocess.Popen[bytes], until: float) -> bytes:
        """The next line of the program's output, empty ones left out."""
        assert running.stdout is not None, "it is piped"
        with selectors.DefaultSelector() as selector:
            selector.register(running.stdout, selectors.EVENT_READ)
            while True:
                line, end, rest = self._begun.partition(b"\n")
                if end:
                    self._begun = rest
                    if line.strip():
                        return line
                    continue
                if len(self._begun) > LARGEST_ANSWER:
                    raise BlackBoxError(f"{self.name} answered more than {LARGEST_ANSWER // 2**20} MB in a line")
                left = until - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise TransientError(f"{self.name} did not answer within {self._timeout:g} s")
                piece = os.read(running.stdout.fileno(), _PIECE)
                if not piece and self._begun.strip():
                    line, self._begun = self._begun, b""
                    return line
                if not piece:
                    raise self._ended(running)
                self._begun += piece

    def _ended(self, running: subprocess.Popen[bytes]) -> BlackBoxError:
        """What to say of a program that is over before it has answered."""
        _kill(running)
        code, said = running.wait(), b""
        if self._errors is not None:
            with self._errors.open("rb") as errors:
                errors.seek(max(0, errors.seek(0, os.SEEK_END) - _KEPT_OF_ERRORS))
                said = errors.read(_KEPT_OF_ERRORS).strip().rpartition(b"\n")[2]
        words = f"{self.name} ended with code {code} before it had answered"
        return TransientError(f"{words}: {brief(said)}" if said else words)

    def close(self) -> None:
        """End the program, and take away the pictures that it was given."""
        running, self._running, self._begun = self._running, None, b""
        if running is not None:
            for pipe in (running.stdin, running.stdout):
                if pipe is not None:
                    pipe.close()
            _kill(running)
            running.wait()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = self._errors = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _kill(running: subprocess.Popen[bytes]) -> None:
    """End a program, and those that it has started."""
    with suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(running.pid, signal.SIGKILL)
        else:
            running.kill()


def _feed(running: subprocess.Popen[bytes], png: bytes, until: float) -> None:
    """Write a picture to a program's standard input and close it; one that does not read it all is not waited for."""
    assert running.stdin is not None, "it is piped"
    pipe = running.stdin.fileno()
    os.set_blocking(pipe, False)
    left = memoryview(png)
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_WRITE)
        while left:
            if not selector.select(max(0.0, until - time.monotonic())):
                raise TransientError("the program did not read its picture in time")
            try:
                left = left[os.write(pipe, left) :]
            except BrokenPipeError:
                break
    running.stdin.close()
