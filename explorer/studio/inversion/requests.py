"""What can be asked about an inversion, and what answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.arrays import Image, Vector
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.inversion.plan import Plan
from explorer.studio.inversion.record import BranchingPoint, ContestStep, InversionRun, StepRecord, WeightChange
from explorer.studio.inversion.values import Overlay, RunTarget, StartView

if TYPE_CHECKING:  # the window opens before torch is loaded
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class Invert(Request):
    """Turn an embedding back into a face. The live values are the loss terms' weights.

    Reports `Progress` (networks, starts), `TargetsFound` where there are some, `StartsSeen` and `StartLeads` while
    starts compete, one `StepTaken` a step, `Finishing`.
    Result: `Inverted`.

    branch: the step of an earlier run to go on from, in place of starts.
    plan: weights that change by themselves, and where the run ends; None where nothing is planned.
    decoded: whether starts are proposed that look most like the decoder's picture.
    """

    title: ClassVar[str] = "inverting"
    run_key: str
    target: RunTarget
    settings: InversionSettings
    branch: BranchingPoint | None = None
    plan: Plan | None = None
    decoded: bool = False


@dataclass(frozen=True, eq=False)
class TargetsFound(Report):
    """What is sought besides the embedding, as it lies in the common frame."""

    run_key: str
    overlay: Overlay


@dataclass(frozen=True, eq=False)
class StartsSeen(Report):
    """Some starts were drawn and judged, and some may have gone out since the last such report.

    starts, proposed, length, done, work: as in `Contest`.
    """

    run_key: str
    seen: tuple[StartView, ...]
    fallen: tuple[int, ...]
    starts: int
    proposed: int
    length: int
    done: int
    work: int


@dataclass(frozen=True, eq=False)
class StartLeads(Report):
    """All starts that compete have made a step: the face of the one that is ahead, (R, R, 3) uint8, and its numbers."""

    run_key: str
    image: Image
    cosine: float
    competing: int
    step: ContestStep | None = None


@dataclass(frozen=True, eq=False)
class StepTaken(Report):
    """One step of an inversion.

    latent: float32, CPU. changes: weights that changed at this step.
    image, best_image: (R, R, 3) uint8, or None where the picture was dropped to keep the window free (numbers never
    are).
    overlay: what can be drawn onto the picture; None where nothing is sought besides the embedding.
    """

    is_step: ClassVar[bool] = True
    run_key: str
    record: StepRecord
    latent: Tensor
    image: Image | None
    best_image: Image | None
    changes: tuple[WeightChange, ...]
    overlay: Overlay | None = None


@dataclass(frozen=True, eq=False)
class Finishing(Progress):
    """The steps are over; the result is being drawn at native resolution and scored.

    run_key: whose, so that a report that comes late touches no other run.
    """

    run_key: str = ""


@dataclass(frozen=True, eq=False)
class Inverted:
    """A finished inversion. native: (1024, 1024, 3) uint8, the best latent at the generator's own resolution."""

    run_key: str
    run: InversionRun
    native: Image
    latent: Tensor


@dataclass(frozen=True, eq=False)
class RenderStep(Request):
    """Draw a step already made, at the resolution it had. Result: `StepRendered`."""

    priority: ClassVar[int] = 40
    title: ClassVar[str] = "drawing a step"
    hidden: ClassVar[bool] = True
    run_key: str
    index: int
    latent: Tensor
    resolution: int
    settings: InversionSettings


@dataclass(frozen=True, eq=False)
class StepRendered:
    """The picture of a step: (R, R, 3) uint8."""

    run_key: str
    index: int
    image: Image


@dataclass(frozen=True, eq=False)
class ExportFigure(Request):
    """Write a figure of a run with its provenance, in it and beside it. Result: `Exported`.

    path: its suffix says PNG, SVG or PDF.
    latents: every step's, for the milestones.
    target_frame: the photograph's face; target_vector: the bare embedding where there was no photograph.
    with_source: whether that is shown; both are biometric data. key: of the face or vector that was inverted.
    """

    title: ClassVar[str] = "writing the figure"
    path: Path
    run: InversionRun
    latents: tuple[Tensor, ...]
    native: Image
    target_frame: Image | None = None
    target_vector: Vector | None = None
    with_source: bool = False
    key: str = ""

    @property
    def about(self) -> tuple[str, ...]:
        """The face that was inverted."""
        return (self.key,) if self.key else ()


@dataclass(frozen=True, eq=False)
class Exported:
    """The files written."""

    paths: tuple[Path, ...]
