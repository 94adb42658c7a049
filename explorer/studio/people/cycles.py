"""Blender's Cycles as a second path tracer: a Blender of the user's traces, and here arrive only its pictures.

Whichever Blender the variable LIKENESS_BLENDER names, or is found as `blender`, or the package `bpy` in this Python:
none is installed with this program. It is told what to trace by files of plain numbers in a folder of ours. Tried with
`bpy` 4.5.15, whose NumPy is older than ours: a Python of its own is the place for it.
"""

from __future__ import annotations

import importlib.util
import json
import math
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from explorer.science.synthetic.traceable import Traceable
from explorer.science.synthetic.tracing import absorption
from explorer.studio.errors import Cancelled, UserError
from explorer.studio.people import cycles_script
from explorer.studio.people.path_tracer import TracingError

VARIABLE = "LIKENESS_BLENDER"
_LOOK, _PATIENCE = 0.1, 5.0
_LONGEST_LINE = 1 << 16


def blender_command() -> list[str]:
    """The words that run a script of ours in a Blender.

    Raises:
        UserError: there is none.
    """
    named = os.environ.get(VARIABLE)
    found = named or shutil.which("blender")
    if found is None and importlib.util.find_spec("bpy") is not None:
        found = sys.executable
    if found is None:
        raise UserError(
            f"there is no Blender: install it, or `bpy` into a Python, and set {VARIABLE} to the path of either"
        )
    if shutil.which(found) is None:
        raise UserError(f"{VARIABLE} is {found}, and no such program is there: give the path of blender or of a Python")
    script = str(Path(cycles_script.__file__))
    if Path(found).stem.lower().startswith("python"):
        return [found, script]
    return [found, "--background", "--factory-startup", "--python-exit-code", "1", "--python", script, "--"]


class CyclesTracer:
    """A Blender that traces pictures, as a block; leaving the block, whyever, ends it.

    Args:
        should_stop: asked ten times a second.

    Raises:
        UserError: there is no Blender.
        TracingError: it could not be started, or ended.
        Cancelled: `should_stop` became true.
    """

    def __init__(self, should_stop: Callable[[], bool] = lambda: False) -> None:
        self._command, self._should_stop = blender_command(), should_stop
        self._process: subprocess.Popen[str] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="likeness-cycles-")
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the user's own Blender, and our own lines
                [*self._command, self._folder.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                errors="replace",
            )
            self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
            self._reader.start()
            self._answer()
        except OSError as error:
            self._end()
            raise TracingError(f"{self._command[0]} cannot be started: {error.strerror}") from error
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def trace(
        self,
        picture: Traceable,
        samples: int,
        seed: int = 0,
        progress: Callable[[int], object] = lambda done: None,
    ) -> NDArray[np.float32]:
        """Trace a picture: (S, S, 4), linear light and coverage.

        Args:
            samples: a pixel. seed: the same gives the same picture by the same Blender. progress: told at the end.

        Raises:
            TracingError, Cancelled: as the class says.
        """
        if self._process is None or self._process.stdin is None or self._folder is None:
            raise RuntimeError("a path tracer is used as a block")
        folder = Path(self._folder.name)
        with (folder / "picture.npz").open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays_of(picture))
        try:
            self._process.stdin.write(json.dumps({"samples": samples, "seed": seed}) + "\n")
            self._process.stdin.flush()
        except OSError:
            raise self._died() from None
        self._answer()
        image = _read_image(folder / "traced.npy", picture.size)
        progress(samples)
        return image

    def _answer(self) -> None:
        """Wait for a line of the script's.

        Raises:
            TracingError: it is a refusal, or the process ended.
        """
        while True:
            if self._should_stop():
                raise Cancelled
            try:
                line = self._lines.get(timeout=_LOOK)
            except queue.Empty:
                continue
            if line is None:
                raise self._died()
            if line.startswith(cycles_script.ANSWER):
                said: dict[str, Any] = json.loads(line.removeprefix(cycles_script.ANSWER))
                if said["kind"] == "refused":
                    raise TracingError("Blender refused: " + " ".join(str(said["value"]).split())[:500])
                return

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        while line := process.stdout.readline(_LONGEST_LINE):
            self._lines.put(line)
        self._lines.put(None)

    def _died(self) -> TracingError:
        return TracingError(f"{Path(self._command[0]).name} ended; try it alone, or another one by {VARIABLE}")

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(_PATIENCE)
            if self._reader is not None:
                self._reader.join(_PATIENCE)
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    _closed(pipe)
        if self._folder is not None:
            self._folder.cleanup()
        self._process = self._folder = self._reader = None


def arrays_of(picture: Traceable) -> dict[str, NDArray[Any]]:
    """What is traced as plain arrays by name, of which `about` is JSON."""
    arrays: dict[str, NDArray[Any]] = {"around": picture.around}
    for index, mesh in enumerate(picture.meshes):
        own = ("vertices", "normals", "triangles", "colours", "roughness")
        arrays |= {f"mesh.{index}.{name}": getattr(mesh, name) for name in own}
    arrays |= {f"fibres.{index}": hairs.curves for index, hairs in enumerate(picture.fibres)}
    about = {
        "size": picture.size,
        "height": picture.height,
        "distance": picture.distance,
        "shift": list(picture.shift),
        "glass": picture.glass,
        "meshes": [[mesh.kind, mesh.gloss] for mesh in picture.meshes],
        "absorbed": [absorption(hairs.colour) for hairs in picture.fibres],
    }
    return arrays | {"about": np.array(json.dumps(about))}


def _read_image(file: Path, size: int) -> NDArray[np.float32]:
    most = 4 * math.prod((size, size, 4)) + 4096
    try:
        if file.stat().st_size > most:
            raise TracingError("Blender answers by more than a picture")
        image = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise TracingError(f"Blender answers by no picture ({type(error).__name__})") from error
    if image.shape != (size, size, 4) or image.dtype != np.float32 or not np.isfinite(image).all():
        raise TracingError("Blender answers by numbers that are no picture")
    return np.asarray(image, np.float32)


def _closed(pipe: Any) -> None:
    try:
        pipe.close()
    except OSError:
        return  # what waited there has nobody to read it
