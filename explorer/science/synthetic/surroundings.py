"""Light from all around as a map of directions: that of nine harmonics, or a photographed sky.

A map has H rows from straight up to straight down and 2H columns, which go around to the right: the first is where the
camera looks (-z), a quarter on lies its right (+x), half way what is behind it (+z).
"""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy.ndimage import gaussian_filter, map_coordinates

from explorer.science.geometry.lighting import harmonics
from explorer.science.synthetic.population import lamp
from explorer.science.synthetic.scene import Sky
from explorer.science.synthetic.surfaces import Floats

HEIGHT = 64
# A lamp is as large as a window near by: half of the angle under which it is seen.
_LAMP = math.radians(10)
# Of the square of the light no more than this is clamped for the lamp's sake.
_LOST = 0.03**2
# A lamp's strength against that of its first-order harmonics, as of `population.lamp`.
_OF_BAND = 4 / math.sqrt(3)
# What the harmonics of a cosine lobe have kept of each band of the light itself (Ramamoorthi and Hanrahan 2001).
_KEPT = np.array([1, *[2 / 3] * 3, *[1 / 4] * 5])
# A sky in the background is as much out of focus, in radians.
_BLUR = 0.02


def directions(height: int) -> Floats:
    """(H, 2H, 3) unit: where each place of a map lies, in the camera's axes."""
    polar = (np.arange(height) + 0.5) / height * np.pi
    around = (np.arange(2 * height) + 0.5) / height * np.pi
    across = np.sin(polar)[:, None]
    x, z = across * np.sin(around), -across * np.cos(around)
    return np.stack([x, np.broadcast_to(np.cos(polar)[:, None], x.shape), z], 2)


def map_of_harmonics(light: Floats, height: int = HEIGHT) -> Floats:
    """(H, 2H, 3) radiance, nowhere below 0, whose nine harmonics are nearly a scene's light (9, 3).

    Harmonics to the second order know a lamp only as a wide glow, beside which it is darker than dark. The main lamp,
    as the first order has it, is put back as a disc, for eyes to mirror: as strong as leaves hardly any of the rest
    below 0, where it is then clamped.
    """
    toward = directions(height)
    radiance = _basis(toward) @ light
    way = light[[3, 1, 2]].mean(1)
    strength = np.linalg.norm(light[[3, 1, 2]], axis=0)
    if np.linalg.norm(way) > 1e-3 * abs(light[0]).max():
        way = way / np.linalg.norm(way)
        glow = _basis(toward) @ lamp(way, strength * _OF_BAND)
        solid = np.sin((np.arange(height) + 0.5) / height * np.pi)[:, None, None]
        shares = np.linspace(0, 1, 21)
        lost = [_below_zero(radiance - share * glow, solid) for share in shares]
        bearable = max(1.4 * min(lost), _LOST * float((solid * radiance**2).sum()))
        share = max(one for one, loss in zip(shares.tolist(), lost, strict=True) if loss <= bearable)
        radiance = radiance - share * glow + _disc(toward, way, solid) * (share * strength * _OF_BAND)
    return np.maximum(radiance, 0)


def _below_zero(radiance: Floats, solid: Floats) -> float:
    return float((solid * np.minimum(radiance, 0) ** 2).sum())


def _disc(toward: Floats, way: Floats, solid: Floats) -> Floats:
    """(H, 2H, 1) radiance of a soft disc that lights a white surface facing it by 1."""
    angle = np.arccos(np.clip(toward @ way, -1, 1))[..., None]
    disc = np.clip((_LAMP - angle) / (0.3 * _LAMP) + 0.5, 0, 1)
    area = solid * (np.pi / len(toward)) ** 2
    disc = disc + 1e-12
    received: Floats = disc / ((disc * area * np.maximum(np.cos(angle), 0)).sum() / np.pi)
    return received


def _basis(toward: Floats) -> Floats:
    basis: Floats = harmonics(torch.from_numpy(np.ascontiguousarray(toward))).numpy() / _KEPT
    return basis


def harmonics_of_map(radiance: Floats) -> Floats:
    """The light (9, 3) of a map (H, 2H, 3), as a scene has it: what a matt surface makes of it, to the second order."""
    height = len(radiance)
    solid = np.sin((np.arange(height) + 0.5) / height * np.pi)[:, None] * (np.pi / height) ** 2
    weights = _basis(directions(height)) * solid[..., None] / (4 * np.pi)
    light: Floats = np.einsum("hwk,hwc->kc", weights, radiance)
    return light


def even_sky(photographed: Floats) -> Floats:
    """A photographed sky (H, 2H, 3) at our size, clamped at 0, scaled to a mean radiance of 1."""
    height = len(photographed) // HEIGHT * HEIGHT
    held = np.maximum(np.nan_to_num(photographed[:height, : 2 * height].astype(np.float64)), 0)
    block = height // HEIGHT
    small = held.reshape(HEIGHT, block, 2 * HEIGHT, block, 3).mean((1, 3))
    scaled: Floats = small / max(float(harmonics_of_map(small)[0].mean()), 1e-6)
    return scaled


def sky_around(sky: Sky, even: Floats) -> Floats:
    """A map (H, 2H, 3) as a scene has it: turned, and of its strength."""
    columns = even.shape[1]
    turned: Floats = sky.strength * np.roll(even, round(sky.turn / 360 * columns), axis=1)
    return turned


def seen_behind(around: Floats, size: int, angle: float, centre: tuple[float, float]) -> Floats:
    """(3, S, S) what a camera sees of a map, out of focus.

    Args:
        angle: from top to bottom of the picture, in radians. centre: the pixel that is straight ahead, y down.
    """
    height, width = around.shape[:2]
    blur = _BLUR / np.pi * height
    soft = gaussian_filter(around, (blur, blur, 0), mode=("nearest", "wrap", "wrap"))
    place = np.arange(size) + 0.5
    slope = 2 * math.tan(angle / 2) / size
    x, y = np.meshgrid((place - centre[0]) * slope, (centre[1] - place) * slope)
    row = np.arccos(y / np.sqrt(x * x + y * y + 1)) / np.pi * height - 0.5
    column = np.arctan2(x, np.ones_like(x)) / (2 * np.pi) * width - 0.5
    planes = [map_coordinates(soft[..., one], [row, column], order=1, mode="grid-wrap") for one in range(3)]
    return np.stack(planes)
