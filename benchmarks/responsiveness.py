"""How the window answers while a real inversion runs in it: event loop, sliders, cancel.

    python -m benchmarks.responsiveness [--steps N]

Opens the real window (on a virtual display where there is none) with the real engine and networks, inverts the first
sample face with the default settings, and meanwhile moves a slider and slides back through the steps, as a user would.
A timer that is due every 5 ms says for how long the event loop was blocked. Delays in steps are counted where the steps
are made, in the engine's thread. Writes results/responsiveness.json.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.common import write_results
from explorer.science.inversion.step import InversionStep
from explorer.science.iteration import Steps
from explorer.studio import places
from explorer.studio.faces.samples import SAMPLES
from explorer.studio.faces.state import EMBEDDINGS, SELECTED
from explorer.studio.inversion import handlers as inversion_handlers
from explorer.studio.inversion import running as inverting
from explorer.studio.inversion.state import RUN
from explorer.studio.session.state import ACTIVITIES, NOTIFICATIONS
from explorer.ui.base import theme
from explorer.ui.faces.opening import OpenService
from explorer.ui.inversion.objective_panel import ObjectivePanel
from explorer.ui.window.app import open_window
from explorer.ui.window.main_window import MainWindow

TICK_MS = 5
PATIENCE = 300.0
# Not a divisor of a step's time, so that the moves fall anywhere in a step.
MOVE_EVERY_MS, LOOK_BACK_EVERY_MS = 730, 1190
CANCELS = 8


class Pulse(QObject):
    """A timer that should tick every 5 ms; by how much it is late, the event loop was blocked."""

    def __init__(self) -> None:
        super().__init__()
        self.phase: Callable[[], str] = lambda: "start"
        self.late_ms: dict[str, list[float]] = {}
        self.watch: Callable[[], None] = lambda: None
        self._last = time.perf_counter()
        self._timer = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        late = 1000 * (now - self._last) - TICK_MS
        self._last = now
        self.late_ms.setdefault(self.phase(), []).append(max(0.0, late))
        self.watch()

    def blocked(self, phase: str) -> dict[str, float]:
        """Median, 99th percentile and worst of a phase's delays, and the share of its time in blocks above 50 ms."""
        late = np.array(self.late_ms[phase])
        return {
            "ticks": len(late),
            "ms_median": round(float(np.median(late)), 2),
            "ms_p99": round(float(np.percentile(late, 99)), 2),
            "ms_max": round(float(late.max()), 2),
            "share_above_50_ms": round(float(late[late > 50].sum() / (late + TICK_MS).sum()), 5),
        }


class StepCount:
    """Counts steps where they are made: in the inversion, on the engine's thread."""

    def __init__(self) -> None:
        self.made = 0
        self.prior: list[float] = []
        original = inverting.run_inversion

        def counted(*args: Any, **kwargs: Any) -> Generator[object, None, object]:
            self.made, self.prior = 0, []
            running = Steps(original(*args, **kwargs))
            for event in running:
                if isinstance(event, InversionStep):
                    self.prior.append(event.weights["prior"])
                    self.made += 1
                yield event
            return running.result

        inversion_handlers.run_inversion = counted  # type: ignore[assignment, attr-defined]


