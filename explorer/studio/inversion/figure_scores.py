"""The table of scores under a figure: every encoder, the attacked one marked as such."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from explorer.studio.export.lettering import width_of
from explorer.studio.export.page import ATTACKED, BODY, GREY, INK, RULE, SMALL, Page
from explorer.studio.inversion.figure_curves import SeriesStyle
from explorer.studio.inversion.record import EncoderScore

ROW = 4.0
_SIGN = 3.2
_UNKNOWN = "–"


@dataclass(frozen=True)
class _Column:
    title: str
    cell: Callable[[EncoderScore], str]
    align: Literal["left", "right"] = "right"


def scientific(value: float) -> str:
    """Write a rate briefly: `0.012`, `4.2·10⁻⁴`."""
    if value == 0 or value >= 0.001:
        return f"{value:.2g}"
    mantissa, exponent = f"{value:.1e}".split("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa.removesuffix('.0')}·10{raised}"


def false_match_rate(score: EncoderScore) -> str:
    """Write the share of impostors that would pass; below what the impostor set resolves, it is only bounded."""
    standing = score.standing
    if standing is None:
        return _UNKNOWN
    if standing.fmr < standing.fmr_resolution:
        return f"< {scientific(standing.fmr_resolution)}"
    return scientific(standing.fmr)


def _own_threshold(score: EncoderScore) -> str:
    if score.own_threshold is None:
        return _UNKNOWN
    return f"{score.own_threshold:.2f}: {'yes' if score.passes_own else 'no'}"


def _verdict(score: EncoderScore) -> str:
    return {True: "yes", False: "no", None: _UNKNOWN}[score.passes]


def _threshold(score: EncoderScore) -> str:
    return _UNKNOWN if score.threshold is None else f"{score.threshold:.2f}"


def _rank(score: EncoderScore) -> str:
    standing = score.standing
    return _UNKNOWN if standing is None else f"{standing.rank} of {standing.gallery + 1}"


_WIDE = (
    _Column("Encoder", lambda score: score.encoder, "left"),
    _Column("Role", lambda score: "attacked" if score.attacked else "held out", "left"),
    _Column("Measure", lambda score: "cosine" if score.measure == "cosine" else "distance", "left"),
    _Column("Score", lambda score: f"{score.score:.3f}"),
    _Column("Threshold", _threshold),
    _Column("Above threshold", _verdict),
    _Column("By makers’ threshold", _own_threshold),
    _Column("FMR at score", false_match_rate),
    _Column("Rank in gallery", _rank),
)
_NARROW = (
    _Column("Encoder", lambda score: f"{score.encoder}, attacked" if score.attacked else score.encoder, "left"),
    _Column("Score", lambda score: f"{score.score:.3f}"),
    _Column("Thr.", _threshold),
    _Column("Above", _verdict),
    _Column("FMR", false_match_rate),
    _Column("Rank", _rank),
)


def table_height(scores: Sequence[EncoderScore]) -> float:
    """Return the height of the table in millimetres."""
    return ROW * (len(scores) + 1) + 1.2


def draw_table(
    page: Page, scores: Sequence[EncoderScore], looks: dict[str, SeriesStyle], top: float, *, narrow: bool
) -> None:
    """Set the table over the whole width of the page, from `top` millimetres downwards."""
    columns = _NARROW if narrow else _WIDE
    size = SMALL if narrow else BODY
    cells = [[column.cell(score) for column in columns] for score in scores]
    places = _places(page.width, columns, cells, size)
    page.rule(0, page.width, top, 0.7)
    for column, (left, right) in zip(columns, places, strict=True):
        at = left if column.align == "left" else right
        page.text(at, top + 2.8, column.title, size=size, weight="SemiBold", align=column.align)
    page.rule(0, page.width, top + ROW, 0.4)
    for row, (score, texts) in enumerate(zip(scores, cells, strict=True)):
        baseline = top + ROW * (row + 1) + 2.9
        look = looks[score.encoder]
        page.dot(1.0, baseline - 0.85, look.colour, look.marker)
        for column, (left, right), text in zip(columns, places, texts, strict=True):
            at = left if column.align == "left" else right
            plain = column.title not in {"Score", "Above threshold", "Above"}
            colour = ATTACKED if text == "attacked" else GREY if text == "held out" else INK
            page.text(
                at,
                baseline,
                text,
                size=size,
                weight="Regular" if plain else "Medium",
                colour=colour,
                align=column.align,
            )
        if row + 1 < len(scores):
            page.rule(0, page.width, top + ROW * (row + 2) + 0.1, 0.25, RULE)
    page.rule(0, page.width, top + table_height(scores) - 0.8, 0.7)


def _places(
    width: float, columns: Sequence[_Column], cells: Sequence[Sequence[str]], size: float
) -> list[tuple[float, float]]:
    """Return each column's left and right edge: as wide as its content, the rest of the width between them."""
    widths = [
        max([width_of(column.title, size, "SemiBold"), *(width_of(row[place], size, "Medium") for row in cells)])
        for place, column in enumerate(columns)
    ]
    gap = (width - _SIGN - sum(widths)) / max(1, len(columns) - 1)
    edges, left = [], _SIGN
    for wide in widths:
        edges.append((left, left + wide))
        left += wide + gap
    return edges
