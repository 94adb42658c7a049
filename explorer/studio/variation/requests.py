"""The requests of the variation panel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.engine.reports import Report
from explorer.studio.engine.requests import Request
from explorer.studio.inversion.values import RunTarget
from explorer.studio.variation.values import EnsembleResult, RunNow

if TYPE_CHECKING:  # the window opens before torch is loaded
    from explorer.studio.variation.running import FinishedVariation


@dataclass(frozen=True, eq=False)
class RunEnsemble(Request):
    """Invert an embedding several times, each from starts of its own, and compare the results.

    Reports `Progress`; `MemberMoved` as a run goes on, `MemberReport` for each run that ends, and `RunsReport` for what
    those that have ended come to. Result: `EnsembleResult`. `finish` compares those made so far.
    """

    title: ClassVar[str] = "inverting several times"
    key: str
    target: RunTarget
    settings: InversionSettings
    runs: int


@dataclass(frozen=True, eq=False)
class MemberReport(Report):
    """One of the runs has ended. picture: (1024, 1024, 3) uint8. facts: a line about it."""

    key: str
    number: int
    picture: NDArray[np.uint8]
    facts: str


@dataclass(frozen=True, eq=False)
class MemberMoved(Report):
    """A run goes on, or a random face is looked at."""

    key: str
    now: RunNow


@dataclass(frozen=True, eq=False)
class RunsReport(Report):
    """What the runs that have ended come to, while others are still to come."""

    result: EnsembleResult


@dataclass(frozen=True, eq=False)
class ExportVariation(Request):
    """Write the figure of several inversions with its provenance, in it and beside it. Result: `Exported`.

    path: its suffix says PNG, SVG or PDF. source: the photograph's face or the (D,) embedding; None to leave it out.
    mark: whether reconstructions say that they are. key: of the face or vector that was inverted.
    """

    title: ClassVar[str] = "writing the figure"
    path: Path
    finished: FinishedVariation
    source: NDArray[np.uint8] | NDArray[np.float32] | None = None
    mark: bool = True
    key: str = ""

    @property
    def about(self) -> tuple[str, ...]:
        """The face that was inverted."""
        return (self.key,) if self.key else ()
