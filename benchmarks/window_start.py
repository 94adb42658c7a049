"""Seconds from the start of the process to the window's first paint, with nothing slow loaded yet.

`python -m benchmarks.window_start` prints the median of five starts on a warm cache; `speed.py` keeps them. The window
opens on the display there is, else on a virtual one (Xvfb), paints and goes; the loading of torch that follows is
not part of it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from contextlib import AbstractContextManager, nullcontext

STARTS = 5

# The program's own start, told to print the time once the first paint is on its way to the screen.
_CHILD = """
import os, time
from PySide6.QtCore import QTimer
from explorer.ui.window import app

def tell():
    print(time.time(), flush=True)
    os._exit(0)

app.main(["likeness"], opened=lambda window: window.painted.connect(lambda: QTimer.singleShot(0, tell)))
"""


def measure(starts: int = STARTS) -> list[float]:
    """Return the seconds of several starts; one more before them, which warms the cache, is left out.

    Raises:
        subprocess.CalledProcessError: the window did not open.
    """
    with _display():
        return [_start() for _ in range(starts + 1)][1:]


def _start() -> float:
    begun = time.time()
    child = subprocess.run([sys.executable, "-c", _CHILD], stdout=subprocess.PIPE, text=True, check=True, timeout=120)
    return float(child.stdout) - begun


def _display() -> AbstractContextManager[object]:
    """A virtual display where there is none."""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return nullcontext()
    from pyvirtualdisplay.display import Display

    return Display(backend="xvfb", size=(1600, 1000))


if __name__ == "__main__":
    print(f"window_seconds {statistics.median(measure()):.2f}")
