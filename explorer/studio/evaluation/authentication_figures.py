"""Figures 26 and 27 of DIFFUSE: people along the gender vector, and false rejection over false acceptance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from explorer.science.evaluation.same_person import Estimate
from explorer.studio.evaluation.authentication import AuthenticationRecord
from explorer.studio.evaluation.authentication_gender import GenderCoefficients
from explorer.studio.evaluation.authentication_settings import ARMS, TITLES
from explorer.studio.export.drawings import DOUBLE_COLUMN
from explorer.studio.export.page import ATTACKED, GREY, HELD_OUT, SMALL, Page, house_style, plain_axes

# All in millimetres.
_SCALE, _TOP, _HEIGHT, _FOOT, _NOTE = 10.0, 9.0, 52.0, 10.0, 6.0
_CHART, _ROW, _BETWEEN = 110.0, 16.0, 7.0
_COLOURS = (ATTACKED, *HELD_OUT)
_BINS = 30


def draw_roc(record: AuthenticationRecord, width: float = _CHART, dpi: float = 300) -> Figure:
    """Draw figure 27: FRR over FAR, a curve a set, with intervals by person and training."""
    with house_style():
        page = Page(width, _TOP + _HEIGHT + _FOOT + _NOTE, dpi)
        axes = page.axes(_SCALE, _TOP, width - _SCALE - 1, _HEIGHT)
        for arm, colour in zip(record.arms, _COLOURS, strict=False):
            place = 100 * np.array([_ends(one) for one in arm.roc])
            axes.fill_between(record.fars, place[:, 1], place[:, 2], color=colour, alpha=0.15, lw=0)
            axes.plot(record.fars, place[:, 0], color=colour, lw=0.9)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda far, _: f"{far:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xlim(record.fars[0], 1)
        axes.set_ylim(bottom=0)
        plain_axes(axes)
        room = width / len(ARMS)
        for number, arm in enumerate(record.arms):
            page.dot(number * room + 1.2, 2.4, _COLOURS[number], "o")
            page.text(number * room + 3.0, 3.2, TITLES[arm.arm], size=SMALL)
        below = _TOP + _HEIGHT + 7.0
        page.text(_SCALE + (width - _SCALE) / 2, below, "false acceptance rate", size=SMALL, align="center")
        page.text(0, _TOP - 1.6, "FRR, %", size=SMALL)
        page.text(0, page.height - 1.2, _note(record), size=SMALL, colour=GREY)
        return page.figure


def draw_gender(found: Sequence[GenderCoefficients], width: float = DOUBLE_COLUMN, dpi: float = 300) -> Figure:
    """Draw figure 26: a row a set, in columns everybody, women and men."""
    with house_style():
        page = Page(width, _TOP + len(found) * (_ROW + _BETWEEN) + _FOOT, dpi)
        whole = np.concatenate([[*one.women, *one.men] for one in found])
        bins = np.linspace(whole.min(), whole.max() + 1e-9, _BINS + 1)
        room = width / 3
        for row, one in enumerate(found):
            top = _TOP + row * (_ROW + _BETWEEN)
            columns = {"everybody": (*one.women, *one.men), "women": one.women, "men": one.men}
            for column, (title, values) in enumerate(columns.items()):
                left = column * room
                if row == 0:
                    page.text(left, 3.0, title, weight="Medium")
                page.text(left, top + 2.0, f"{one.set}, {len(values)}", size=SMALL, colour=GREY)
                axes = page.axes(left, top + 3.0, room - 4.0, _ROW - 1.0)
                if values:
                    axes.hist(values, bins=bins.tolist(), color=_COLOURS[column], density=True, lw=0)
                axes.set_xlim(bins[0], bins[-1])
                axes.set_yticks([])
                axes.spines["left"].set_visible(False)
                plain_axes(axes)
        words = (
            "Components of shapes along the gender vector, in deviations; labels are those that people were drawn by."
        )
        page.text(0, page.height - 1.2, words, size=SMALL, colour=GREY)
        return page.figure


def _ends(one: Estimate) -> tuple[float, float, float]:
    low = one.value if one.low is None else one.low
    high = one.value if one.high is None else one.high
    return one.value, low, high


def _note(record: AuthenticationRecord) -> str:
    return (
        f"{record.target}: {record.test['people']} people, {record.settings.trainings} trainings each; shaded: 95 % "
        "by person and training."
    )
