"""Table 4.1 of the thesis as text, CSV and LaTeX, and figure 4.6: how near the encoders find the results."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from explorer.science.evaluation.reconstruction import MEASURES, MeasureSpec
from explorer.studio.evaluation.ablation import VARIANTS, Reconstruction
from explorer.studio.export.lettering import wrapped
from explorer.studio.export.page import GREY, HELD_OUT, INK, RULE, SMALL, Page, house_style, typeface

# In millimetres: a line of text, a row of the chart, and what the names beside it take.
_LINE, _ROW, _NAMES = 2.8, 4.2, 46.0


@dataclass(frozen=True)
class AblationRow:
    """The means of a variant over the photographs.

    measures: by name. scores: mean score on each encoder. faces: how many results the measures were taken on.
    """

    title: str
    measures: dict[str, float]
    scores: dict[str, float]
    faces: int


def rows_of(results: Sequence[Reconstruction]) -> list[AblationRow]:
    """The mean of each variant, over the photographs of which every result shows a face, so that rows compare."""
    whole = {name for name in {one.photograph for one in results} if _complete(results, name)}
    rows = []
    for variant in VARIANTS:
        mine = [one for one in results if one.variant == variant.name and one.photograph in whole]
        if not mine:
            continue
        measures = {
            spec.name: float(np.mean([getattr(one.measures, spec.name) for one in mine]))
            for spec in MEASURES.enabled().values()
        }
        encoders = [score.encoder for score in mine[0].run.scores]
        scores = {name: float(np.mean([_score(one, name) for one in mine])) for name in encoders}
        rows.append(AblationRow(variant.title, measures, scores, len(mine)))
    return rows


def _complete(results: Sequence[Reconstruction], photograph: str) -> bool:
    return all(one.measures is not None for one in results if one.photograph == photograph)


def _score(result: Reconstruction, encoder: str) -> float:
    return next(score.score for score in result.run.scores if score.encoder == encoder)


def as_text(rows: Sequence[AblationRow], origin: str) -> str:
    """The table in aligned columns; `origin` says where the targets came from."""
    head, cells = _cells(rows)
    every = [["", *head], *cells]
    widths = [max(len(row[place]) for row in every) for place in range(len(every[0]))]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in every
    ]
    return "\n".join([_title(rows, origin), *lines])


def as_latex(rows: Sequence[AblationRow], origin: str) -> str:
    """A tabular for the booktabs package."""
    head, cells = _cells(rows)
    lines = [
        f"% {_title(rows, origin)}",
        rf"\begin{{tabular}}{{l{'r' * len(head)}}}",
        r"\toprule",
        " & ".join(["", *map(_escaped, head)]) + r" \\",
        r"\midrule",
        *(" & ".join(map(_escaped, row)) + r" \\" for row in cells),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join([*lines, ""])


def as_csv(results: Sequence[Reconstruction]) -> str:
    """One line a result: photograph, variant, origin of the targets, measures, score on every encoder, seconds."""
    encoders = list(dict.fromkeys(score.encoder for one in results for score in one.run.scores))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(
        ["photograph", "variant", "targets", *(spec.name for spec in MEASURES.enabled().values()), *encoders, "seconds"]
    )
    for one in results:
        measures = [
            "" if one.measures is None else getattr(one.measures, spec.name) for spec in MEASURES.enabled().values()
        ]
        known = {score.encoder: score.score for score in one.run.scores}
        targets = " ".join(dict.fromkeys(one.run.sought.values()))
        numbers = [*measures, *(known.get(encoder, "") for encoder in encoders), round(one.run.seconds, 1)]
        writer.writerow([one.photograph, one.variant, targets, *numbers])
    return file.getvalue()


def draw_likeness(results: Sequence[Reconstruction], width: float = 120.0) -> Figure:
    """Figure 4.6: the distribution of the cosine between photograph and result on the encoders that were not attacked.

    Only encoders compared by cosine, for one measure.
    """
    encoders = _cosine_encoders(results)
    note = wrapped(
        "Cosine between the photograph and its reconstruction on encoders that were not attacked; each dot is one "
        "photograph, the line is the mean.",
        SMALL,
        width - 0.5,
    )
    height = _ROW * max(1, len(encoders) * (len(VARIANTS) + 1) - 1)
    with house_style():
        page = Page(width, height + 8 + _LINE * len(note), 300)
        axes = page.axes(_NAMES, 2, width - _NAMES - 2, height)
        names: dict[float, str] = {}
        for group, encoder in enumerate(encoders):
            for place, variant in enumerate(VARIANTS):
                at = -float(group * (len(VARIANTS) + 1) + place)
                names[at] = f"{encoder}: {variant.title}"
                _draw_row(axes, at, [one for one in results if one.variant == variant.name], encoder, HELD_OUT[group])
        axes.set_yticks(list(names), list(names.values()))
        _finish(axes)
        for line, words in enumerate(note):
            page.text(0, height + 8 + _LINE * (line + 0.6), words, size=SMALL, colour=GREY)
    return page.figure


def _draw_row(axes: Axes, at: float, results: Sequence[Reconstruction], encoder: str, colour: str) -> None:
    """Draw the scores of one variant on one encoder at a height of the chart."""
    values = np.array([_score(one, encoder) for one in results if one.run.scores])
    if len(values):
        axes.plot(values, at + _spread(values), "o", ms=2.2, mew=0, color=colour, alpha=0.8)
        axes.plot([values.mean()] * 2, [at - 0.35, at + 0.35], color=INK, lw=1.2)


def _finish(axes: Axes) -> None:
    axes.tick_params(length=0)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(typeface(SMALL))
    axes.grid(axis="x", color=RULE, lw=0.4)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _spread(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Move dots up and down by their rank, so that near ones can be told apart."""
    ranks = values.argsort().argsort()
    moved: NDArray[np.floating] = (ranks % 5 - 2) * 0.12
    return moved


def _cosine_encoders(results: Sequence[Reconstruction]) -> list[str]:
    found = [score for one in results for score in one.run.scores]
    return list(dict.fromkeys(one.encoder for one in found if not one.attacked and one.measure == "cosine"))


def _title(rows: Sequence[AblationRow], origin: str) -> str:
    return f"{rows[0].faces} photographs, targets {origin}" if rows else "no photograph could be measured"


def _cells(rows: Sequence[AblationRow]) -> tuple[list[str], list[list[str]]]:
    encoders = list(rows[0].scores) if rows else []
    head = [*(_headed(spec) for spec in MEASURES.enabled().values()), *encoders]
    cells = [
        [
            row.title,
            *(f"{row.measures[spec.name]:.{spec.digits}f}" for spec in MEASURES.enabled().values()),
            *(f"{row.scores[encoder]:.3f}" for encoder in encoders),
        ]
        for row in rows
    ]
    return head, cells


def _headed(spec: MeasureSpec) -> str:
    return f"{spec.title} {'↓' if spec.better == 'lower' else '↑'}"


def _escaped(text: str) -> str:
    for plain, written in (("%", r"\%"), ("_", r"\_"), ("↓", r"$\downarrow$"), ("↑", r"$\uparrow$")):
        text = text.replace(plain, written)
    return text
