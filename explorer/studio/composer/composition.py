"""A figure for a paper as the user composes it: which layout, of which runs, how large, with what in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from explorer.studio.composer.laboratory_choice import LaboratoryFigure, why_not
from explorer.studio.export.drawings import WIDEST, FilmSpec, Lettering, SheetSpec
from explorer.studio.faces.state import FACES
from explorer.studio.geometry.state import VIEWING
from explorer.studio.inversion.state import RunState, all_runs
from explorer.studio.leakage.state import PROBING
from explorer.studio.session.state import Session
from explorer.studio.variation.state import VARIATION

Layout = Literal["convergence", "ablation", "rows", "fits", "leakage", "variation", "laboratory", "film"]

LAYOUTS: Mapping[Layout, str] = {
    "convergence": "One run: target, way, result, curves, scores",
    "ablation": "Ablation grid: a row a face, a column a way",
    "rows": "Identity rows: photograph and reconstruction",
    "fits": "3D rows: fit, texture, visibility, completion",
    "leakage": "Leakage: what the embedding tells",
    "variation": "Several inversions: mean, map, table",
    "laboratory": "Deep Face Decoder: figures of faces",
    "film": "Film of the convergence",
}
# In millimetres: how narrow a layout can be.
NARROWEST: Mapping[Layout, float] = {
    "convergence": 60, "ablation": 40, "rows": 40, "fits": 40, "leakage": 80, "variation": 120,
    "laboratory": 40, "film": 40,
}  # fmt: skip
SHEETS: tuple[Layout, ...] = ("ablation", "rows")
FROM_RUNS: tuple[Layout, ...] = ("convergence", "ablation", "rows", "film")


@dataclass(frozen=True)
class Preset:
    """Column widths of a venue, in millimetres."""

    title: str
    single: float
    double: float


# From the venues' style files and instructions for authors.
PRESETS: tuple[Preset, ...] = (
    Preset("IEEE Transactions", 88.9, 181.9),
    Preset("CVPR, ICCV", 83.3, 174.6),
    Preset("Elsevier", 90.0, 190.0),
    Preset("Nature", 89.0, 183.0),
    Preset("Springer LNCS", 122.0, 122.0),
)


class Composition(BaseModel):
    """How a figure is composed; widget bounds come from here.

    runs: keys of the runs that take part, for layouts that are made from runs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    layout: Layout = "convergence"
    runs: tuple[str, ...] = ()
    width: float = Field(181.9, ge=40, le=WIDEST, description="width of the figure", json_schema_extra={"unit": "mm"})
    dpi: int = Field(300, ge=36, le=1200, description="pixels an inch of pictures, and of a PNG")
    source: bool = Field(False, description="show the photograph, which is biometric data")
    mark: bool = Field(True, description="mark reconstructions as such")
    latent: bool = Field(False, description="put the latent into the file: with it, a reproduction can be compared")
    lettering: Lettering = Field("embedded", description="text of an SVG")
    film: FilmSpec = Field(default_factory=FilmSpec)
    laboratory: LaboratoryFigure = LaboratoryFigure()

    def fitted(self) -> Composition:
        """With a width that its layout can have."""
        return self.model_copy(update={"width": max(self.width, NARROWEST[self.layout])})


def finished_runs(session: Session, keys: Sequence[str] = ()) -> list[RunState]:
    """Runs that came to an end with a result, by their numbers; of these keys, where there are some."""
    found = [run for run in all_runs(session).values() if run.result is not None and run.native is not None]
    return sorted((run for run in found if not keys or run.key in keys), key=lambda run: run.number)


def impossible(session: Session, composition: Composition) -> str:
    """Why what is chosen cannot be composed now, and what to do; empty where it can."""
    reason = unavailable(session, composition.layout)
    if reason or composition.layout != "laboratory":
        return reason
    return why_not(session, composition.laboratory, source=composition.source)


def unavailable(session: Session, layout: Layout) -> str:
    """Why a layout cannot be composed now, and what to do; empty where it can."""
    if layout in FROM_RUNS and not finished_runs(session):
        return "it shows finished runs: invert an embedding first"
    if layout == "fits" and not session[VIEWING].portraits:
        return "it shows fitted faces: open the 3D face dock with a face selected"
    read, several = session[PROBING].face, session[VARIATION]
    if layout == "leakage" and (read is None or not read.now.readouts):
        return "it shows what probes read: open the Probe dock with a face selected"
    if layout == "variation" and (several is None or several.result is None):
        return "it shows several inversions of one embedding: make some in the Variation dock"
    if layout == "laboratory" and not session[FACES]:
        return "it shows faces: open a photograph first"
    return ""


