"""Ticked runs as they are laid over the curves of the run in view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.studio.inversion.state import COMPARED, RUN, RunState, all_runs
from explorer.studio.session.state import Session


@dataclass(frozen=True, eq=False)
class Overlaid:
    """A ticked run. shift: its step 0 in steps of the run in view."""

    run: RunState
    shift: int

    @property
    def steps(self) -> list[int]:
        """Its steps on the axis of the run in view."""
        return [self.shift + step.index for step in self.run.steps]


def overlaid(session: Session) -> list[Overlaid]:
    """The ticked runs besides the one in view, in the order of their ticks.

    Runs that go on from the same run lie as they follow on each other: what led to a branch is left of its step 0.
    """
    shown, runs = session[RUN], all_runs(session)
    if shown is None:
        return []
    others = [runs[key] for key in session[COMPARED] if key in runs and key != shown.key]
    return [Overlaid(run, _begins(run) - _begins(shown) if _root(run) == _root(shown) else 0) for run in others]


def unweighted(steps: Sequence[int], run: RunState, term: str) -> tuple[list[int], list[float]]:
    """A loss term of a run as it is before it is weighted: it means the same in all runs.

    Args:
        steps: where the run's steps lie.
    """
    pairs = [(at, step.losses[term]) for at, step in zip(steps, run.steps, strict=True) if term in step.losses]
    return [at for at, _ in pairs], [value for _, value in pairs]


def _root(run: RunState) -> str:
    key, branch = run.key, run.branch
    while branch is not None:
        key, branch = branch.run, branch.branch
    return key


def _begins(run: RunState) -> int:
    return 0 if run.branch is None else run.branch.steps
