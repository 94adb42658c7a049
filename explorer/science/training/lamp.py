"""Light that falls off across a picture: one side of a photoreal person brighter, the other darker.

The generator's own directions hardly turn the light without turning the head (`photoreal_edits`), so that it is changed
behind it: in linear light, by a smooth step across the picture. Where the light comes from is known exactly; shadows
that a lamp would cast are not drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_GAMMA = 2.2
_MOST_STOPS = 2.0
# How steep the step is: between the cheeks lies two fifths of it.
_STEEP = 3.0


@dataclass(frozen=True)
class Lamp:
    """Where a picture is brighter.

    angle: degrees, of the brighter side: 0 right, 90 top, 180 left. stops: from the darker side to the brighter.
    warmth: of the brighter side, as a share of red that it gains and of blue that it loses.
    """

    angle: float
    stops: float
    warmth: float


def lamp_of(seed: int, number: int, share: float = 1.0) -> Lamp:
    """The lamp of a person's picture; the first has none.

    Args:
        share: of its strength.

    Example:
        >>> from explorer.science.training.lamp import lamp_of
        >>> lamp_of(seed=5, number=0).stops, lamp_of(5, 1) == lamp_of(5, 1) != lamp_of(5, 2)
        (0.0, True)
    """
    random = np.random.default_rng((seed, number, 1))
    angle, stops = float(random.uniform(-20, 200)), float(random.uniform(0, _MOST_STOPS))
    warmth = float(random.normal(0, 0.08))
    return Lamp(angle, share * stops, share * warmth) if number else Lamp(90.0, 0.0, 0.0)


def relit(lamp: Lamp, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture (S, S, 3) uint8 RGB in that light.

    Example:
        >>> import numpy as np
        >>> from explorer.science.training.lamp import Lamp, relit
        >>> lit = relit(Lamp(angle=0, stops=1.0, warmth=0.0), np.full((8, 8, 3), 100, np.uint8))
        >>> bool(lit[0, 7, 0] > 100 > lit[0, 0, 0])
        True
    """
    if not lamp.stops and not lamp.warmth:
        return pixels
    side = len(pixels)
    place = (np.arange(side, dtype=np.float32) + 0.5) / side - 0.5
    across, up = np.cos(np.radians(lamp.angle)), np.sin(np.radians(lamp.angle))
    step = np.tanh(_STEEP * (across * place[None] - up * place[:, None]))[..., None]
    gains = 1 + step * np.array([lamp.warmth, 0.0, -lamp.warmth], np.float32)
    linear = (pixels.astype(np.float32) / 255) ** _GAMMA * 2 ** (0.5 * lamp.stops * step) * np.maximum(gains, 0)
    shown: NDArray[np.uint8] = np.rint(255 * np.clip(linear, 0, 1) ** (1 / _GAMMA)).astype(np.uint8)
    return shown