class Visit:
    """One user at the window."""

    def __init__(self, window: MainWindow, pulse: Pulse, steps: StepCount) -> None:
        self.window, self.pulse, self.steps = window, pulse, steps
        self.session = window.dispatcher.session
        self.moves: list[tuple[int, float]] = []
        pulse.phase = self.phase

    def wait(self, until: Callable[[], bool], what: str) -> None:
        """Let the window live until something has happened.

        Raises:
            TimeoutError: it did not happen within five minutes.
        """
        loop = QEventLoop()
        deadline = time.monotonic() + PATIENCE

        def look() -> None:
            if until() or time.monotonic() > deadline:
                loop.quit()

        self.pulse.watch = look
        loop.exec()
        self.pulse.watch = lambda: None
        if not until():
            raise TimeoutError(f"{what} did not happen; the log says {self._log()}")

    def rest(self, milliseconds: int) -> None:
        """Let the window live for a while."""
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def _log(self) -> list[str]:
        return [f"{one.title}: {one.text}" for one in self.session[NOTIFICATIONS]]

    def idle(self) -> bool:
        """Whether nothing is under way."""
        return not self.session[ACTIVITIES]

    def says(self, words: str) -> bool:
        """Whether a progress line has these words."""
        return any(words in one.message for one in self.session[ACTIVITIES])

    def phase(self) -> str:
        """What is under way: the run's status, or the newest activity."""
        run, activities = self.session[RUN], self.session[ACTIVITIES]
        if run is not None and run.active:
            return "inversion" if run.status == "running" else run.status
        return activities[-1].title if activities else "nothing"

    def open_sample(self) -> None:
        """Open the first sample face and wait for its embeddings."""
        self.window.service(OpenService).paths([SAMPLES[0].path])
        self.wait(lambda: self.session[SELECTED] in self.session[EMBEDDINGS], "the embedding of the sample")
        self.wait(self.idle, "idleness")

    def cancel(self) -> float:
        """Press Cancel; the seconds until nothing is under way."""
        began = time.perf_counter()
        self.window.busy.cancelled.emit()
        self.wait(self.idle, "idleness after cancel")
        return time.perf_counter() - began

    def run_with_hands(self) -> None:
        """A whole default run, while the user moves the prior's slider and slides back through the steps."""
        slider = self.window.panel(ObjectivePanel).sliders["prior"]
        positions = np.random.default_rng(0).permutation(np.arange(200, 500))
        moving, looking = QTimer(interval=MOVE_EVERY_MS), QTimer(interval=LOOK_BACK_EVERY_MS)

        def move() -> None:
            if self._status() == "running":
                slider.slider.setValue(int(positions[len(self.moves)]))
                self.moves.append((self.steps.made, slider.value()))

        def look_back() -> None:
            run = self.session[RUN]
            if run is not None and run.status == "running":
                back = len(run.steps) // 2 if run.shown_index is None else None
                self.window.dispatcher.send(lambda app: app.inversion.show_step(back))

        moving.timeout.connect(move)
        looking.timeout.connect(look_back)
        self.window.actions_by_name["start"].trigger()
        self.wait(lambda: self._status() == "running", "the first step")
        moving.start()
        looking.start()
        self.wait(lambda: self._status() != "running", "the last step")
        moving.stop()
        looking.stop()
        self.wait(lambda: self._status() == "finished", "the result")

    def _status(self) -> str:
        run = self.session[RUN]
        return "" if run is None else run.status

    def slider_delays(self) -> list[int]:
        """For each move, the steps that were finished without its value after it was made."""
        delays = []
        for made, value in self.moves:
            used = [step for step in range(made, len(self.steps.prior)) if self.steps.prior[step] == value]
            # A value that was replaced before a step began was never due.
            if used:
                delays.append(used[0] - made)
        return delays

    def cancel_during_steps(self, step_ms: float) -> tuple[list[int], list[float]]:
        """Cancel runs at moments spread over a step: steps finished, and seconds, from Cancel to idle."""
        finished, seconds = [], []
        for number in range(CANCELS):
            self.window.actions_by_name["start"].trigger()
            self.wait(lambda: self._status() == "running" and self.steps.made > 2, "the third step")
            self.rest(round(step_ms * (number + 0.5) / CANCELS))
            before = self.steps.made
            seconds.append(self.cancel())
            finished.append(self.steps.made - before)
        return finished, seconds


