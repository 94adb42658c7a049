"""An hour of work in a real window: is anything left behind, and does the memory grow?

    python -m benchmarks.soak [--minutes 60] [--canned]

Opens on a virtual display (Xvfb) where there is none. Again and again a sample face is opened, inverted, branched and
scrubbed, a figure is composed and exported, a step's picture is saved, docks are brought into view and floated, and
everything is closed. After each round nothing of it may be left but what the first rounds left, too: widgets, threads
and file handles are counted, and the memory is taken at the same point of every round. With `--canned` the suite's
handlers stand in for the networks, so that a minute makes many rounds.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.common import RESULTS, write_results
from explorer.studio.app.features import new_session
from explorer.studio.composer.state import COMPOSING
from explorer.studio.faces.state import EMBEDDINGS, PHOTOGRAPHS, SELECTED, SIMILARITY
from explorer.studio.inversion.state import RUN, RUNS, RunState
from explorer.studio.session.state import ACTIVITIES, NOTIFICATIONS

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from explorer.ui.window.main_window import MainWindow

SIZE = (1440, 900)
PATIENCE = 300.0
# Caches, fonts, shaders and code are filled in these; only what comes after them is a leak.
WARM_UP = 4
SHORT = {"steps": 4, "starts": 2, "contest": 1, "finish": 1, "resolution": 128}
DOCKS = ("runs", "batch", "variation", "log")


@dataclass(frozen=True)
class Census:
    """What there is after a round."""

    widgets: int
    threads: int
    handles: int
    memory: int


def main() -> None:
    """Run the benchmark and write its headlines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--canned", action="store_true", help="without networks")
    parser.add_argument("--dry", action="store_true", help="print and write nothing")
    options = parser.parse_args()
    headline, details = measure(options.minutes, canned=options.canned)
    print(json.dumps({**headline, **details}, indent=1))
    if options.dry:
        return
    # Other benchmarks of the workbench have figures of their own in the same file.
    path = RESULTS / "workbench.json"
    before = json.loads(path.read_text()) if path.exists() else {}
    headers = {"machine", "versions", "commit", "headline"}
    others = {name: value for name, value in before.items() if name not in headers}
    write_results("workbench", {**before.get("headline", {}), **headline}, **{**others, "soak": details})


def measure(minutes: float, *, canned: bool = False) -> tuple[dict[str, float], dict[str, Any]]:
    """Work for so long; the headlines and what is behind them."""
    with _display(), tempfile.TemporaryDirectory() as folder, _own_places(Path(folder)):
        counts = list(_rounds(minutes, Path(folder), canned))
    if len(counts) < WARM_UP + 2:
        raise RuntimeError(f"{len(counts)} rounds are too few to tell: give it more minutes")
    return judged(counts[WARM_UP:])


