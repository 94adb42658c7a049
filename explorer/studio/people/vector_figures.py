"""Figures 16, 18, 20, 21 and 26 of DIFFUSE: groups as Gaussians, whom who is taken for, and genders along vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from numpy.typing import NDArray

from explorer.science.synthetic.parameter_vectors import GroupVectors
from explorer.studio.export.lettering import wrapped
from explorer.studio.export.page import ATTACKED, GREY, HELD_OUT, INK, RULE, SMALL, Page, house_style, typeface
from explorer.studio.people.vectors import FoundVectors, GenderSet, Judged

Floats = NDArray[np.float64]

NOTE = (
    "Groups and genders of drawn people are names of a modelling programme's sliders (MakeHuman's), of photographs "
    "those that annotators chose: neither is a property of anybody"
)
_LINE, _TITLE, _TICKS = 2.8, 4.2, 5.5
_FEMALE, _MALE = HELD_OUT[2], HELD_OUT[0]
_BINS = 48
# Of a set's people, so many are drawn as dots.
_DOTS = 1500


@dataclass(frozen=True)
class _Grid:
    """Charts in rows and columns, in millimetres. left: room for what stands beside the first column."""

    rows: int
    columns: int
    width: float
    height: float
    left: float
    gap: float = 5.0

    @property
    def page_width(self) -> float:
        """Of everything."""
        return self.left + self.columns * self.width + (self.columns - 1) * self.gap + 2.0

    @property
    def row(self) -> float:
        """From the top of one row to that of the next."""
        return _TITLE + self.height + _TICKS + 2.0

    def spot(self, row: int, column: int) -> tuple[float, float]:
        """Left and top of a chart."""
        return self.left + column * (self.width + self.gap), _TITLE + row * self.row


def draw_confusion(judged: Judged) -> Figure:
    """Figure 18: of each true group, the share that is taken for each.

    Raises:
        ValueError: the set has no groups.
    """
    if judged.vectors is None or judged.shares is None:
        raise ValueError(f"{judged.name} has no groups")
    names, shares = judged.vectors.names, judged.shares
    side = 14.0 * len(names)
    note = (
        f"Of those in each row's group ({judged.name}, {judged.judged:,} in all), the share whose shape reaches "
        f"farthest along each column's vector. Vectors are means of {judged.vectors.people:,} others of each, "
        f"balanced. {NOTE}."
    )

    def paint(page: Page) -> None:
        axes = page.axes(26, 4, side, side)
        axes.imshow(shares, vmin=0, vmax=1, cmap="Blues", aspect="auto")
        for (row, column), share in np.ndenumerate(shares):
            colour = "white" if share > 0.55 else INK
            axes.text(column, row, f"{share:.2f}", ha="center", va="center", color=colour, fontproperties=typeface())
        places = range(len(names))
        axes.set_xticks(places, [_broken(name) for name in names])
        axes.set_yticks(places, [_broken(name) for name in names])
        axes.set_xlabel("taken for", fontproperties=typeface(), labelpad=3)
        axes.set_ylabel("named", fontproperties=typeface(), labelpad=3)
        _plain(axes)

    return _page(max(26 + side + 4, 80), 4 + side + 11, note, paint)


def draw_gaussians(found: FoundVectors) -> Figure:
    """Figure 16: the groups' Gaussians and their people, in the plane in which the groups' means lie.

    Raises:
        ValueError: the people have no groups.
    """
    vectors = found.judged[0].vectors
    if vectors is None:
        raise ValueError("the drawn people have no groups")
    plane = plane_of(vectors)
    shown = found.shapes[:_DOTS] @ plane.T
    note = (
        f"{len(shown):,} drawn people in the plane of the model's {found.shapes.shape[1]} components of shape in which "
        f"the means of their groups lie, with ellipses of one and two deviations of each group's Gaussian, whose "
        f"parameters are independent of each other as in the report. {NOTE}."
    )

    def paint(page: Page) -> None:
        axes = page.axes(12, 3, 86, 72)
        for place, name in enumerate(vectors.names):
            colour = _colour(place)
            dots = shown[found.groups[:_DOTS] == name]
            axes.plot(dots[:, 0], dots[:, 1], "o", ms=1.1, mew=0, color=colour, alpha=0.45)
            middle = plane @ vectors.means[place]
            covariance = (plane * vectors.spreads[place] ** 2) @ plane.T
            for deviations in (1, 2):
                axes.add_patch(_ellipse(middle, covariance, deviations, colour))
            axes.plot(*middle, "o", ms=4, mew=0.8, mec="white", color=colour, label=name)
        axes.set_aspect("equal", adjustable="datalim")
        axes.legend(prop=typeface(), frameon=False, loc="upper left", handletextpad=0.2)
        axes.set_xlabel("deviations along the first axis of the means", fontproperties=typeface(SMALL))
        axes.set_ylabel("along the second", fontproperties=typeface(SMALL))
        _plain(axes)

    return _page(102, 86, note, paint)


def plane_of(vectors: GroupVectors) -> Floats:
    """(2, K), of length 1 and at right angles: the directions in which the means of groups differ most."""
    apart = vectors.means - vectors.means.mean(0)
    _, _, rows = np.linalg.svd(apart, full_matrices=False)
    plane: Floats = rows[:2] if len(rows) > 1 else np.stack([rows[0], np.roll(rows[0], 1)])
    return plane


def draw_coefficients(found: FoundVectors, which: str) -> Figure:
    """Figure 20 ("own") or 21 ("svm"): genders along the model's own vector, or along the classifier's, by group."""
    sets = [one for one in found.judged if one.gender is not None]
    columns = max(len(one.gender.separations) for one in sets if one.gender)
    grid = _Grid(len(sets), columns, 36, 26, 4)
    vector = {
        "own": "the model's own vector of gender, from MakeHuman's female targets to its male ones",
        "svm": "the normal of a linear support vector machine, found in each group without those who are judged",
    }[which]
    note = (
        f"Coefficients of shapes along {vector}; in each title the area under the ROC curve with its 95\u00a0% "
        f"interval by person. Magenta female, blue male, as sliders or labels say. {NOTE}."
    )

    def paint(page: Page) -> None:
        for row, one in enumerate(sets):
            assert one.gender is not None
            values = getattr(one.gender, which)
            for column, separation in enumerate(one.gender.separations):
                rows = one.gender.of(separation.group)
                left, top = grid.spot(row, column)
                area = getattr(separation, which)
                ends = "" if area.low is None else f" [{area.low:.3f}, {area.high:.3f}]"
                page.text(left, top - 1.2, separation.group, weight="Medium")
                page.text(left + grid.width, top - 1.2, f"{area.value:.3f}{ends}", size=SMALL, align="right")
                axes = page.axes(left, top, grid.width, grid.height)
                _histograms(axes, values[rows], one.gender.truth[rows], _range(values))
            left, top = grid.spot(row, 0)
            page.text(left, top + grid.height + 5.4, f"{one.name}, {one.faces:,}", size=SMALL, colour=GREY)

    return _page(grid.page_width, grid.rows * grid.row + 2, note, paint)


def draw_sets(sets: Sequence[GenderSet], people: int) -> Figure:
    """Figure 26: sets along one learnt vector; all, female, male.

    Args:
        people: of how many others the vector was learnt.
    """
    grid = _Grid(len(sets), 3, 46, 22, 4)
    both = _range(np.concatenate([one.coefficients for one in sets]))
    note = (
        "Coefficients of each set's people along the normal of a linear support vector machine that was learnt from "
        f"{people:,} other drawn people. Left all, then female, then male, as sliders or labels say. {NOTE}."
    )

    def paint(page: Page) -> None:
        for row, one in enumerate(sets):
            for column, (name, kinds) in enumerate((("all", (0, 1)), ("female", (0,)), ("male", (1,)))):
                rows = np.isin(one.males, kinds)
                left, top = grid.spot(row, column)
                page.text(left, top - 1.2, one.name if column == 0 else name, weight="Medium")
                page.text(left + grid.width, top - 1.2, f"{int(rows.sum()):,}", size=SMALL, align="right")
                axes = page.axes(left, top, grid.width, grid.height)
                _histograms(axes, one.coefficients[rows], one.males[rows], both)

    return _page(grid.page_width, grid.rows * grid.row, note, paint)


def _page(width: float, height: float, note: str, paint: Callable[[Page], None]) -> Figure:
    lines = wrapped(note, SMALL, width - 2)
    with house_style():
        page = Page(width, height + _LINE * len(lines) + 2, 300)
        paint(page)
        for place, line in enumerate(lines):
            page.text(1, height + _LINE * (place + 0.9), line, size=SMALL, colour=GREY)
    return page.figure


def _histograms(axes: Axes, values: Floats, males: NDArray[np.int64], ends: tuple[float, float]) -> None:
    edges = np.linspace(*ends, _BINS + 1)
    for kind, colour in ((0, _FEMALE), (1, _MALE)):
        some = values[males == kind]
        if len(some):
            counts, _ = np.histogram(some, edges)
            axes.stairs(counts, edges, fill=True, color=colour, alpha=0.45)
            axes.stairs(counts, edges, color=colour, lw=0.7)
    axes.set_xlim(*ends)
    axes.set_ylim(bottom=0)
    axes.set_yticks([])
    _plain(axes)


def _range(values: Floats) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    return (low - 0.5, high + 0.5)


def _ellipse(middle: Floats, covariance: Floats, deviations: float, colour: str) -> Ellipse:
    lengths, axes = np.linalg.eigh(covariance)
    width, height = 2 * deviations * np.sqrt(lengths)
    angle = float(np.degrees(np.arctan2(axes[1, 0], axes[0, 0])))
    return Ellipse((middle[0], middle[1]), width, height, angle=angle, fill=False, ec=colour, lw=1.0)


def _colour(place: int) -> str:
    colours = (ATTACKED, *HELD_OUT)
    return colours[place % len(colours)]


def _broken(name: str) -> str:
    return name.replace("_", " ").replace(" ", "\n")


def _plain(axes: Axes) -> None:
    axes.tick_params(length=0, pad=2)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(typeface(SMALL))
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(side == "bottom")
        axes.spines[side].set_color(RULE)
