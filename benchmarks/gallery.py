"""Ten thousand faces in the gallery: frames a second while scrolling, memory, and how long a search takes.

    python -m benchmarks.gallery [--faces 10000]

The real window, on the display there is or on a virtual one (Xvfb), opens a session file with that many synthetic
faces, each with a thumbnail and embeddings of its own, and is scrolled by script: slowly, by the wheel's notches, and
in leaps as by the scroll bar's handle. A frame counts once the list has painted it and the display has taken it. Memory
is what the process grew by since the empty window stood there; no network is loaded. A search is everything between the
choice of a face and the sorted rows of all others, under each encoder in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from explorer.studio.app.features import codecs, new_session
from explorer.studio.gallery.browsing import BROWSING
from explorer.studio.gallery.state import GALLERY

FACES = 10_000
SIZE = (1600, 1000)
SECONDS = 12.0
SEARCHES = 50
PATIENCE = 300.0


def measure(faces: int = FACES) -> tuple[dict[str, float], dict[str, Any]]:
    """Measure in a process of its own; the headlines and what is behind them.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    with tempfile.TemporaryDirectory() as folder, _display():
        path = Path(folder) / "many.likeness"
        # What making the faces takes must not count as what showing them takes.
        _child("make", path, faces)
        details = json.loads(_child("look", path, faces).splitlines()[-1])
    names = ("gallery_fps", "gallery_memory_mb", "search_ms")
    return {name: details.pop(name) for name in names}, details


