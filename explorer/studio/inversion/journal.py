"""What the log says of runs: when each began, and how it ended."""

from __future__ import annotations

from explorer.studio.faces.state import FACES, VECTORS
from explorer.studio.inversion.state import RUN, RunState
from explorer.studio.session.services import AppServices, Controller


class RunJournal(Controller):
    """Writes runs into the log, from what becomes of the run in view: one under way is always that."""

    def __init__(self, app: AppServices) -> None:
        super().__init__(app)
        app.session.changed(RUN).connect(self._changed)

    def _changed(self, new: RunState | None, old: RunState | None) -> None:
        if new is None:
            return
        before = old if old is not None and old.key == new.key else None
        if before is None and new.active and not new.steps:
            self._write("started", new, begun(new))
        elif before is not None and before.active and not new.active:
            self._write("finished" if new.result is not None else "ended", new, ended(new))

    def _write(self, what: str, run: RunState, text: str) -> None:
        key = run.target.key
        known = self._session[FACES].get(key) or self._session[VECTORS].get(key)
        self._app.log(what, run.target.record.name if known is None else known.name, text, about=(key,))


def begun(run: RunState) -> str:
    """Such as "run 2 under arcface-mbf, 120 steps"."""
    whence = "" if run.branch is None else f", from step {run.branch.step} of an earlier run"
    return f"run {run.number} under {run.settings.encoder}, {run.settings.steps} steps at most{whence}"


def ended(run: RunState) -> str:
    """Such as "run 2: cosine 0.912 after 120 steps; held out: sface cosine 0.41"."""
    if run.result is None:
        return f"run {run.number}: {run.status} after {_steps(run)}, without a result"
    scores = [(one.attacked, f"{one.encoder} {one.measure} {one.score:.3f}") for one in run.result.scores]
    best = f"{run.settings.encoder} cosine {run.result.steps[run.result.best_index].cosine:.3f}"
    reached = next((words for attacked, words in scores if attacked), best)
    held_out = ", ".join(words for attacked, words in scores if not attacked)
    return f"run {run.number}: {reached} after {_steps(run)}" + (f"; held out: {held_out}" if held_out else "")


def _steps(run: RunState) -> str:
    # The start is no step.
    made = max(0, len(run.steps) - 1)
    return "1 step" if made == 1 else f"{made} steps"
