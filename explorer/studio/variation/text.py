"""What several inversions agree in, in words: the rows that command line, figure and panel show alike."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # the window opens before torch is loaded
    from explorer.science.evaluation.variation import Agreement
    from explorer.studio.variation.running import Variation

HEADINGS = ("", "vector says", "results show", "results", "random faces", "determined")
EXPLANATION = (
    "Results and random faces: mean over pairs of the share that agrees, of the difference, or of the cosine "
    "(dlib-resnet: distance); of the pictures, the spread of each pixel's colour in CIELAB (ΔE). Determined: 1 less "
    "the disagreement of the results over that of random faces; 0 % where results differ as random faces do."
)


class Row(NamedTuple):
    """One line: what is compared, what the vector says of it, what the results show, the two means, the share."""

    title: str
    vector: str
    answer: str
    results: str
    random: str
    determined: str


def rows(record: Variation) -> list[Row]:
    """A line for each thing that is compared."""
    return [
        Row(
            one.title,
            record.readouts.get(one.name, ""),
            one.answer,
            _number(one.results, one),
            _number(one.random, one),
            percent(one.determined),
        )
        for one in record.agreements
    ]


def percent(share: float | None) -> str:
    """A share that is determined; less than nothing is nothing, and a dash where there is no telling."""
    return "–" if share is None else f"{100 * max(share, 0.0):.0f} %"


def summary(record: Variation) -> str:
    """What was done, in a sentence or two."""
    seeds = [run.settings.seed for run in record.runs]
    words = (
        f"{len(record.runs)} inversions of one embedding of {record.runs[0].settings.encoder}, random starts of the "
        f"seeds {seeds[0]} to {seeds[-1]}, beside {record.random_faces} random faces"
    )
    lost = len(record.without_face)
    return f"{words}; {lost} without a face left out" if lost else words


def as_text(record: Variation) -> str:
    """The lines in aligned columns."""
    every = [Row(*HEADINGS), *rows(record)]
    shown = [place for place in range(len(HEADINGS)) if any(row[place] for row in every[1:])]
    widths = [max(len(row[place]) for row in every) for place in shown]
    lines = []
    for row in every:
        cells = [
            row[place].ljust(width) if place < 3 else row[place].rjust(width)
            for place, width in zip(shown, widths, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join([summary(record), *lines])


def as_csv(record: Variation) -> str:
    """One line a thing compared, numbers in full."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    fields = ("name", "group", "answer", "measure", "unit", "results", "random", "determined")
    writer.writerow([*fields, "vector"])
    for one in record.agreements:
        values = [getattr(one, field) for field in fields]
        writer.writerow([*("" if value is None else value for value in values), record.readouts.get(one.name, "")])
    return file.getvalue()


def _number(value: float, of: Agreement) -> str:
    if of.unit:
        return f"{value:.1f} {of.unit}"
    return f"{100 * value:.0f} %" if of.group == "attribute" else f"{value:.2f}"
