"""Glasses of our own making: rims, a bridge and temples, placed by nose, eyes and the width of the head."""

from __future__ import annotations

import numpy as np

from explorer.science.synthetic.anatomy import Anatomy
from explorer.science.synthetic.scene import Glasses
from explorer.science.synthetic.strands import unit
from explorer.science.synthetic.surfaces import Floats, Surface, grid_triangles, joined, surface

_SIDES, _POINTS = 6, 40
# Corners of a rim: exponents of a superellipse.
_POWERS = {"round": 1.0, "oval": 0.85, "square": 0.5}
# Before the eyeball's middle, the rim stands this far; and before the bridge of the nose, at least this far.
_BEFORE_EYE, _BEFORE_NOSE = 24.0, 2.0
_FACE_CURVE = 0.0035
# How far a lens stands out in its middle, as a share of its width.
_LENS_CURVE = 0.05
_EAR = np.array([0.0, 38.0, -92.0])


def glasses(worn: Glasses, body: Anatomy, skin: Floats, eyes: tuple[Floats, Floats]) -> tuple[Surface, Surface]:
    """A pair on a skin (V, 3), whose eyeballs lie about two points (3,): what holds them, and both lenses."""
    middle = (eyes[0] + eyes[1]) / 2
    apart = max(abs(eyes[1][0] - eyes[0][0]) / 2, worn.width / 2 + 8)
    bridge = skin[body.landmarks[27]]
    plane = max(middle[2] + _BEFORE_EYE, bridge[2] + _BEFORE_NOSE)
    parts, panes, inner, outer = [], [], [], []
    for side in (-1, 1):
        centre = np.array([middle[0] + side * apart, middle[1] - 2.0, 0.0])
        curve = _rim(worn, centre, middle[0], plane)
        inner.append(curve[np.argmin(side * curve[:, 0])] + (0, 0.12 * worn.height, 0))
        outer.append(curve[np.argmax(side * curve[:, 0])] + (0, 0.15 * worn.height, 0))
        parts.append(_tube(curve, worn, closed=True))
        panes.append(_lens(curve))
    arch = np.stack([inner[0], (inner[0] + inner[1]) / 2 + (0, 2.0, 2.0), inner[1]])
    parts.append(_tube(_bent(arch), worn, closed=False))
    for side, hinge in zip((-1, 1), outer, strict=True):
        near = (np.abs(skin[:, 1] - hinge[1]) < 8) & (skin[:, 2] < -50) & (skin[:, 2] > -90)
        wide = np.abs(skin[near & (body.ears < 0.02), 0]).max() + 1.5
        ear = _EAR * (0, 1, 1) + np.array([side * wide, 0, 0])
        path = np.stack([hinge, [side * wide, hinge[1], hinge[2] - 12], ear, ear - np.array([0, 12, 22])])
        parts.append(_tube(path, worn, closed=False))
    return joined(parts), joined(panes)


def _lens(rim: Floats) -> Surface:
    """A pane within a rim (P, 3), bent a little outward, as the front of a lens is."""
    middle = rim.mean(0)
    shares = np.array([1.0, 0.66, 0.33, 0.0])[:, None, None]
    vertices = middle + shares * (rim - middle) + _LENS_CURVE * (1 - shares**2) * np.array([0, 0, np.ptp(rim[:, 0])])
    normals = unit((rim - middle) * shares * (1, 1, 0) * (2 * _LENS_CURVE / np.ptp(rim[:, 0])) * 2 + (0, 0, 1.0))
    triangles = grid_triangles(len(shares), len(rim), closed=True)[:, ::-1]
    return surface("glasses", vertices.reshape(-1, 3), triangles, normals.reshape(-1, 3), (1.0, 1.0, 1.0))


def _rim(worn: Glasses, centre: Floats, middle: float, plane: float) -> Floats:
    turn = np.linspace(0, 2 * np.pi, _POINTS, endpoint=False)
    power = _POWERS[worn.shape]
    x = centre[0] + 0.5 * worn.width * np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** power
    y = centre[1] + 0.5 * worn.height * np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** power
    return np.stack([x, y, plane - _FACE_CURVE * (x - middle) ** 2], 1)


def _bent(corners: Floats) -> Floats:
    """A smooth arch through three points: nine points of a parabola."""
    share = np.linspace(0, 1, 9)[:, None]
    first, top, last = corners
    curve: Floats = (1 - share) * first + share * last + 4 * share * (1 - share) * (top - (first + last) / 2)
    return curve


def _tube(path: Floats, worn: Glasses, closed: bool) -> Surface:
    tangent = (np.roll(path, -1, 0) - np.roll(path, 1, 0)) if closed else np.gradient(path, axis=0)
    tangent = unit(tangent)
    across = unit(np.cross(tangent, [0.05, 0.1, 1.0]))
    other = unit(np.cross(tangent, across))
    turn = np.linspace(0, 2 * np.pi, _SIDES, endpoint=False)
    normals = np.cos(turn)[:, None] * across[:, None] + np.sin(turn)[:, None] * other[:, None]
    rings = path[:, None] + 0.5 * worn.rim * normals
    if closed:
        rings, normals = np.concatenate([rings, rings[:1]]), np.concatenate([normals, normals[:1]])
    triangles = grid_triangles(len(rings), _SIDES, closed=True)
    flat, out = rings.reshape(-1, 3), normals.reshape(-1, 3)
    return surface("glasses", flat, triangles, out, worn.colour, openness=0.9, gloss=0.04, sharpness=60.0)
