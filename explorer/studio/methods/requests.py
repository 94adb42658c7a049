"""The requests of the methods panel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.engine.reports import Report
from explorer.studio.engine.requests import Request
from explorer.studio.inversion.values import RunTarget
from explorer.studio.methods.values import WayNow, WaySeen


@dataclass(frozen=True, eq=False)
class CompareWays(Request):
    """Turn an embedding back into a face in every way that there is.

    Reports `Progress`; `WayMoved` as a way goes on, and `WayReport` for each that ends. Result: `WaysEnded`.
    `finish` keeps the ways that have ended.
    """

    title: ClassVar[str] = "going all ways back to a face"
    key: str
    target: RunTarget
    settings: InversionSettings


@dataclass(frozen=True, eq=False)
class WayMoved(Report):
    """A way goes on."""

    key: str
    now: WayNow


@dataclass(frozen=True, eq=False)
class WayReport(Report):
    """A way has ended, or lacks something."""

    key: str
    seen: WaySeen


@dataclass(frozen=True, eq=False)
class ExportWays(Request):
    """Write what came of the ways, with provenance. Result: `Exported`.

    path: its suffix says PNG, SVG or PDF of a figure, CSV or Parquet of a table. source: whether the figure shows the
    photograph, too. mark: whether reconstructions say that they are.
    """

    title: ClassVar[str] = "writing the ways back to a face"
    path: Path
    target: RunTarget
    settings: InversionSettings
    seen: tuple[WaySeen, ...]
    source: bool = False
    mark: bool = True

    @property
    def about(self) -> tuple[str, ...]:
        """The face or vector that was turned back."""
        return (self.target.key,)
