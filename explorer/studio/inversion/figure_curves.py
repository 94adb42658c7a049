"""The curves of a run: loss by term, cosine on attacked and held-out encoders, distances."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from explorer.science.recognition.registry import encoder_spec
from explorer.studio.export.page import ATTACKED, GREY, HELD_OUT, INK, RULE, SMALL, typeface
from explorer.studio.inversion.record import InversionRun

MARKERS = ("o", "s", "D", "^", "v")
_TERMS = {"identity": ATTACKED, "prior": GREY, "landmarks": "#0072b2", "histogram": "#009e73"}
_OTHER_TERMS = ("#aa4f88", "#56b4e9", "#b08400")
_LABEL_GAP = 2.6
_SLIDERS_NAMED = 3


@dataclass(frozen=True)
class SeriesStyle:
    """How one encoder is drawn, the same in curves and table."""

    colour: str
    marker: str
    attacked: bool


class End(NamedTuple):
    """Where a curve ends and how it is labelled there."""

    value: float
    name: str
    colour: str


def looks(run: InversionRun) -> dict[str, SeriesStyle]:
    """Give every encoder of a run its colour and sign; the attacked one comes first."""
    attacked = run.settings.encoder
    seen = [score.encoder for score in run.scores] + [name for step in run.steps for name in step.scores]
    held_out = [name for name in dict.fromkeys(seen) if name != attacked]
    given = {attacked: SeriesStyle(ATTACKED, "o", attacked=True)}
    for place, name in enumerate(held_out):
        given[name] = SeriesStyle(HELD_OUT[place % len(HELD_OUT)], MARKERS[(place + 1) % len(MARKERS)], attacked=False)
    return given


def distances(run: InversionRun) -> list[str]:
    """Return the encoders of a run whose measure is a distance and that have points to draw."""
    euclidean = {name for name in looks(run) if encoder_spec(name).measure == "euclidean"}
    return [name for name in looks(run) if name in euclidean and any(name in step.scores for step in run.steps)]


def draw_losses(axes: Axes, run: InversionRun, height: float) -> None:
    """Draw the weighted terms, which add up to the total, and where a slider moved.

    Args:
        height: of the axes in millimetres, for the placing of labels.
    """
    steps = [step.index for step in run.steps]
    spare = iter(_OTHER_TERMS)
    ends: list[End] = []
    for term in dict.fromkeys(term for step in run.steps for term in step.losses):
        colour = _TERMS.get(term) or next(spare, GREY)
        values = [step.losses.get(term, 0.0) * step.weights.get(term, 0.0) for step in run.steps]
        axes.plot(steps, values, color=colour, lw=1.0)
        ends.append(End(values[-1], term, colour))
    totals = [step.total for step in run.steps]
    axes.plot(steps, totals, color=INK, lw=1.4)
    ends.append(End(totals[-1], "total", INK))
    axes.set_ylim(min(0.0, *totals), max(max(totals) * 1.05, 1e-6))
    _finish(axes, run)
    _mark_sizes(axes, run, named=False)
    _mark_sliders(axes, run)
    _label_ends(axes, ends, height)


def draw_cosines(axes: Axes, run: InversionRun, height: float, milestones: Collection[int] = ()) -> None:
    """Draw the cosine to the target on the attacked encoder and on held-out ones, with their thresholds.

    Args:
        height: of the axes in millimetres.
        milestones: steps whose pictures are shown; ringed on the attacked encoder's curve, where the result is
            a filled dot.
    """
    apart = set(distances(run))
    ends: list[End] = []
    lowest = 0.0
    for name, look in looks(run).items():
        points = [(step.index, step.scores[name]) for step in run.steps if name in step.scores]
        if look.attacked:
            points = [(step.index, step.cosine) for step in run.steps]
            _ring(axes, [point for point in points if point[0] in milestones], look, "white")
            _ring(axes, [point for point in points if point[0] == run.best_index], look, look.colour)
        if not points or (name in apart and not look.attacked):
            continue
        _draw_encoder(axes, points, look)
        ends.append(End(points[-1][1], name, look.colour))
        lowest = min(lowest, *(value for _, value in points))
        if name not in apart:
            _draw_threshold(axes, run, name, look)
    axes.set_ylim(lowest, 1.0)
    _finish(axes, run)
    _mark_sizes(axes, run, named=True)
    _label_ends(axes, ends, height)


def draw_distances(axes: Axes, run: InversionRun, height: float) -> None:
    """Draw the distances to the target, downwards, so that here too higher means closer."""
    ends: list[End] = []
    highest = 0.0
    for name in distances(run):
        look = looks(run)[name]
        points = [(step.index, step.scores[name]) for step in run.steps if name in step.scores]
        _draw_encoder(axes, points, look)
        ends.append(End(points[-1][1], name, look.colour))
        highest = max(highest, _draw_threshold(axes, run, name, look), *(value for _, value in points))
    axes.set_ylim(highest * 1.1, 0.0)
    _finish(axes, run)
    _mark_sizes(axes, run, named=False)
    _label_ends(axes, ends, height)


def _draw_threshold(axes: Axes, run: InversionRun, name: str, look: SeriesStyle) -> float:
    """Draw an encoder's threshold, where the run knows it, and return it (else 0)."""
    threshold = next((score.threshold for score in run.scores if score.encoder == name), None)
    if threshold is None:
        return 0.0
    axes.axhline(threshold, color=look.colour, lw=0.7, ls=(0, (3, 2)), zorder=1)
    return threshold


