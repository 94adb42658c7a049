"""What is behind the person: one colour, a slope of two, or a room out of focus."""

from __future__ import annotations

import numpy as np

from explorer.science.synthetic.scene import Background
from explorer.science.synthetic.surfaces import Floats, linear_from_display

_BLOBS = 14


def backdrop(background: Background, size: int) -> Floats:
    """(3, S, S) linear RGB; the same at every size, but for its resolution."""
    colours = linear_from_display(np.array(background.colours))
    place = (np.arange(size) + 0.5) / size
    y, x = np.meshgrid(place, place, indexing="ij")
    if background.kind == "plain":
        return np.broadcast_to(colours[0][:, None, None], (3, size, size)).copy()
    if background.kind == "gradient":
        first, last = colours[0], colours[-1]
        sloped: Floats = first[:, None, None] + (last - first)[:, None, None] * y
        return sloped
    random = np.random.default_rng(background.seed)
    weights, total = np.full((size, size), 0.3), 0.3 * colours[0][:, None, None]
    for _ in range(_BLOBS):
        (u, v), radius = random.uniform(-0.1, 1.1, 2), random.uniform(0.08, 0.4)
        colour, stretch = colours[random.integers(len(colours))], random.uniform(0.3, 1.6)
        distance = ((x - u) / radius) ** 2 + ((y - v) / (radius * stretch)) ** 2
        weight = 2 * np.exp(-(distance**2))
        weights, total = weights + weight, total + weight * colour[:, None, None]
    blurred: Floats = total / weights
    return blurred
