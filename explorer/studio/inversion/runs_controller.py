"""The user's commands around the runs of a session: look at an older one, go on from a step of it, lay runs side by
side, take one out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.inversion.controller import InversionController
from explorer.studio.inversion.record import Branch, BranchingPoint
from explorer.studio.inversion.selected_target import generator_is_here
from explorer.studio.inversion.state import COMPARED, RUN, RUNS, RUNS_CHANGE, SETTINGS, WEIGHTS, RunState, all_runs
from explorer.studio.session.services import Controller


class RunsController(Controller):
    """Keeps `session[RUNS]` and `session[COMPARED]`."""

    def show(self, key: str) -> None:
        """Bring a run into view; while one is under way, that one stays in view."""
        run = self._session[RUN]
        if (run is not None and (run.active or run.key == key)) or key not in self._session[RUNS]:
            return
        self._app.controller(InversionController).look_at(self._session[RUNS][key])

    def branch(self, step: int | None = None) -> None:
        """Go on from a step of the run in view, with the settings and weights as they are set now.

        Args:
            step: of the run; the one that is looked at where None.
        """
        session, run = self._session, self._session[RUN]
        if run is None or not run.steps:
            self._app.notify("info", "There is nothing to go on from yet", "start an inversion first")
            return
        last = len(run.steps) - 1
        index = step if step is not None else last if run.shown_index is None else run.shown_index
        update = {"encoder": run.settings.encoder, "weights": dict(session[WEIGHTS])}
        settings = session[SETTINGS].model_copy(update=update)
        if not generator_is_here(settings, self._app.notify):
            return
        try:
            point = branching_point(run, index, settings)
        except ValueError as error:
            self._app.notify("warning", "This run cannot go on so", str(error))
            return
        self._app.controller(InversionController).begin(run.target, settings, point)

    def compare(self, key: str, on: bool) -> None:
        """Lay a run beside others, or take it away from there."""
        others = tuple(one for one in self._session[COMPARED] if one != key)
        self._session[COMPARED] = (*others, key) if on and key in all_runs(self._session) else others

    def remove(self, key: str) -> None:
        """Take a run that is not under way out of the session; what goes on from it stays, and knows where from."""
        session, run = self._session, self._session[RUN]
        if run is not None and run.key == key and run.active:
            return
        runs = all_runs(session)
        if key not in runs:
            return
        self._app.history.record(f"remove run {runs[key].number}", RUNS_CHANGE, runs[key].target.key)
        session[COMPARED] = tuple(one for one in session[COMPARED] if one != key)
        left = {name: other for name, other in runs.items() if name != key}
        session[RUNS] = left
        if run is not None and run.key == key:
            self._app.controller(InversionController).look_at(next(reversed(left.values()), None))


def branching_point(run: RunState, index: int, settings: InversionSettings) -> BranchingPoint:
    """The step of a run as another with these settings goes on from it.

    Raises:
        ValueError: there is no such step, or their space cannot go on from the run's.
    """
    from explorer.science.inversion.starts import to_space

    if not 0 <= index < len(run.latents):
        raise ValueError(f"run {run.number} has no step {index}: choose one from 0 to {len(run.latents) - 1}")
    to_space(run.latents[index], run.settings, settings)
    changes = [change for change in run.changes if change.step <= index]
    record = Branch(
        run=run.key,
        step=index,
        settings=run.settings,
        weight_changes=changes,
        branch=run.branch,
        regressor=_proposer(run),
    )
    return BranchingPoint(record, run.latents[index])


def _proposer(run: RunState) -> str | None:
    """The name of the file that proposed some of a run's starts, or answered to its photograph; None where none did."""
    from explorer.studio.catalogue.photograph_encoders import photograph_encoder_file
    from explorer.studio.catalogue.regressors import proposing, recorded_proposer
    from explorer.studio.inversion.photograph_start import begins_by_encoder

    if run.settings.targets == "picture":
        known = None if run.result is None else run.result.networks
        return photograph_encoder_file().stem if begins_by_encoder(run.settings, known) else None

    if run.result is not None:
        return recorded_proposer(run.result.networks)
    file = proposing(run.settings.encoder, run.settings.space)
    return None if file is None else file.stem


@dataclass(frozen=True, eq=False)
class Listed:
    """A run as it stands in the tree. depth: how many runs it goes on from that are still there. offset: its step 0
    in steps of the first of them."""

    run: RunState
    depth: int
    offset: int


def tree(runs: Mapping[str, RunState]) -> list[Listed]:
    """Runs in the order of a tree: each behind the one it goes on from, by their numbers."""
    children: dict[str | None, list[RunState]] = {}
    for run in sorted(runs.values(), key=lambda run: run.number):
        parent = None if run.branch is None or run.branch.run not in runs else run.branch.run
        children.setdefault(parent, []).append(run)
    listed: list[Listed] = []
    waiting = [(run, 0) for run in reversed(children.get(None, []))]
    while waiting:
        run, depth = waiting.pop()
        listed.append(Listed(run, depth, 0 if run.branch is None else run.branch.steps))
        waiting += [(child, depth + 1) for child in reversed(children.pop(run.key, []))]
    return listed
