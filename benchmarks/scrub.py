"""How quickly the fitted face follows the yaw slider, at rest and while an inversion runs.

    python -m benchmarks.scrub [--moves N]

Opens the real window (on a virtual display where there is none) with the real engine and networks, fits the first
sample face, and moves the yaw slider as a user would. From each move to the moment at which the mesh with the
visibility and completion of just that yaw has been painted is one time. `rest_ms` is from the last move to the painted
view in full: the finer mesh, 128 x 128 maps.
`measure` is called by benchmarks/geometry.py; on its own this prints the figures and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from benchmarks.responsiveness import PATIENCE, TICK_MS, display
from explorer.studio.faces.samples import SAMPLES
from explorer.studio.geometry.state import VIEWING
from explorer.studio.inversion.state import RUN
from explorer.studio.session.state import ACTIVITIES, NOTIFICATIONS
from explorer.ui.base import theme
from explorer.ui.faces.opening import OpenService
from explorer.ui.geometry.panel import ViewportPanel
from explorer.ui.window.app import open_window
from explorer.ui.window.main_window import MainWindow

MOVES, RESTS = 120, 12
MOVE_EVERY_MS = 40


class Scrubber:
    """One user at the yaw slider."""

    def __init__(self, window: MainWindow) -> None:
        self.window, self.session = window, window.dispatcher.session
        self.panel = window.panel(ViewportPanel)
        self._paints = Paints(self.panel.viewport)

    def wait(self, until: Callable[[], bool], what: str) -> None:
        """Let the window live until something has happened.

        Raises:
            TimeoutError: it did not happen within five minutes.
        """
        loop, deadline = QEventLoop(), time.monotonic() + PATIENCE
        timer = QTimer(interval=TICK_MS)
        timer.timeout.connect(lambda: loop.quit() if until() or time.monotonic() > deadline else None)
        timer.start()
        loop.exec()
        if not until():
            raise TimeoutError(
                f"{what} did not happen; the log says {[one.text for one in self.session[NOTIFICATIONS]]}"
            )

    def rest(self, milliseconds: int) -> None:
        """Let the window live for a while."""
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def open(self) -> None:
        """Fit the first sample face and wait until it is drawn in full."""
        self.wait(lambda: self.window.dispatcher.workbench is not None, "the engine")
        self.window.docks["3d_face"].toggleViewAction().trigger()
        self.window.service(OpenService).paths([SAMPLES[0].path])
        self.wait(lambda: any(one.refined for one in self.session[VIEWING].portraits.values()), "the fit")
        self.wait(self._still, "the first full view")

    def scrub(self, moves: int) -> list[float]:
        """Move the slider so many times; milliseconds from each move to the painted view."""
        times = []
        slider = self.panel.pose.yaw
        for number in range(moves):
            yaw = round(60 * float(np.sin(number / 7)), 1)
            began = time.perf_counter()
            slider.slider.setValue(round((yaw + 90) / 180 * 1000))
            times.append(1000 * (self._painted(lambda: self._shows(slider.value())) - began))
            self.rest(max(1, MOVE_EVERY_MS - round(times[-1])))
        return times

    def rests(self, count: int) -> list[float]:
        """Milliseconds from a last move to the painted view in full."""
        times = []
        for number in range(count):
            slider = self.panel.pose.yaw.slider
            began = time.perf_counter()
            slider.setValue(500 + (60 if number % 2 else -60) + number)
            times.append(1000 * (self._painted(self._still) - began))
            self.rest(300)
        return times

    def _shows(self, yaw: float) -> bool:
        view = self.session[VIEWING].view
        return view is not None and abs(view.scene.yaw - yaw) < 1e-6

    def _still(self) -> bool:
        viewing = self.session[VIEWING]
        return viewing.view is not None and viewing.view.still and viewing.view.scene == viewing.scene

    def _painted(self, true: Callable[[], bool]) -> float:
        """The moment at which a view that is so has been painted.

        The window's own event loop waits meanwhile, as it does for a user: asking again and again would hold the
        interpreter that the views are made in.
        """
        loop = QEventLoop()
        patience = QTimer(singleShot=True, interval=round(1000 * PATIENCE))
        patience.timeout.connect(loop.quit)
        patience.start()
        self._paints.behind = lambda: loop.quit() if true() else None
        loop.exec()
        self._paints.behind = lambda: None
        if not true():
            raise TimeoutError("the view did not come")
        return time.perf_counter()


class Paints(QObject):
    """Calls `behind` whenever a widget has been painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.behind: Callable[[], None] = lambda: None
        widget.installEventFilter(self)

    def _call(self) -> None:
        self.behind()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """See a paint event come by; a timer of no time fires once it has been dealt with."""
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self._call)
        return super().eventFilter(watched, event)


def measure(moves: int = MOVES, inverting: bool = True) -> dict[str, float]:
    """The headlines `scrub_ms_p95`, `scrub_ms_p95_inverting` and `rest_ms`, and medians beside them.

    Makes the application where there is none.
    """
    with display():
        app = QApplication.instance() or QApplication(["likeness"])
        assert isinstance(app, QApplication)
        theme.install(app)
        window = open_window()
        user = Scrubber(window)
        try:
            return _figures(user, moves, inverting)
        finally:
            window.close()


def _figures(user: Scrubber, moves: int, inverting: bool) -> dict[str, float]:
    user.open()
    user.scrub(10)  # what is made once is made
    quiet = user.scrub(moves)
    rests = user.rests(RESTS)
    figures = {
        "scrub_ms_p95": float(np.percentile(quiet, 95)),
        "scrub_ms_median": float(np.median(quiet)),
        "rest_ms": float(np.median(rests)),
        "rest_ms_p95": float(np.percentile(rests, 95)),
    }
    if inverting:
        user.window.actions_by_name["start"].trigger()
        user.wait(lambda: len(getattr(user.session[RUN], "steps", ())) > 3, "the fourth step")
        busy = user.scrub(moves)
        figures["scrub_ms_p95_inverting"] = float(np.percentile(busy, 95))
        figures["scrub_ms_median_inverting"] = float(np.median(busy))
        user.window.actions_by_name["cancel"].trigger()
        user.wait(lambda: not user.session[ACTIVITIES], "idleness")
    return {name: round(value, 2) for name, value in figures.items()}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=MOVES, help="of the slider, each time")
    parser.add_argument("--quiet", action="store_true", help="without an inversion")
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.moves, not chosen.quiet), indent=1))


if __name__ == "__main__":
    main()
