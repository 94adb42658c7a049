"""What shows where the mouth opens: its inside, and two rows of teeth, of which the lower moves with the jaw."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from explorer.science.synthetic.anatomy import smooth
from explorer.science.synthetic.surfaces import Floats, Surface, grid_triangles, surface

_WET, _THROAT, _GUM = np.array([0.34, 0.10, 0.08]), np.array([0.11, 0.03, 0.025]), np.array([0.40, 0.15, 0.13])
_ENAMEL = np.array([0.60, 0.54, 0.43])
# Rings from the lips to the throat: how far back, how much wider than the opening, and how open to light.
_BACK, _WIDER, _LIGHT = (0.0, 3.0, 12.0, 26.0), (0.0, 1.5, 5.0, 3.0), (0.75, 0.6, 0.45, 0.25)
# Where teeth meet along the arch, in millimetres from its middle.
_GAPS = np.array([0.0, 8.2, 14.6, 21.6, 28.2])
_HEIGHT = 9.0
_BEHIND = 4.5


def mouth_inside(opening: Floats) -> Surface:
    """The walls behind the lips' inner border (N, 3), in order, and the throat."""
    middle = opening.mean(0)
    offset = opening - middle
    outward = offset * (1, 1, 0)
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)
    rings = [opening + wide * outward - (0, 0, back) for back, wide in zip(_BACK, _WIDER, strict=True)]
    rings.append(np.broadcast_to(middle - (0, 0, _BACK[-1] + 4), opening.shape))
    shares = np.array([0, 0.3, 0.8, 1, 1])[:, None, None]
    colours = np.broadcast_to(_WET + (_THROAT - _WET) * shares, (len(rings), len(opening), 3))
    normals = np.broadcast_to(-0.7 * outward + (0, 0, 0.7), (len(rings), len(opening), 3))
    return surface(
        "mouth",
        np.concatenate(rings),
        grid_triangles(len(rings), len(opening), closed=True),
        normals.reshape(-1, 3),
        colours.reshape(-1, 3),
        openness=np.repeat([*_LIGHT, _LIGHT[-1]], len(opening)),
        gloss=0.02,
        sharpness=80.0,
    )


def teeth(rest: Floats, opening: Floats, jaw: Floats) -> list[Surface]:
    """Both rows.

    Args:
        rest: (N, 3) the lips' inner border without expression, by which the teeth stand. opening: the same as it is.
        jaw: (3,) how far the jaw has moved.
    """
    upper = rest[rest[:, 1] >= np.median(rest[:, 1])]
    front = upper[np.abs(upper[:, 0] - rest[:, 0].mean()).argmin()]
    width = np.ptp(rest[:, 0]) / 2
    rows = []
    for sign, edge, behind, moved in ((1, -1.2, _BEHIND, np.zeros(3)), (-1, -2.0, _BEHIND + 2.0, jaw)):
        rows.append(_row(front + np.array([0, edge, -behind]) + moved, width, sign, opening))
    return rows


def _row(front: Floats, width: float, sign: int, opening: Floats) -> Surface:
    """One row: its biting edge at the front (3,), from there up (1) or down (-1) to the gum."""
    between = [np.linspace(a + 0.25, b - 0.25, 5) for a, b in pairwise(_GAPS)]
    half = np.unique(np.concatenate([*between, _GAPS]))
    along = np.concatenate([-half[:0:-1], half]) * min(1.0, 1.15 * width / _GAPS[-1])
    gap = np.abs(np.abs(along)[:, None] - _GAPS * min(1.0, 1.15 * width / _GAPS[-1])).min(1)
    crown = smooth(gap, 0.0, 1.6)
    steps = np.array([0.0, 0.12, 0.5, 0.85, 1.05, 1.6])
    x = np.broadcast_to(along, (len(steps), len(along)))
    bite = 0.7 * (1 - crown) + 0.01 * along**2
    y = sign * (np.maximum(steps[:, None] * _HEIGHT, bite))
    z = -0.021 * along**2 - 0.8 * (1 - crown) * 0.5 - 1.6 * np.abs(steps[:, None] - 0.5) ** 2
    vertices = np.stack([x, y, z], 2) + front
    colours = np.where(steps[:, None, None] > 0.98, _GUM, _ENAMEL * (0.55 + 0.45 * crown[:, None]))
    flank = 0.042 * along
    normals = np.broadcast_to(np.stack([flank, np.zeros_like(flank), np.ones_like(flank)], 1), vertices.shape).copy()
    normals[..., 1] = sign * 0.5 * (steps[:, None] - 0.5)
    normals /= np.linalg.norm(normals, axis=2, keepdims=True)
    flat = vertices.reshape(-1, 3)
    distance = np.linalg.norm(flat[:, None, :2] - opening[None, :, :2], axis=2).min(1)
    return surface(
        "teeth",
        flat,
        grid_triangles(len(steps), len(along)),
        normals.reshape(-1, 3),
        colours.reshape(-1, 3),
        openness=(0.25 + 0.55 * smooth(distance, 0.0, 5.0))
        * np.tile(1 - 0.5 * smooth(np.abs(along), 8, 26), len(steps)),
        gloss=0.03,
        sharpness=60.0,
    )
