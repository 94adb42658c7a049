"""The next run's settings, and the runs of a session: the one under way and those that were made. No Qt, no torch."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.arrays import Image
from explorer.studio.faces.state import ENCODER
from explorer.studio.inversion.plan import Plan
from explorer.studio.inversion.record import Branch, InversionRun, StepRecord, WeightChange
from explorer.studio.inversion.values import Contest, Overlay, RunTarget
from explorer.studio.session.slices import Forgotten, Slice, holds_no_face
from explorer.studio.session.snapshot import Snapshot
from explorer.studio.session.state import Session

if TYPE_CHECKING:  # the window opens before torch is loaded
    from torch import Tensor


RunStatus = Literal["starting", "running", "paused", "finishing", "finished", "stopped", "failed"]


@dataclass(frozen=True, eq=False)
class RunState:
    """The inversion under way, or one that was made.

    number: of the runs of the session, from 1. branch: the step of an earlier run that it goes on from.
    steps, latents, overlays: of every step made, in order.
    target_overlay: what is sought besides the embedding, as it lies in the common frame; None where nothing is.
    image, best_image: (R, R, 3) uint8 of the newest and of the best step; before the first, `image` is that of the
        start that leads, if any.
    leading: that start's cosine and how many still compete with it; None where no start leads yet, or no more.
    contest: of its starts, as far as it has come; None where there was none, as in a run that goes on from another's
        step.
    shown_index: the step the user slid back to, None while following the newest.
    shown_image: its picture, None until drawn.
    seconds: since the run began, pauses excluded.
    rate: steps per second, over the last ten steps; 0 where unknown.
    remaining: seconds left at that rate; None where unknown.
    native: (1024, 1024, 3) uint8 and result: the record with its scores, once finished.
    """

    key: str
    target: RunTarget
    target_frame: Image | None
    settings: InversionSettings
    status: RunStatus
    steps: tuple[StepRecord, ...] = ()
    latents: tuple[Tensor, ...] = ()
    overlays: tuple[Overlay | None, ...] = ()
    target_overlay: Overlay | None = None
    changes: tuple[WeightChange, ...] = ()
    image: Image | None = None
    best_image: Image | None = None
    best_index: int | None = None
    leading: tuple[float, int] | None = None
    contest: Contest | None = None
    shown_index: int | None = None
    shown_image: Image | None = None
    seconds: float = 0.0
    rate: float = 0.0
    remaining: float | None = None
    native: Image | None = None
    result: InversionRun | None = None
    number: int = 1
    branch: Branch | None = None

    @property
    def active(self) -> bool:
        """Whether it still holds the device."""
        return self.status in ("starting", "running", "paused", "finishing")

    @property
    def shows_photograph(self) -> bool:
        """Whether it, or a run that it goes on from, used more of the photograph than its embedding."""
        return self.settings.shows_photograph or (self.branch is not None and self.branch.shows_photograph)


Runs = Mapping[str, RunState]
Weights = Mapping[str, float]


def all_runs(values: Session | Snapshot) -> Runs:
    """Every run by key, oldest first, the one in view as it stands now."""
    run, runs = values[RUN], values[RUNS]
    return runs if run is None else {**runs, run.key: run}


def _inverts(run: RunState, forgotten: Forgotten) -> bool:
    return forgotten.holds(run.target.key) or run.target.record.sha256 in forgotten.photographs


def _run_without(run: RunState | None, forgotten: Forgotten) -> RunState | None:
    return None if run is not None and _inverts(run, forgotten) else run


def _runs_without(runs: Runs, forgotten: Forgotten) -> Runs:
    left = {key: run for key, run in runs.items() if not _inverts(run, forgotten)}
    return runs if len(left) == len(runs) else left


def _run_keys(runs: Runs, forgotten: Forgotten) -> Collection[str]:
    return [key for key, run in runs.items() if _inverts(run, forgotten)]


def _compared_without(compared: tuple[str, ...], forgotten: Forgotten) -> tuple[str, ...]:
    return tuple(key for key in compared if key not in forgotten.keys)


def _run_sizes(runs: Runs) -> Iterator[tuple[int, int]]:
    for run in runs.values():
        pictures = (run.image, run.best_image, run.shown_image, run.native, run.target_frame)
        latents = sum(latent.nbytes for latent in run.latents[:1]) * len(run.latents)
        # A run in view and the same one in the list share their latents and pictures.
        yield id(run.latents), latents + sum(picture.nbytes for picture in pictures if picture is not None)


def _steps_made(run: RunState | None) -> object:
    return None if run is None or not run.active else (run.key, len(run.steps))


SETTINGS = Slice[InversionSettings](
    name="settings",
    default=InversionSettings,
    without=holds_no_face("they are numbers and choices for the next run"),
    mark=lambda settings: settings,
    undo=True,
    cleared=lambda settings: settings,
)
"""Of the next run."""
WEIGHTS = Slice[Weights](
    name="weights",
    default=dict,
    without=holds_no_face("they are numbers by the names of loss terms"),
    mark=lambda weights: tuple(weights.items()),
    undo=True,
    merged=lambda now, saved: {**now, **saved},
    cleared=lambda weights: weights,
)
"""The live weight of every loss term, by name."""
PLAN = Slice[Plan | None](
    name="plan",
    default=lambda: None,
    without=holds_no_face("it is numbers for the next run"),
    mark=lambda plan: plan,
    undo=True,
    cleared=lambda plan: plan,
)
"""What the next run does by itself while it goes on, as the run did whose settings were taken."""
AS_TARGET = Slice[bool](
    name="as_target", default=lambda: False, without=holds_no_face("it is a choice for the next run"), mark=None
)
"""Whether an inversion that starts works towards the altered embedding."""
RUNS = Slice[Runs](
    name="runs",
    default=dict,
    without=_runs_without,
    mark=tuple,
    undo=True,
    size=_run_sizes,
    implied=_run_keys,
    content=bool,
)
"""All of the session by key, oldest first; of the one in view as it stood when it began or ended."""
COMPARED = Slice[tuple[str, ...]](name="compared", default=lambda: (), without=_compared_without, mark=None, undo=True)
"""Keys of the runs laid side by side."""
RUN = Slice[RunState | None](
    name="run",
    default=lambda: None,
    without=_run_without,
    mark=_steps_made,
    undo=True,
    size=lambda run: () if run is None else _run_sizes({run.key: run}),
    implied=lambda run, forgotten: () if run is None else _run_keys({run.key: run}, forgotten),
    active=lambda run: run is not None and run.active,
    content=lambda run: run is not None,
)
"""The inversion in view: the one under way, where there is one."""

SLICES = (SETTINGS, WEIGHTS, PLAN, AS_TARGET, RUNS, COMPARED, RUN)
SETTINGS_CHANGE = (SETTINGS, ENCODER, PLAN)
"""What a change of settings touches."""
RUNS_CHANGE = (RUN, RUNS, COMPARED)
"""What a change of runs touches."""
