"""A sheet of several runs in rows and columns: the ablation grid and the identity rows of the papers, from what the
session holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from explorer.studio.export.drawings import SheetSpec
from explorer.studio.export.page import save
from explorer.studio.export.picture_grid import Cell, GridOptions, draw_grid
from explorer.studio.export.provenance import Provenance, write_sidecar
from explorer.studio.inversion.export import DrawnRun
from explorer.studio.inversion.provenance import provenance
from explorer.studio.inversion.record import InversionRun


def draw_sheet(drawing: SheetSpec, drawn: Sequence[DrawnRun]) -> Figure:
    """Compose the sheet; columns that would be empty, as those of photographs that are left out, are not there.

    Raises:
        ValueError: nothing is left to be shown.
    """
    rows = [[_cell(cell, drawing, drawn) for cell in row] for row in drawing.cells]
    kept = [place for place in range(len(drawing.columns)) if any(row[place] is not None for row in rows)]
    columns = [drawing.columns[place] for place in kept]
    shown = [[row[place] for place in kept] for row in rows]
    options = GridOptions(drawing.width, drawing.dpi, drawing.mark, largest=drawing.width)
    return draw_grid(columns, shown, note(drawing, [one.run for one in drawn]), options)


def write_sheet(path: Path, drawing: SheetSpec, drawn: Sequence[DrawnRun]) -> tuple[Path, Path]:
    """Write a sheet as PNG, SVG or PDF with its provenance in it and beside it.

    Raises:
        UserError: another suffix, or the file cannot be written.
    """
    record = sheet_provenance(drawing, drawn)
    written = save(draw_sheet(drawing, drawn), path, record, drawing.lettering)
    return written, write_sidecar(path, record)


def sheet_provenance(drawing: SheetSpec, drawn: Sequence[DrawnRun]) -> Provenance:
    """How every run of a sheet was made; the first one's record stands for readers of single runs."""
    numbers = [None if one.latent is None else one.latent.flatten().tolist() for one in drawn]
    runs = [provenance(one.run, latent=latent) for one, latent in zip(drawn, numbers, strict=True)]
    return {**provenance(drawn[0].run, drawing=drawing), "runs": runs}


def note(drawing: SheetSpec, runs: Sequence[InversionRun]) -> str:
    """What stands below: how the runs were guided, what the numbers are."""
    origins = {origin for run in runs for origin in run.sought.values()}
    sentences = [drawing.title] if drawing.title else []
    if origins:
        words = {"vector": "predicted from the vector", "photograph": "taken from the photograph"}
        named = " and ".join(words[one] for one in sorted(origins))
        sentences.append(f"Landmarks and histogram that are sought: {named}")
    attacked = " or ".join(dict.fromkeys(run.settings.encoder for run in runs))
    if any(_held_out(run) for run in runs):
        sentences.append(f"Above a reconstruction: mean cosine on held-out encoders; {attacked} is attacked")
    else:
        sentences.append(f"Above a reconstruction: cosine on {attacked}, which is attacked")
    if not drawing.source:
        sentences.append("Photographs are left out")
    return ". ".join(sentences) + "."


def _cell(cell: str, drawing: SheetSpec, drawn: Sequence[DrawnRun]) -> Cell | None:
    what, _, number = cell.partition(":")
    if not what:
        return None
    one = drawn[int(number)]
    if what == "photograph":
        return Cell(one.frame, reconstruction=False) if drawing.source and one.frame is not None else None
    return Cell(one.native, facts(one.run), guided=one.run.guided_by_photograph)


def facts(run: InversionRun) -> tuple[str, ...]:
    """The mean cosine on held-out encoders; the attacked one's where no other knows the target."""
    held_out = _held_out(run)
    if held_out:
        return f"held out {np.mean(held_out):.2f}", f"{np.mean(held_out):.2f}"
    attacked = next((score.score for score in run.scores if score.attacked), None)
    return ("no face found",) if attacked is None else (f"cosine {attacked:.2f}", f"{attacked:.2f}")


def _held_out(run: InversionRun) -> list[float]:
    return [score.score for score in run.scores if not score.attacked and score.measure == "cosine"]