def cancels_elsewhere(visit: Visit) -> dict[str, float | None]:
    """Seconds from Cancel to idle in every other phase."""
    session, window = visit.session, visit.window
    found: dict[str, float | None] = {}
    window.actions_by_name["start"].trigger()
    visit.wait(lambda: visit.says("starts"), "the starts")
    found["starts"] = visit.cancel()
    window.dispatcher.send(lambda app: app.settings.change("steps", 1))
    window.actions_by_name["start"].trigger()
    visit.wait(lambda: visit._status() == "finishing", "the end of the steps")
    found["finishing"] = visit.cancel()
    window.actions_by_name["start"].trigger()
    visit.wait(lambda: visit._status() == "finished", "the result")
    with tempfile.TemporaryDirectory() as folder:
        window.dispatcher.send(lambda app: app.inversion.export_figure(Path(folder) / "figure.pdf"))
        visit.wait(lambda: visit.says("milestones"), "the figure")
        found["figure"] = visit.cancel()
    window.dispatcher.send(lambda app: app.faces.remove_face(session[SELECTED] or ""))
    visit.wait(visit.idle, "idleness")
    window.service(OpenService).paths([SAMPLES[1].path])
    visit.wait(lambda: visit.says("looking"), "the detection")
    found["detection"] = visit.cancel()
    with empty_cache():
        window.dispatcher.send(lambda app: app.downloads.fetch_networks())
        visit.wait(lambda: visit.says("fetching ") or visit.idle(), "the fetch")
        # Without a network there is nothing to cancel.
        found["fetch"] = None if visit.idle() else visit.cancel()
    return found


@contextmanager
def empty_cache() -> Iterator[None]:
    """An empty folder in place of the cache of networks."""
    before = os.environ.get(places.CACHE_VARIABLE)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[places.CACHE_VARIABLE] = folder
        yield
    os.environ.pop(places.CACHE_VARIABLE)
    if before is not None:
        os.environ[places.CACHE_VARIABLE] = before


@contextmanager
def display() -> Iterator[None]:
    """A virtual display where there is none."""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        yield
        return
    from pyvirtualdisplay.display import Display

    with Display(size=(1600, 1000)):
        yield


def measure(steps: int | None) -> None:
    """Visit the window and write what was seen."""
    app = QApplication(["likeness"])
    theme.install(app)
    count = StepCount()
    window = open_window()
    visit = Visit(window, Pulse(), count)
    visit.wait(lambda: window.dispatcher.workbench is not None, "the engine")
    visit.open_sample()
    window.actions_by_name["start"].trigger()
    visit.wait(lambda: visit.says("loading generator"), "the loading of the generator")
    elsewhere: dict[str, float | None] = {"loading": visit.cancel()}
    if steps is not None:
        window.dispatcher.send(lambda app: app.settings.change("steps", steps))
    visit.run_with_hands()
    run = visit.session[RUN]
    assert run is not None
    rate = (len(run.steps) - 1) / (run.steps[-1].seconds - run.steps[0].seconds)
    sliders = visit.slider_delays()
    finished, seconds = visit.cancel_during_steps(1000 / rate)
    elsewhere |= cancels_elsewhere(visit)
    window.close()
    blocked = visit.pulse.blocked("inversion")
    write_results(
        "responsiveness",
        {
            "event_loop_block_ms_p99": blocked["ms_p99"],
            "event_loop_block_ms_max": blocked["ms_max"],
            "slider_delay_steps": max(sliders),
            "cancel_delay_steps": max(finished),
        },
        steps_per_second=round(rate, 2),
        steps=len(run.steps) - 1,
        event_loop_by_phase={phase: visit.pulse.blocked(phase) for phase in visit.pulse.late_ms},
        slider_moves=len(visit.moves),
        slider_delays_steps=sliders,
        cancel_during_steps={"steps": finished, "seconds": [round(one, 3) for one in seconds]},
        cancel_seconds={phase: None if one is None else round(one, 3) for phase, one in elsewhere.items()},
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, help="of the inversion; the default's where left out")
    steps = parser.parse_args().steps
    with display():
        measure(steps)


if __name__ == "__main__":
    main()
