"""Below the head: throat, neck and shoulders in clothes, so that no picture ends in a hole."""

from __future__ import annotations

import numpy as np

from explorer.science.synthetic.surfaces import Floats, Surface, grid_triangles, surface

# The neck's middle line: x and z of the head's axes.
_AXIS = np.array([0.0, -88.0])
# Rings down the neck: height, half width, half depth, how far forward, and how open to light.
_NECK = ((-88, 51, 50, 0, 0.7), (-106, 51, 51, -3, 0.8), (-150, 58, 54, -8, 0.6))
# Rings of the clothes from the collar down.
_CLOTHES = (
    *((-98, 55, 55, -3, 0.6), (-99, 61, 61, -4, 0.9), (-110, 88, 72, -8, 0.95), (-128, 150, 86, -14, 1.0)),
    *((-158, 206, 96, -14, 0.95), (-240, 232, 108, -8, 0.8), (-420, 230, 120, -4, 0.8)),
)
_COLUMNS = 64

_Ring = tuple[float, float, float, float, float]


def neck(border: Floats, facing: Floats, skin: Floats) -> Surface:
    """From the border of the head's skin (N, 3), in order, down into the clothes.

    Args:
        facing: (N, 3) the skin's normals along it. skin: (N, 3) its colours, linear.
    """
    start = int(np.argmin(border[:, 2]))
    border, facing, skin = (np.roll(part, -start, 0) for part in (border, facing, skin))
    bearing = np.unwrap(np.arctan2(border[:, 0] - _AXIS[0], border[:, 2] - _AXIS[1]))
    # The border runs back along the jaw: on its way around the neck it may wait, but not turn.
    turning = np.sign(bearing[-1] - bearing[0])
    bearing = turning * np.maximum.accumulate(turning * bearing)
    rings = [border, *(_ring(bearing, ring) for ring in _NECK)]
    normals = [facing, *(_outward(bearing, 0.0) for _ in _NECK)]
    even = skin.mean(0)
    colours = [skin, *((1 - share) * skin + share * even for share in (0.5, 1.0, 1.0))]
    return surface(
        "skin",
        np.concatenate(rings),
        grid_triangles(len(rings), len(border), closed=True),
        np.concatenate(normals),
        np.concatenate(colours),
        openness=np.repeat([0.6, *(ring[4] for ring in _NECK)], len(border)),
        gloss=0.02,
        sharpness=12.0,
    )


def clothes(colour: tuple[float, float, float]) -> Surface:
    """A collar, shoulders and chest of one colour (linear)."""
    bearing = np.linspace(0, 2 * np.pi, _COLUMNS, endpoint=False)
    # A collar is cut lower in front, where the throat shows.
    rings = np.stack([_ring(bearing, ring) for ring in _CLOTHES])
    rings[:3, :, 1] -= np.array([16, 14, 6])[:, None] * np.maximum(np.cos(bearing), 0) ** 2
    down = np.gradient(rings, axis=0)
    around = (np.roll(rings, -1, 1) - np.roll(rings, 1, 1)) / 2
    normals = np.cross(down, around)
    normals /= np.linalg.norm(normals, axis=2, keepdims=True)
    openness = np.array([ring[4] for ring in _CLOTHES])[:, None]
    return surface(
        "clothes",
        rings.reshape(-1, 3),
        grid_triangles(len(_CLOTHES), _COLUMNS, closed=True),
        normals.reshape(-1, 3),
        colour,
        openness=np.broadcast_to(openness, rings.shape[:2]).reshape(-1),
    )


def _ring(bearing: Floats, ring: _Ring) -> Floats:
    height, wide, deep, forward, _ = ring
    # Broad shoulders have corners: a superellipse, from round at the neck.
    power = 1.0 if wide < 70 else 0.75
    x = np.sign(np.sin(bearing)) * np.abs(np.sin(bearing)) ** power * wide
    z = np.cos(bearing) * deep
    return np.stack([_AXIS[0] + x, np.full_like(x, height), _AXIS[1] + forward + z], 1)


def _outward(bearing: Floats, up: float) -> Floats:
    normals = np.stack([np.sin(bearing), np.full_like(bearing, up), np.cos(bearing)], 1)
    flat: Floats = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    return flat