def judged(counts: list[Census]) -> tuple[dict[str, float], dict[str, Any]]:
    """What grew between the first and the last tenth of the rounds (three at least).

    Of widgets, threads and handles the fewest count on both sides: what a round still holds when it is counted, such as
    a thread about to end, is no leak.
    """
    share = max(3, len(counts) // 10)
    first, last = counts[:share], counts[-share:]
    grown = {
        name: max(0, min(getattr(one, name) for one in last) - min(getattr(one, name) for one in first))
        for name in ("widgets", "threads", "handles")
    }
    begun, ended = (median(one.memory for one in part) for part in (first, last))
    headline = {
        "soak_memory_growth_percent": round(100 * (ended - begun) / begun, 3),
        "soak_leaks": float(sum(grown.values())),
    }
    details = {
        "rounds": len(counts),
        "grown": grown,
        "memory_mb": [round(begun / 1e6, 1), round(ended / 1e6, 1)],
        "first": vars(counts[0]),
        "last": vars(counts[-1]),
    }
    return headline, details


def _rounds(minutes: float, folder: Path, canned: bool) -> Iterator[Census]:
    from PySide6.QtWidgets import QApplication

    from explorer.ui.base import theme

    app = QApplication.instance() or QApplication([sys.argv[0]])
    assert isinstance(app, QApplication)
    theme.install(app)
    window = _window(app, canned)
    end = time.monotonic() + 60 * minutes
    kinds: Counter[str] = Counter()
    number = 0
    try:
        while time.monotonic() < end or number < WARM_UP + 3:
            # The canned pictures grow brighter with each step and take no fewer.
            _round(window, app, folder, number, 20 if canned else SHORT["steps"])
            count = _census(app)
            if number == WARM_UP:
                kinds = _kinds()
            print(f"round {number}: {count}", file=sys.stderr, flush=True)
            number += 1
            yield count
        for kind, more in (_kinds() - kinds).items():
            print(f"more of it than after the warm-up: {more} {kind}", file=sys.stderr)
    finally:
        window.close()
        app.processEvents()


def _window(app: QApplication, canned: bool) -> MainWindow:
    from explorer.studio import places
    from explorer.ui.session.service import SessionFileService

    if not canned:
        from explorer.ui.window.app import open_window

        window = open_window()
    else:
        from explorer.science.inversion.terms import default_weights
        from explorer.studio.app.workbench import Workbench
        from explorer.studio.catalogue.networks import Networks
        from explorer.studio.composer.handlers import ComposeHandlers
        from explorer.studio.engine.device import Device
        from explorer.studio.engine.engine import Engine
        from explorer.ui.window.main_window import MainWindow
        from tests.ui.canned import HANDLERS

        session = new_session()
        window = MainWindow(session)
        composing = ComposeHandlers(Device(lambda loading: Networks("cpu", loading))).table()
        window.show()
        window.complete()
        window.attach(Workbench(Engine({**HANDLERS, **composing}), session, default_weights()))
    window.resize(*SIZE)
    files = window.service(SessionFileService)
    files.persist_in(places.state() / "autosave")
    files.ask = lambda keeping: "discard"
    _wait(app, window, lambda: window.dispatcher.workbench, "the engine")
    return window


def _round(window: MainWindow, app: QApplication, folder: Path, number: int, steps: int) -> None:
    """One round of work, from an empty session to an empty session."""
    from explorer.studio.composer.composition import Composition
    from explorer.studio.faces.samples import SAMPLES
    from explorer.ui.base import imaging
    from explorer.ui.composer.exporting import ExportService
    from explorer.ui.faces.opening import OpenService
    from explorer.ui.inversion.panel import InversionPanel
    from explorer.ui.session.service import SessionFileService

    session, bench = window.dispatcher.session, window.dispatcher.workbench
    assert bench is not None

    def wait(true: Callable[[], object], what: str) -> None:
        _wait(app, window, true, what)

    def with_run(question: Callable[[RunState], object]) -> bool:
        run = session[RUN]
        return run is not None and bool(question(run))

    window.service(OpenService).paths([SAMPLES[number % len(SAMPLES)].path])
    wait(lambda: session[SELECTED] in session[EMBEDDINGS] and session[SIMILARITY], "the embedding")
    for name, value in SHORT.items():
        bench.settings.change(name, value)
    bench.settings.change("steps", steps)
    bench.inversion.start()
    wait(lambda: with_run(lambda run: run.result), "the result")
    for step in (0, 2, 1, None):
        bench.inversion.show_step(step)
        wait(
            lambda: with_run(lambda run: run.shown_index is None or run.shown_image is not None),
            "a step",
        )
    bench.runs.branch(2)
    wait(lambda: with_run(lambda run: run.branch and run.result), "the branch")
    for dock_id in DOCKS:
        window.bring(dock_id)
        _listen(app)
    window.docks["runs"].setFloating(number % 2 == 0)
    window.service(ExportService).compose()
    wait(lambda: session[COMPOSING].preview is not None or session[COMPOSING].remark, "the preview")
    path = folder / f"sheet-{number}.png"
    bench.composer.export(path, Composition(layout="ablation", dpi=72))
    wait(path.exists, "the figure")
    composer = window.service(ExportService)._composer
    assert composer is not None
    composer.accept()
    wait(lambda: window.service(ExportService)._composer is None, "the composer's end")
    view = window.panel(InversionPanel).best.view
    wait(lambda: view.image() is not None, "the best picture")
    image = view.image()
    assert image is not None
    imaging.write(image, folder / f"best-{number}.png", view.record())
    bench.undo()
    bench.redo()
    for dock_id in DOCKS:
        window.docks[dock_id].close()
    window.service(SessionFileService).new()
    wait(lambda: not session[PHOTOGRAPHS] and not session[RUNS], "the empty session")
    wait(lambda: not session[ACTIVITIES], "rest")


def _census(app: QApplication) -> Census:
    from PySide6.QtCore import QEvent

    for _ in range(3):
        app.processEvents()
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return Census(
        len(app.allWidgets()),
        threading.active_count(),
        len(os.listdir("/proc/self/fd")),
        pages * os.sysconf("SC_PAGE_SIZE"),
    )


def _kinds() -> Counter[str]:
    from PySide6.QtWidgets import QApplication

    return Counter(f"{type(one).__name__} {one.objectName()}".strip() for one in QApplication.allWidgets())


def _listen(app: QApplication) -> None:
    """Let the window draw what has come."""
    for _ in range(10):
        app.processEvents()
        time.sleep(0.01)


def _wait(app: QApplication, window: MainWindow, true: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        app.processEvents()
        time.sleep(0.002)
        errors = [one for one in window.dispatcher.session[NOTIFICATIONS] if one.level == "error"]
        if errors or time.monotonic() > end:
            raise RuntimeError(f"{what} did not come: {errors[-1].text if errors else 'it took too long'}")


@contextmanager
def _own_places(folder: Path) -> Iterator[None]:
    """Keep state and settings apart from those of the user; the networks stay where they are."""
    before = {name: os.environ.get(name) for name in ("LIKENESS_STATE", "LIKENESS_CONFIG", "XDG_CONFIG_HOME")}
    os.environ.update(dict.fromkeys(before, str(folder / "kept")))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _display() -> AbstractContextManager[object]:
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return nullcontext()
    from pyvirtualdisplay.display import Display

    return Display(backend="xvfb", size=(SIZE[0] + 160, SIZE[1] + 100), color_depth=24)


if __name__ == "__main__":
    main()