def _ring(axes: Axes, points: Sequence[tuple[int, float]], look: SeriesStyle, inside: str) -> None:
    across, up = [index for index, _ in points], [value for _, value in points]
    axes.plot(across, up, ls="", marker="o", ms=3.6, mfc=inside, mec=look.colour, mew=0.9, zorder=4, clip_on=False)


def _mark_sizes(axes: Axes, run: InversionRun, *, named: bool) -> None:
    """Draw a line where the images became larger, for the curves jump there, and to which size below the curves."""
    for before, step in pairwise(run.steps):
        if step.resolution == before.resolution:
            continue
        axes.axvline(step.index, color=GREY, lw=0.4, ls=(0, (4, 2)), zorder=0)
        late = step.index > 0.8 * run.steps[-1].index
        if named:
            axes.annotate(
                f"{step.resolution} px",
                (step.index, 0),
                xytext=(-2 if late else 2, 1.5),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                fontproperties=typeface(SMALL),
                color=GREY,
                ha="right" if late else "left",
                va="bottom",
            )


def _mark_sliders(axes: Axes, run: InversionRun) -> None:
    """Draw a line where a weight changed, and what it became where there is room to say so."""
    for change in run.weight_changes:
        axes.axvline(change.step, color=GREY, lw=0.5, ls=(0, (1, 1.5)), zorder=0)
    if len(run.weight_changes) > _SLIDERS_NAMED:
        return
    for place, change in enumerate(run.weight_changes):
        late = change.step > 0.6 * run.steps[-1].index
        axes.annotate(
            f"{change.term} {change.weight:g}",
            (change.step, 1 - 0.09 * place),
            xytext=(-2.5 if late else 2.5, -1),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            fontproperties=typeface(SMALL),
            color=GREY,
            ha="right" if late else "left",
            va="top",
        )


def _draw_encoder(axes: Axes, points: Sequence[tuple[int, float]], look: SeriesStyle) -> None:
    across, up = [index for index, _ in points], [value for _, value in points]
    if look.attacked:
        axes.plot(across, up, color=look.colour, lw=1.6, zorder=3)
    else:
        axes.plot(across, up, color=look.colour, lw=0.8, marker=look.marker, ms=2.4, mew=0, zorder=2, clip_on=False)


def _finish(axes: Axes, run: InversionRun) -> None:
    last = run.steps[-1].index if run.steps else 1
    axes.set_xlim(0, max(1, last))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, steps=[1, 2, 3, 4, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_linewidth(0.5)
        axes.spines[side].set_color(INK)
    axes.tick_params(length=2, width=0.5, pad=1.5, colors=INK)
    axes.grid(axis="y", color=RULE, lw=0.3, zorder=0)
    axes.set_axisbelow(True)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(typeface(SMALL))


def _label_ends(axes: Axes, ends: Sequence[End], height: float) -> None:
    """Write each curve's name behind its end, moved apart where two would collide."""
    first, last = axes.get_ylim()

    def up(end: End) -> float:
        return min(max((end.value - first) / (last - first), 0.0), 1.0) * height

    ordered = sorted(ends, key=up)
    for place, end in zip(spread([up(end) for end in ordered], _LABEL_GAP, height), ordered, strict=True):
        axes.annotate(
            end.name,
            (1, place / height),
            xytext=(3, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            fontproperties=typeface(SMALL, "Medium"),
            color=end.colour,
            va="center",
            annotation_clip=False,
        )


def spread(wanted: Sequence[float], gap: float, height: float) -> list[float]:
    """Move sorted positions as little as needed for neighbours to be `gap` apart within 0..height."""
    placed: list[float] = []
    for position in wanted:
        placed.append(max(position, placed[-1] + gap) if placed else position)
    ceiling = height
    for place in range(len(placed) - 1, -1, -1):
        placed[place] = min(placed[place], ceiling)
        ceiling = placed[place] - gap
    return placed
