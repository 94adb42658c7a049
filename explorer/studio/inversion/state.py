"""The runs of a session: the one under way and those that were made. No Qt, no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.arrays import Image
from explorer.studio.inversion.record import Branch, InversionRun, StepRecord, WeightChange
from explorer.studio.inversion.values import Overlay, Target

if TYPE_CHECKING:  # the window opens before torch is loaded
    from torch import Tensor

    from explorer.studio.session.state import Session


def runs_without(runs: Mapping[str, RunState], key: str, photograph: str | None) -> Mapping[str, RunState]:
    """Runs but for those that invert a face or vector, or any face of a photograph."""
    return {name: run for name, run in runs.items() if not _inverts(run, key, photograph)}


def _inverts(run: RunState, key: str, photograph: str | None) -> bool:
    return run.target.key == key or run.target.record.sha256 == photograph


def all_runs(session: Session) -> Mapping[str, RunState]:
    """Every run of the session by key, oldest first, the one in view as it stands now."""
    run = session.run
    return session.runs if run is None else {**session.runs, run.key: run}


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
    shown_index: the step the user slid back to, None while following the newest.
    shown_image: its picture, None until drawn.
    seconds: since the run began, pauses excluded.
    rate: steps per second, over the last ten steps; 0 where unknown.
    remaining: seconds left at that rate; None where unknown.
    native: (1024, 1024, 3) uint8 and result: the record with its scores, once finished.
    """

    key: str
    target: Target
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