def guides(run: RunState) -> str:
    """What guided a run besides the identity, as the papers write it: "ID + LMs + Hist"."""
    sought = {} if run.result is None else run.result.sought
    weights = run.steps[-1].weights if run.steps else run.settings.weights
    named = {"landmarks": "LMs", "histogram": "Hist"}
    return " + ".join(["ID", *(short for name, short in named.items() if name in sought and weights.get(name, 0) > 0)])


@dataclass(frozen=True)
class _Part:
    """Something by which runs can differ. always: whether it is said even where they do not."""

    of: Callable[[RunState], str]
    always: bool = False


_TARGETS = {"none": "", "vector": "read", "photograph": "from photograph", "picture": "photograph itself"}
_PARTS = (
    _Part(lambda run: run.settings.encoder),
    _Part(guides, always=True),
    _Part(lambda run: _TARGETS[run.settings.targets]),
    _Part(lambda run: run.settings.space),
    _Part(lambda run: f"{run.settings.steps} steps"),
    _Part(lambda run: run.settings.optimiser),
    _Part(lambda run: run.target.record.alterations or "unaltered"),
    _Part(lambda run: f"seed {run.settings.seed}"),
)


def titles(runs: Sequence[RunState]) -> dict[str, str]:
    """What tells each run from the others of its face, by key: only what differs among those is said."""
    faces = [[run for run in runs if run.target.key == key] for key in dict.fromkeys(run.target.key for run in runs)]
    said = [part for part in _PARTS if part.always or any(len({part.of(run) for run in face}) > 1 for face in faces)]
    return {run.key: ", ".join(words for part in said if (words := part.of(run))) for run in runs}


def sheet(composition: Composition, runs: Sequence[RunState]) -> SheetSpec:
    """Lay finished runs out.

    Raises:
        ValueError: there is none.
    """
    if not runs:
        raise ValueError("a sheet needs finished runs")
    columns, cells = _ablation(runs) if composition.layout == "ablation" else _rows(runs, composition.source)
    titled = {
        "ablation": "Inversion by the identity alone and with what else was sought",
        "rows": "Photographs and their reconstructions from the embedding",
    }
    return SheetSpec(
        title=titled[composition.layout],
        columns=columns,
        cells=cells,
        width=composition.width,
        dpi=composition.dpi,
        source=composition.source,
        mark=composition.mark,
        lettering=composition.lettering,
    )


def _ablation(runs: Sequence[RunState]) -> tuple[list[str], list[list[str]]]:
    """A row a face, a column whatever tells runs apart; of two in one place the newer is shown."""
    named = titles(runs)
    columns = list(dict.fromkeys(named[run.key] for run in runs))
    rows: dict[str, list[str]] = {}
    for place, run in enumerate(runs):
        row = rows.setdefault(run.target.key, [f"photograph:{place}", *([""] * len(columns))])
        row[1 + columns.index(named[run.key])] = f"run:{place}"
    return ["photograph", *columns], list(rows.values())


def _rows(runs: Sequence[RunState], source: bool) -> tuple[list[str], list[list[str]]]:
    """Every run beside its photograph; several to a row where else the sheet would be longer than a page."""
    pairs = [[f"photograph:{place}", f"run:{place}"] for place in range(len(runs))]
    together = (2 if len(pairs) > 2 else 1) if source else min(len(pairs), 4)
    pairs += [["", ""]] * (-len(pairs) % together)
    rows = [list(chain(*pairs[first : first + together])) for first in range(0, len(pairs), together)]
    return ["photograph", "reconstruction"] * together, rows


def numbers(runs: Sequence[RunState]) -> list[dict[str, str | int | float | bool | None]]:
    """Every step of every run, a row each."""
    return [
        {
            "run": run.number,
            "target": run.target.record.name,
            "encoder": run.settings.encoder,
            "step": step.index,
            "seconds": step.seconds,
            "total": step.total,
            "cosine": step.cosine,
            "best": step.best,
            "resolution": step.resolution,
            **{f"loss_{name}": value for name, value in step.losses.items()},
            **{f"weight_{name}": value for name, value in step.weights.items()},
            **{f"score_{name}": value for name, value in step.scores.items()},
        }
        for run in runs
        for step in run.steps
    ]
