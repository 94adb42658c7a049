"""The simplest light of a scene: one lamp, and what comes from all around."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.science.synthetic.population import lamp
from explorer.science.synthetic.scene import HARMONICS, Light

BRIGHTEST = 3.0
# Of `population.lamp`: what a lamp of strength 1 puts into the constant, and how long its first-order part is.
_CONSTANT, _FIRST = 0.25, math.sqrt(3) / 4
_WARMEST = 0.3


@dataclass(frozen=True)
class LampLight:
    """One lamp far away.

    azimuth: to the picture's right, in degrees; 0 is the viewer's own direction. elevation: upward, in degrees.
    strength: of a white surface that faces it. ambient: of one that faces no lamp. warmth: -1 blue to 1 orange.
    """

    azimuth: float = 0.0
    elevation: float = 30.0
    strength: float = 0.8
    ambient: float = 0.5
    warmth: float = 0.0

    @classmethod
    def of(cls, light: Sequence[Light]) -> LampLight:
        """What of nine harmonics with a colour each one lamp comes nearest to; the very lamp where there is one."""
        harmonics = np.asarray(light, float)
        grey = harmonics.mean(1)
        x, y, z = (float(value) for value in grey[[3, 1, 2]])
        strength = math.sqrt(x * x + y * y + z * z) / _FIRST
        direction = (0.0, 0.0) if strength < 1e-6 else (math.atan2(x, z), math.atan2(y, math.hypot(x, z)))
        red, _, blue = harmonics[0]
        tint = (red - blue) / max(red + blue, 1e-9) / _WARMEST
        return cls(
            azimuth=round(math.degrees(direction[0]), 2),
            elevation=round(math.degrees(direction[1]), 2),
            strength=round(min(strength, BRIGHTEST), 4),
            ambient=round(float(np.clip(grey[0] - _CONSTANT * strength, 0, BRIGHTEST)), 4),
            warmth=round(float(np.clip(tint, -1, 1)), 4),
        )

    def harmonics(self) -> tuple[Light, ...]:
        """The nine harmonics, (red, green, blue) each."""
        azimuth, elevation = math.radians(self.azimuth), math.radians(self.elevation)
        level = math.cos(elevation)
        direction = level * math.sin(azimuth), math.sin(elevation), level * math.cos(azimuth)
        tint = np.array([1 + _WARMEST * self.warmth, 1.0, 1 - _WARMEST * self.warmth])
        light = np.zeros((HARMONICS, 3))
        light[0] = self.ambient * tint
        if self.strength:
            light += lamp(direction, self.strength * tint)
        red, green, blue = light.T.round(5).tolist()
        return tuple(zip(red, green, blue, strict=True))


PRESETS: dict[str, LampLight] = {
    "Front": LampLight(0, 20, 0.7, 0.5),
    "From the left": LampLight(-60, 20, 1.0, 0.3),
    "From the right": LampLight(60, 20, 1.0, 0.3),
    "From above": LampLight(0, 75, 1.1, 0.25),
    "From below": LampLight(0, -55, 0.8, 0.25),
    "From behind": LampLight(150, 30, 1.4, 0.25),
    "Even": LampLight(0, 0, 0.0, 0.9),
    "Evening": LampLight(50, 10, 1.0, 0.3, 0.8),
}
"""Lights by their names."""
