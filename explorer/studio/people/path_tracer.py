"""The path tracer behind a wall: a process of its own traces; here arrive only its pictures."""

from __future__ import annotations

import json
import math
import multiprocessing
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from explorer.science.errors import LikenessError
from explorer.science.synthetic.traceable import MOST_BYTES, Traceable
from explorer.science.synthetic.tracing import Variant
from explorer.studio.child_process import end, how_it_ended
from explorer.studio.errors import Cancelled, UserError
from explorer.studio.extras import require
from explorer.studio.people.tracer_child import serve

# Beyond what the process has when Mitsuba is there: the largest pictures need a tenth.
ROOM = 6 << 30
_LOOK = 0.1
_LONGEST_TEXT, _LONGEST_PICTURE = 1 << 16, 1 << 28
# Some LLVMs end a whole process that asks them to compile, so this is tried in one that nobody misses.
_PROBE = """
import mitsuba
mitsuba.set_variant("llvm_ad_rgb")
scene = mitsuba.load_dict({"type": "scene", "integrator": {"type": "path"}, "sensor": {"type": "perspective",
    "film": {"type": "hdrfilm", "width": 4, "height": 4}}, "ball": {"type": "sphere"}, "light": {"type": "constant"}})
assert float(mitsuba.render(scene, spp=1).array[0]) >= 0
"""
_PROBE_SECONDS = 120


class TracingError(LikenessError):
    """The process that traces refused what it was sent, or ended."""


class PathTracer:
    """A process that traces pictures, as a block; leaving the block, whyever, ends it.

    Args:
        variant: of Mitsuba. should_stop: asked ten times a second and before each answer. room: bytes of memory that it
            may take.

    Raises:
        ModuleNotFoundError: Mitsuba is not installed; `errors.explain` has the line that says what to install.
        UserError: the variant needs an LLVM that is not here.
        TracingError: the process could not be started.
        Cancelled: `should_stop` became true.
    """

    def __init__(
        self,
        variant: Variant = "scalar_rgb",
        should_stop: Callable[[], bool] = lambda: False,
        room: int = ROOM,
    ) -> None:
        require("render")
        if variant == "llvm_ad_rgb" and not llvm_works():
            raise UserError(
                "the variant llvm_ad_rgb needs LLVM 17 or later (Debian's libllvm19, and DRJIT_LIBLLVM_PATH with the "
                "path of its file); what is here does not work: leave --variant out"
            )
        self._variant, self._should_stop, self._room = variant, should_stop, room
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="likeness-path-")
        context = multiprocessing.get_context("spawn")
        self._pipe, there = context.Pipe()
        given = (there, Path(self._folder.name), self._room)
        self._process = context.Process(target=serve, args=given, daemon=True)
        try:
            self._process.start()
            there.close()  # the process alone holds its end now, so that its death is heard here
            self._answer()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    @property
    def pid(self) -> int | None:
        """The number of the process; None outside of the block."""
        return self._process.pid if self._process is not None else None

    def trace(
        self,
        picture: Traceable,
        samples: int,
        seed: int = 0,
        progress: Callable[[int], object] = lambda done: None,
    ) -> NDArray[np.float32]:
        """Trace a picture: (S, S, 4), linear light and coverage.

        Args:
            samples: a pixel. seed: the same gives the same picture. progress: told how many samples a pixel are done.

        Raises:
            TracingError, Cancelled: as the class says.
        """
        data = picture.to_bytes()
        if len(data) > MOST_BYTES:
            raise TracingError(f"the picture is larger than {MOST_BYTES >> 20} MB")
        asked = {"ask": "trace", "samples": samples, "seed": seed, "variant": self._variant}
        return self._asked(asked, data, (picture.size, picture.size, 4), progress)

    def decode_sky(self, data: bytes) -> NDArray[np.float32]:
        """A photographed sky (H, W, 3) from the bytes of an OpenEXR file, linear, clamped at 0.

        Raises:
            TracingError, Cancelled: as the class says.
        """
        return self._asked({"ask": "sky"}, data, None, lambda done: None)

    def _asked(
        self, asked: dict[str, Any], data: bytes, shape: tuple[int, ...] | None, progress: Callable[[int], object]
    ) -> NDArray[np.float32]:
        try:
            self._connection.send_bytes(json.dumps(asked).encode())
            self._connection.send_bytes(data)
        except (BrokenPipeError, ConnectionResetError):
            raise self._died() from None
        while (said := self._answer())["kind"] == "pass":
            progress(int(said["value"]))
        given = tuple(int(side) for side in json.loads(self._heard(_LONGEST_TEXT)))
        if shape is not None and given != shape:
            raise TracingError(f"the process that traces answers by the shape {given} where {shape} was asked for")
        numbers = np.frombuffer(self._heard(_LONGEST_PICTURE), np.float32)
        if len(numbers) != math.prod(given) or not np.isfinite(numbers).all():
            raise TracingError("the process that traces answers by numbers that are no picture")
        return numbers.reshape(given).copy()

    def _answer(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self._heard(_LONGEST_TEXT))
        if said["kind"] == "refused":
            raise TracingError(str(said["value"]))
        return said

    def _heard(self, most: int) -> bytes:
        """The next message, of no more bytes than that."""
        there = False
        # Asked before each message, too: a process that answers all the time can be stopped as well.
        while not there:
            if self._should_stop():
                raise Cancelled
            there = self._connection.poll(_LOOK)
        try:
            return self._connection.recv_bytes(most)
        except (EOFError, OSError):
            raise self._died() from None

    @property
    def _connection(self) -> Connection:
        if self._pipe is None:
            raise RuntimeError("a path tracer is used as a block")
        return self._pipe

    def _died(self) -> TracingError:
        assert self._process is not None
        how = how_it_ended(self._process)
        return TracingError(f"the process that traces ended ({how}), as when the machine's memory is full")

    def _end(self) -> None:
        end(self._process, self._pipe)
        if self._folder is not None:
            self._folder.cleanup()
        self._pipe = self._process = self._folder = None


@cache
def llvm_works() -> bool:
    """Whether Mitsuba's compiled variant runs here, tried in a process of its own: LLVM 15 and 16 abort it."""
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter and our own lines
            [sys.executable, "-c", _PROBE], capture_output=True, timeout=_PROBE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
