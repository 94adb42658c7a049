"""All ways side by side as one figure: a row a vector, a column a way, under each what the encoders say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from explorer.science.evaluation.score import EncoderScore
from explorer.studio.export.picture_grid import Cell, GridOptions, draw_grid
from explorer.studio.methods.comparing import ComparedFaces, MethodRow


@dataclass(frozen=True, eq=False)
class ComparedVector:
    """A vector's ways, and (R, R, 3) uint8 of the photograph that it is of; None of a bare vector."""

    faces: ComparedFaces
    frame: NDArray[np.uint8] | None


def methods_figure(vectors: Sequence[ComparedVector], options: GridOptions | None = None) -> Figure:
    """Draw the ways that made a face of any of the vectors.

    Raises:
        ValueError: none made any.
    """
    rows = {
        row.way: row for one in vectors for row in one.faces.compared.rows if one.faces.picture(row.way) is not None
    }
    if not rows:
        raise ValueError("no way made a face: there is nothing to draw")
    sources = any(one.frame is not None for one in vectors)
    titles = [*(["photograph"] if sources else []), *(row.title for row in rows.values())]
    cells = [[*([_photograph(one)] if sources else []), *(_cell(one.faces, way) for way in rows)] for one in vectors]
    attacked = vectors[0].faces.compared.settings.encoder
    note = f"Above each face: what {attacked}, which is attacked, says, and the mean cosine of held-out encoders. "
    note += "; ".join(f"{row.title}: {row.source}" for row in rows.values())
    return draw_grid(titles, cells, note, options)


def held_out_mean(scores: Sequence[EncoderScore]) -> float | None:
    """The mean cosine of the held-out encoders that compare by cosine; None without any."""
    known = [one.score for one in scores if not one.attacked and one.measure == "cosine"]
    return sum(known) / len(known) if known else None


def _photograph(one: ComparedVector) -> Cell | None:
    return None if one.frame is None else Cell(one.frame, reconstruction=False, title="photograph")


def _cell(faces: ComparedFaces, way: str) -> Cell | None:
    picture = faces.picture(way)
    if picture is None:
        return None
    row = next(one for one in faces.compared.rows if one.way == way)
    return Cell(picture, (facts(row),), title=row.title)


def facts(row: MethodRow) -> str:
    """Such as "0.98 | 0.88": on the attacked encoder, and on held-out ones; "no face" where none is found."""
    if not row.scores:
        return "no face"
    held = held_out_mean(row.scores)
    return f"{row.scores[0].score:.2f}" + ("" if held is None else f" | {held:.2f}")
