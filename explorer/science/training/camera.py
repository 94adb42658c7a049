"""Random cameras: what happens to a face between the scene and the file, drawn from a seed.

Generated faces share a component that photographs do not have. Each is therefore seen once more as a camera would have
it: cropped and turned differently, at another resolution, blurred, exposed, tinted, noisy, compressed, and with its
five points found a little off.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_GAMMA = 2.2


@dataclass(frozen=True)
class Camera:
    """One camera; every number follows from the seed.

    zoom: of the picture about its middle; angle: degrees; shift: of the middle, in units of the picture's side.
    resolution: side of what comes out, in pixels.
    blur: standard deviation in pixels of that.
    exposure: in stops. balance: gains of red, green and blue in linear light. contrast: exponent of the tone curve.
    read_noise, shot_noise: standard deviations in units of full scale, in the dark, and at full scale from the light
        alone.
    quality: of the JPEG, 1 to 100.
    jitter: (5, 2) displacement of the face's points, in units of the distance between its eyes.

    Example:
        >>> from explorer.science.training.camera import draw
        >>> draw(seed=3) == draw(seed=3) != draw(seed=4)
        True
    """

    seed: int
    zoom: float
    angle: float
    shift: tuple[float, float]
    resolution: int
    blur: float
    exposure: float
    balance: tuple[float, float, float]
    contrast: float
    read_noise: float
    shot_noise: float
    quality: int
    jitter: tuple[tuple[float, float], ...]


def draw(seed: int) -> Camera:
    """The camera of a seed; not every one blurs or adds noise."""
    random = np.random.default_rng(seed)

    def sometimes(probability: float, value: float) -> float:
        return value if random.random() < probability else 0.0

    warmth, tint = random.normal(0, 0.08), random.normal(0, 0.03)
    return Camera(
        seed=seed,
        zoom=float(np.exp(random.normal(0, 0.08))),
        angle=float(random.normal(0, 4)),
        shift=(float(random.normal(0, 0.02)), float(random.normal(0, 0.02))),
        resolution=round(2 ** random.uniform(6.5, 9)),
        blur=sometimes(0.5, float(random.uniform(0.3, 2.0))),
        exposure=float(random.normal(0, 0.35)),
        balance=(float(np.exp(warmth)), float(np.exp(tint)), float(np.exp(-warmth))),
        contrast=float(np.exp(random.normal(0, 0.12))),
        read_noise=sometimes(0.6, float(random.uniform(0, 0.04))),
        shot_noise=sometimes(0.6, float(random.uniform(0, 0.05))),
        quality=int(random.integers(25, 98)),
        jitter=tuple((float(x), float(y)) for x, y in random.normal(0, 0.02, (5, 2))),
    )


def photograph(camera: Camera, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What the camera makes of a picture.

    Args:
        pixels: (R, R, 3) uint8 RGB.

    Returns:
        (S, S, 3) uint8 RGB, S the camera's resolution.
    """
    random = np.random.default_rng((camera.seed, 1))
    seen = cv2.LUT(_resampled(camera, pixels), _tones(camera))
    if camera.read_noise or camera.shot_noise:
        spread = np.sqrt(camera.read_noise**2 + camera.shot_noise**2 * seen)
        seen = seen + spread * random.standard_normal(seen.shape, np.float32)
    saved = np.rint(np.clip(seen, 0, 1) * 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", cv2.cvtColor(saved, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, camera.quality])
    decoded = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)  # type: ignore[arg-type]
    return decoded.astype(np.uint8, copy=False)


def displaced(camera: Camera, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The five points (5, 2) of a face as a less exact detector would have found them."""
    eyes = np.linalg.norm(points[1] - points[0])
    moved: NDArray[np.float64] = points + eyes * np.array(camera.jitter)
    return moved


def _resampled(camera: Camera, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    side, out = pixels.shape[0], camera.resolution
    scale = camera.zoom * out / side
    turn = cv2.getRotationMatrix2D(((side - 1) / 2, (side - 1) / 2), camera.angle, scale)
    turn[:, 2] += (out - side) / 2 + np.array(camera.shift) * out
    # What the smaller picture cannot hold is blurred away first, and with it what the lens blurs.
    spread = np.hypot(0.5 * np.sqrt(max(1 / scale**2 - 1, 0)), camera.blur / scale)
    if spread > 0:
        pixels = cv2.GaussianBlur(pixels, (0, 0), float(spread)).astype(np.uint8, copy=False)
    drawn = cv2.warpAffine(pixels, turn, (out, out), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return drawn.astype(np.uint8, copy=False)


def _tones(camera: Camera) -> NDArray[np.float32]:
    """(256, 1, 3) table from a level to what is recorded, in [0, 1]."""
    linear = (np.arange(256) / 255) ** _GAMMA
    gains = 2**camera.exposure * np.array(camera.balance)
    recorded = np.clip(linear[:, None] * gains, 0, 1) ** (camera.contrast / _GAMMA)
    return recorded.astype(np.float32)[:, None, :]
