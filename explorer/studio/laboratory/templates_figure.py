"""Figure 16 of the Deep Face Decoder: TAR over the photographs in a template, a chart for each condition."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from explorer.science.laboratory.degradations import MIXED
from explorer.studio.export.drawings import DOUBLE_COLUMN
from explorer.studio.export.page import ATTACKED, GREY, HELD_OUT, SMALL, Page, house_style, plain_axes
from explorer.studio.laboratory.templates_judged import TemplatesRecord

# All in millimetres.
_SCALE, _TITLE, _HEIGHT, _FOOT, _GAP = 9.0, 5.0, 34.0, 9.0, 4.0
_LEGEND, _NOTE = 6.0, 9.0
_ABREAST = 3
# In photographs: how far the curves of two encoders are set apart.
_APART = 0.12
_COLOURS, _MARKERS = (ATTACKED, *HELD_OUT), ("o", "s", "D", "^", "v", "P")


def draw_templates(record: TemplatesRecord, width: float = DOUBLE_COLUMN, dpi: float = 300) -> Figure:
    """Draw every encoder's curve with its interval by person."""
    with house_style():
        conditions = list(record.conditions)
        across = min(_ABREAST, len(conditions))
        down = math.ceil(len(conditions) / across)
        row = _TITLE + _HEIGHT + _FOOT
        page = Page(width, _LEGEND + down * row + _NOTE, dpi)
        encoders = list(dict.fromkeys(row.encoder for row in record.rows))
        _legend(page, encoders)
        room = (width + _GAP) / across
        lowest = _lowest(record)
        for place, condition in enumerate(conditions):
            left, top = place % across * room, _LEGEND + place // across * row
            page.text(left + _SCALE, top + _TITLE - 1.6, condition, weight="Medium")
            if condition != MIXED:
                words = record.conditions[condition]
                page.text(left + room - _GAP, top + _TITLE - 1.6, words, size=SMALL, colour=GREY, align="right")
            axes = page.axes(left + _SCALE, top + _TITLE, room - _GAP - _SCALE, _HEIGHT)
            _curves(axes, record, condition, encoders)
            axes.set_ylim(lowest, 1 + 0.03 * (1 - lowest))
            middle = left + _SCALE + (room - _GAP - _SCALE) / 2
            page.text(middle, top + _TITLE + _HEIGHT + 6.0, "photographs in a template", size=SMALL, align="center")
        page.text(0, page.height - 3.6, _note(record), size=SMALL, colour=GREY)
        if record.credit:
            page.text(0, page.height - 0.8, record.credit, size=SMALL, colour=GREY)
        return page.figure


def _legend(page: Page, encoders: list[str]) -> None:
    room = page.width / max(4, len(encoders))
    for place, encoder in enumerate(encoders):
        page.dot(place * room + 1.2, 2.4, _COLOURS[place % len(_COLOURS)], _MARKERS[place % len(_MARKERS)])
        page.text(place * room + 3.0, 3.2, encoder)


def _curves(axes: Axes, record: TemplatesRecord, condition: str, encoders: list[str]) -> None:
    for place, encoder in enumerate(encoders):
        row = record.of(encoder, condition)
        if row is None:
            continue
        colour, marker = _COLOURS[place % len(_COLOURS)], _MARKERS[place % len(_MARKERS)]
        points = row.curve.points
        # Side by side, so that intervals of several encoders can be told apart.
        numbers = [point.photographs + _APART * (place - (len(encoders) - 1) / 2) for point in points]
        axes.plot(numbers, [point.tar.value for point in points], color=colour, lw=0.9, marker=marker, ms=2.6, mew=0)
        low = [point.tar.value if point.tar.low is None else point.tar.low for point in points]
        high = [point.tar.value if point.tar.high is None else point.tar.high for point in points]
        axes.vlines(numbers, low, high, color=colour, lw=0.5, alpha=0.6)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    plain_axes(axes)


def _lowest(record: TemplatesRecord) -> float:
    """One scale for all charts, down to the lowest end of an interval."""
    ends = [
        point.tar.value if point.tar.low is None else point.tar.low
        for row in record.rows
        if row.weighting == "equal"
        for point in row.curve.points
    ]
    return max(0.0, math.floor(10 * min(ends, default=0.0)) / 10)


def _note(record: TemplatesRecord) -> str:
    return (
        f"TAR at FAR {100 * record.far:g} % of templates against single photographs of {record.set}, {record.people} "
        "people; lines: 95 % intervals by person."
    )
