"""Locks of hair as fibres, which a path tracer can draw: many to a lock, each a little off its neighbours' way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.science.synthetic.strands import Strands, unit
from explorer.science.synthetic.surfaces import Floats


@dataclass(frozen=True)
class Growth:
    """How locks of a segment become fibres.

    count: fibres to a lock. radius: millimetres; hairs are a tenth of that, and as many times more. spread: by how many
    breadths of a lock the fibres' roots lie about it. loose: millimetres by which tips stray.
    """

    count: int
    radius: float
    spread: float
    loose: float


# Some of those that would hide the scalp alone; the layer under them is drawn, too.
_GROWTHS = {
    "hair": Growth(12, 0.18, 0.9, 1.2),
    "brows": Growth(3, 0.09, 2.2, 0.4),
    "lashes": Growth(2, 0.06, 1.0, 0.3),
    "beard": Growth(6, 0.10, 3.0, 0.8),
}
_DEEP = 0.25
_SHADES = 5


def fibres(locks: Strands) -> list[tuple[Floats, Floats]]:
    """The fibres of all locks in a few shades: of each the curves (N, S, 4), x, y, z, radius, and the colour (3,)."""
    growth = _GROWTHS[locks.segment]
    count, steps = locks.curves.shape[:2]
    random = np.random.default_rng([count, steps])
    side, outward = locks.sides(), unit(locks.outward)
    shape = (count, growth.count, 1)
    across, away, stray = random.uniform(-1, 1, shape), random.uniform(-1, 0.3, shape), random.normal(size=(3, *shape))
    breadth = growth.spread * locks.half_widths()[:, None]
    share = np.linspace(0, 1, steps)
    wander = growth.loose * share**1.5
    sideways = across * breadth + wander * stray[0]
    height = _DEEP * away * breadth + 0.4 * wander * stray[1]
    # Short of the lock's tip, or beyond: tips do not end on one line.
    long = 1 + 0.12 * stray[2]
    start = locks.curves[:, None, :1]
    curves = start + long[..., None] * (locks.curves[:, None] - start)
    curves = curves + sideways[..., None] * side[:, None] + height[..., None] * outward[:, None]
    radius = np.broadcast_to(growth.radius * np.interp(share, [0, 0.6, 1], [1, 0.9, 0.35]), curves.shape[:3])
    whole = np.concatenate([curves, radius[..., None]], 3).reshape(-1, steps, 4)
    colours = np.repeat(locks.colours, growth.count, 0)
    return _in_shades(whole, colours)


def _in_shades(curves: Floats, colours: Floats) -> list[tuple[Floats, Floats]]:
    order = np.argsort(colours.mean(1))
    groups = np.array_split(order, min(_SHADES, len(order)))
    return [(curves[group], np.exp(np.log(colours[group]).mean(0))) for group in groups if len(group)]
