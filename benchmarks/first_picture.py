"""How long one looks at nothing: from Start to the first picture of a start, with the networks loaded.

    python -m benchmarks.first_picture

Opens the real window (on a virtual display where there is none) with the real engine and networks, lets a run load
them, and then starts runs with the default settings. A picture counts once it has been painted. `first_picture_seconds`
is what `benchmarks/results/hands.json` is given.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.responsiveness import display
from explorer.studio.faces.samples import SAMPLES
from explorer.studio.faces.state import EMBEDDINGS, SELECTED
from explorer.studio.inversion.state import RUN, RunState
from explorer.studio.session.state import ACTIVITIES, NOTIFICATIONS
from explorer.ui.base import theme
from explorer.ui.faces.opening import OpenService
from explorer.ui.inversion.panel import InversionPanel
from explorer.ui.inversion.starts_sheet import StartsSheet
from explorer.ui.window.app import open_window
from explorer.ui.window.main_window import MainWindow

LOOK_MS = 5
PATIENCE = 300.0
RUNS = 3


def first_picture_seconds(runs: int = RUNS) -> float:
    """The median, over a few runs, of the seconds from Start to the first painted picture of a start.

    Raises:
        TimeoutError: something did not happen within five minutes.
    """
    if QApplication.instance() is None:
        theme.install(QApplication(["likeness"]))
    window = open_window()
    try:
        _wait(window, lambda: window.dispatcher.workbench is not None, "the engine")
        session = window.dispatcher.session
        window.service(OpenService).paths([SAMPLES[0].path])
        _wait(window, lambda: session[SELECTED] in session[EMBEDDINGS] and not session[ACTIVITIES], "the embedding")
        _started(window)  # the first run loads the networks
        return statistics.median(_started(window) for _ in range(runs))
    finally:
        window.close()


def _started(window: MainWindow) -> float:
    """Start a run; the seconds until a start is in view. The run is cancelled then."""
    session, sheet = window.dispatcher.session, window.panel(InversionPanel).starts
    before = session[RUN]
    began = time.perf_counter()
    window.actions_by_name["start"].trigger()
    # The run before may still be in view: its starts are none of this one's.
    _wait(window, lambda: _in_view(session[RUN], before, sheet), "a picture of a start")
    seconds = time.perf_counter() - began
    window.busy.cancelled.emit()
    _wait(window, lambda: not session[ACTIVITIES], "idleness after cancel")
    return seconds


def _in_view(run: RunState | None, before: RunState | None, sheet: StartsSheet) -> bool:
    """Whether a start of a new run has been painted."""
    new = run is not None and (before is None or run.key != before.key)
    return new and run is not None and run.contest is not None and sheet.painted_of(run.contest) > 0


def _wait(window: MainWindow, until: Callable[[], bool], what: str) -> None:
    """Let the window live until something has happened."""
    loop, timer = QEventLoop(), QTimer(interval=LOOK_MS)
    deadline = time.monotonic() + PATIENCE
    timer.timeout.connect(lambda: loop.quit() if until() or time.monotonic() > deadline else None)
    timer.start()
    loop.exec()
    timer.stop()
    if not until():
        said = [f"{one.title}: {one.text}" for one in window.dispatcher.session[NOTIFICATIONS]]
        raise TimeoutError(f"{what} did not come; the log says {said}")


def main() -> None:
    """Print the seconds."""
    with display():
        print(f"first_picture_seconds {first_picture_seconds():.2f}")


if __name__ == "__main__":
    main()