def make(path: Path, faces: int) -> None:
    """Write a session file with so many faces."""
    from explorer.studio.session.saving.archive import write_session
    from explorer.studio.session.snapshot import Snapshot
    from tests.studio.gallery.gallery_kit import made_up_gallery

    gallery = made_up_gallery(faces, people=max(faces // 20, 1), pictures=faces)
    write_session(path, Snapshot({GALLERY: gallery}, codecs()))


def look(path: Path, faces: int) -> dict[str, Any]:
    """Open the file in a window, scroll and search; the figures."""
    from PySide6.QtWidgets import QApplication

    from explorer.science.inversion.terms import default_weights
    from explorer.studio.app.workbench import Workbench
    from explorer.studio.engine.engine import Engine
    from explorer.ui.base import theme
    from explorer.ui.gallery.panel import GalleryPanel
    from explorer.ui.session.service import SessionFileService
    from explorer.ui.window.main_window import MainWindow
    from tests.ui.canned import HANDLERS

    app = QApplication([sys.argv[0]])
    theme.install(app)
    session = new_session()
    window = MainWindow(session)
    window.resize(*SIZE)
    window.show()
    bench = Workbench(Engine(HANDLERS), session, default_weights())
    window.complete()
    window.attach(bench)
    window.docks["gallery"].setFloating(True)
    window.docks["gallery"].resize(SIZE[0] - 40, SIZE[1] - 60)
    window.bring("gallery")
    _wait(app, window.docks["gallery"].isVisible, 1.0)
    empty = resident()
    begun = time.perf_counter()
    bench.files.open(path)
    grid = window.panel(GalleryPanel).grid
    _wait(app, lambda: grid.faces.rowCount() == faces)
    opened = time.perf_counter() - begun
    scrolled = scroll(app, grid)
    searched = search(bench, session)
    grown = resident() - empty
    window.service(SessionFileService).ask = lambda keeping: "discard"
    window.close()
    times = [one for some in searched.values() for one in some["milliseconds"]]
    return {
        "gallery_fps": scrolled["frames"] / scrolled["seconds"],
        "gallery_memory_mb": grown / 2**20,
        "search_ms": statistics.quantiles(times, n=20)[-1],
        "faces": faces,
        "open_seconds": round(opened, 2),
        "scrolling": scrolled,
        "searching": searched,
    }


def scroll(app: Any, grid: Any) -> dict[str, Any]:
    """Scroll through the whole gallery; what was painted."""
    from PySide6.QtCore import QEvent, QObject

    class Counter(QObject):
        painted = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
            self.painted += event.type() == QEvent.Type.Paint
            return False

    counter, bar = Counter(), grid.verticalScrollBar()
    grid.viewport().installEventFilter(counter)
    asked = {True: 0, False: 0}
    pictures = grid.pictures.get

    def get(*arguments: Any) -> Any:
        found = pictures(*arguments)
        asked[found is not None] += 1
        return found

    grid.pictures.get = get
    waits, places = [], course(bar.maximum(), bar.pageStep())
    worked = time.process_time()
    begun = last = time.perf_counter()
    while last - begun < SECONDS:
        before = counter.painted
        bar.setValue(next(places))
        while counter.painted == before:
            app.processEvents()
        app.sync()  # until the display has taken it
        now = time.perf_counter()
        waits.append(now - last)
        last = now
    worked = time.process_time() - worked
    grid.pictures.get = pictures
    grid.viewport().removeEventFilter(counter)
    ordered = sorted(waits)
    return {
        "frames": len(waits),
        "seconds": round(last - begun, 3),
        "worst_frame_ms": round(1000 * ordered[-1], 1),
        "frame_ms_99_of_100": round(1000 * ordered[int(0.99 * len(ordered))], 1),
        # What a frame costs whatever else the machine does.
        "processor_ms_per_frame": round(1000 * worked / len(waits), 2),
        "cells_painted": sum(asked.values()),
        # The thumbnail comes a frame or two after its cell, where that came into view in a leap.
        "cells_without_thumbnail_share": round(asked[False] / max(sum(asked.values()), 1), 3),
    }


def course(end: int, page: int) -> Iterator[int]:
    """Places of the scroll bar: a third of the frames slowly, a third by notches, a third in leaps; for ever.

    A frame always moves: one that did not would not be painted.
    """
    place, direction, frame = 0, 1, 0
    while True:
        frame += 1
        step = (24, page // 4, max(end // 12, 1))[frame // 60 % 3]
        if not 0 <= place + direction * step <= end:
            direction = -direction
        place = min(max(place + direction * step, 0), end)
        yield place


def search(bench: Any, session: Any) -> dict[str, Any]:
    """Search for the nearest to many faces under each encoder, in milliseconds."""
    from explorer.science.recognition.registry import ENCODERS

    found = {}
    bench.gallery.sort("similarity")
    keys = session[BROWSING].listing.keys
    for encoder in ENCODERS.names():
        bench.settings.select_encoder(encoder)
        begun = time.perf_counter()
        bench.gallery.choose([keys[1]])
        ready = time.perf_counter() - begun
        times = []
        for number in range(SEARCHES):
            begun = time.perf_counter()
            bench.gallery.choose([keys[(7919 * (number + 2)) % len(keys)]])
            times.append(round(1000 * (time.perf_counter() - begun), 2))
            if session[BROWSING].shown.reference is None:
                raise RuntimeError(f"nothing was found under {encoder}")
        found[encoder] = {"first_milliseconds": round(1000 * ready, 1), "milliseconds": sorted(times)}
    return found


def resident() -> int:
    """Bytes of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _wait(app: Any, true: Callable[[], bool], least: float = 0.0) -> None:
    begun = time.monotonic()
    while not true() or time.monotonic() - begun < least:
        app.processEvents()
        time.sleep(0.002)
        if time.monotonic() - begun > PATIENCE:
            raise TimeoutError("the window did not come so far")


def _child(part: str, path: Path, faces: int) -> str:
    command = [sys.executable, "-m", "benchmarks.gallery", "--part", part, "--path", str(path), "--faces", str(faces)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def _display() -> AbstractContextManager[object]:
    """A virtual display where there is none."""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return nullcontext()
    from pyvirtualdisplay.display import Display

    return Display(backend="xvfb", size=(SIZE[0] + 40, SIZE[1] + 40), color_depth=24)


def main() -> None:
    """Run the benchmark and merge its figures into the workbench's."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=int, default=FACES)
    parser.add_argument("--part", choices=("make", "look"), help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--dry", action="store_true", help="print the figures and keep none")
    options = parser.parse_args()
    if options.part == "make":
        make(options.path, options.faces)
    elif options.part == "look":
        print(json.dumps(look(options.path, options.faces)))
    else:
        headline, details = measure(options.faces)
        if options.dry:
            print(json.dumps({**headline, **details}, indent=1))
        else:
            from benchmarks.workbench import merge

            merge(headline, gallery=details)


if __name__ == "__main__":
    main()
