"""Table 3.1 of the thesis as text, CSV, LaTeX and a figure."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.figure import Figure

from explorer.science.evaluation.leakage import LeakageTable
from explorer.science.leakage.probes import PROBES
from explorer.science.leakage.readout import MetricValue
from explorer.studio.export.lettering import width_of, wrapped
from explorer.studio.export.page import GREY, SMALL, Page, house_style

# The thesis's columns first, then what it does not have.
_FIRST = ("smiling", "hat", "eyeglasses", "landmarks", "histogram")
_BASELINE = "baseline"
_ROW, _LINE, _DPI = 4.2, 2.8, 300
_SIDE, _GAP = 1.0, 3.0
_NOTE = (
    "Share of faces for which an attribute or expression is right (higher is better); mean error of the others (lower "
    "is better): landmarks in percent of the distance between the outer eye corners, colours as earth mover's distance "
    "in bins. In brackets 95 % intervals. The baseline always says the commonest class, or the mean. “From image”: the "
    "networks that label, where they were asked again or hand labels are the truth; with a CNN’s name, a network that "
    "was trained to find the labeller’s landmarks."
)


class _Cells(NamedTuple):
    """A table as words: its head, and a row of cells with the intervals that belong under them."""

    head: list[str]
    rows: list[list[tuple[str, str]]]


def columns(table: LeakageTable) -> list[str]:
    """The probes of a table, the thesis's first."""
    found = {name for row in table.rows for name in row.cells}
    return [name for name in dict.fromkeys((*_FIRST, *PROBES)) if name in found]


def as_text(table: LeakageTable) -> str:
    """The table in aligned columns."""
    cells = _cells(table)
    rows = [[source, *(" ".join(part for part in cell if part) for cell in row)] for (source, _), *row in cells.rows]
    every = [["", *cells.head], *rows]
    widths = [max(len(row[column]) for row in every) for column in range(len(cells.head) + 1)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in every]
    return "\n".join([f"{table.name}, {table.faces} faces", *lines])


def as_csv(table: LeakageTable) -> str:
    """One line a cell: set, source, probe, measure, unit, value, low, high, chance, faces."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    fields = ("measure", "unit", "value", "low", "high", "chance", "faces")
    writer.writerow(["set", "source", "probe", *fields])
    for row in table.rows:
        for probe, quality in row.cells.items():
            numbers = [getattr(quality, field) for field in fields]
            writer.writerow([table.name, row.source, probe, *("" if one is None else one for one in numbers)])
    return file.getvalue()


def as_latex(table: LeakageTable) -> str:
    """A tabular for the booktabs package, with the intervals left out."""
    cells = _cells(table)
    lines = [
        f"% {table.name}, {table.faces} faces",
        rf"\begin{{tabular}}{{l{'r' * len(cells.head)}}}",
        r"\toprule",
        " & ".join(["", *map(_escaped, cells.head)]) + r" \\",
        r"\midrule",
        *(" & ".join(_escaped(value) for value, _ in row) + r" \\" for row in cells.rows),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join([*lines, ""])


def draw_leakage(tables: Sequence[LeakageTable]) -> Figure:
    """The tables one under the other on a page as wide as the widest needs."""
    every = [_cells(table) for table in tables]
    widths = [_widths(cells) for cells in every]
    width = max(180.0, *(sum(one) + _GAP * (len(one) - 1) + 2 * _SIDE for one in widths))
    note = wrapped(_NOTE, SMALL, width - 2 * _SIDE)
    heights = [_ROW * 3 + (_ROW + _LINE) * len(cells.rows) + _ROW for cells in every]
    with house_style():
        page = Page(width, sum(heights) + _LINE * (len(note) + 1), _DPI)
        top = 0.0
        for table, cells, one, height in zip(tables, every, widths, heights, strict=True):
            _draw(page, table, cells, one, top)
            top += height
        for line, text in enumerate(note):
            page.text(_SIDE, top + _LINE * (line + 1), text, size=SMALL, colour=GREY)
    return page.figure


def _draw(page: Page, table: LeakageTable, cells: _Cells, widths: Sequence[float], top: float) -> None:
    slack = (page.width - 2 * _SIDE - sum(widths)) / max(len(widths) - 1, 1)
    rights, right = [], _SIDE
    for width in widths:
        right += width
        rights.append(right)
        right += slack
    page.text(_SIDE, top + _ROW - 1.2, f"{table.name}, {table.faces} faces", weight="SemiBold")
    page.rule(0, page.width, top + _ROW, 0.7)
    for right, title in zip(rights[1:], cells.head, strict=True):
        page.text(right, top + 2 * _ROW - 1.2, title, weight="Medium", align="right")
    page.rule(0, page.width, top + 2 * _ROW, 0.4)
    for number, row in enumerate(cells.rows):
        baseline = top + 2 * _ROW + (_ROW + _LINE) * number + _ROW - 0.8
        page.text(_SIDE, baseline, row[0][0])
        for right, (value, interval) in zip(rights[1:], row[1:], strict=True):
            page.text(right, baseline, value, align="right")
            page.text(right, baseline + _LINE, interval, size=SMALL, colour=GREY, align="right")
    page.rule(0, page.width, top + 2 * _ROW + (_ROW + _LINE) * len(cells.rows) + 0.6, 0.7)


def _widths(cells: _Cells) -> list[float]:
    """What each column needs, in millimetres."""
    every = [[(title, "") for title in ("", *cells.head)], *cells.rows]
    return [
        max(max(width_of(row[place][0], 6.5, "Medium"), width_of(row[place][1], SMALL)) for row in every)
        for place in range(len(cells.head) + 1)
    ]


def _cells(table: LeakageTable) -> _Cells:
    names = columns(table)
    rows = [
        [(row.source, ""), *(_cell(row.cells[name]) if name in row.cells else ("–", "") for name in names)]
        for row in table.rows
    ]
    baseline = [(_BASELINE, "")]
    for name in names:
        quality = next(row.cells[name] for row in table.rows if name in row.cells)
        baseline.append(("–" if quality.chance is None else _number(quality.chance, quality), ""))
    return _Cells([PROBES[name].title for name in names], [*rows, baseline])


def _cell(quality: MetricValue) -> tuple[str, str]:
    low, high = (_number(value, quality).partition(" ")[0] for value in (quality.low, quality.high))
    return _number(quality.value, quality), f"[{low}, {high}]"


def _number(value: float, quality: MetricValue) -> str:
    if not quality.unit:
        return f"{100 * value:.1f} %"
    return f"{value:.2f} {quality.unit}"


def _escaped(text: str) -> str:
    return text.replace("%", r"\%").replace("–", "--")
