"""Ready-made objectives: weights of the loss terms and forms of what they compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from explorer.science.inversion.settings import InversionSettings


@dataclass(frozen=True)
class Preset:
    """One objective.

    weights: by loss term; terms that are missing take their default. settings: fields of `InversionSettings`.

    Example:
        >>> from explorer.science.inversion import Preset
        >>> plain = Preset("plain", "Plain", "identity alone", weights={"identity": 1.0, "prior": 0.0})
        >>> plain.with_choices({"steps": 30}, {"prior": 0.1}).weights
        {'identity': 1.0, 'prior': 0.1}
    """

    name: str
    title: str
    explanation: str
    weights: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)

    def with_choices(self, settings: Mapping[str, Any], weights: Mapping[str, float]) -> InversionSettings:
        """Settings in which what was chosen by name goes before the preset."""
        return InversionSettings(**{**self.settings, **settings}, weights={**self.weights, **weights})


# No preset of the objective: it inverts something else.
PHOTOGRAPH = Preset(
    name="photograph",
    title="Photograph itself",
    explanation="the photograph's face instead of its embedding, from the answer of the encoder into W+",
    weights={"identity": 0.5, "prior": 0.01, "perceptual": 1.0, "pixels": 1.0},
    settings={
        **{"targets": "picture", "space": "W+", "steps": 60, "coarse": 0, "finish": 10},
        # An answer is near already: the rate of a search from chance would leap away from it.
        **{"rate": 0.03, "schedule": "ramp"},
    },
)

PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            name="default",
            title="Default",
            explanation="weights that suit the scales of this program's terms",
            settings={"histogram": "ours", "tolerance": 0.5},
        ),
        # Thesis eqs. 4.4 to 4.6. Its identity loss is a squared distance: on unit vectors twice our 1 - cosine.
        Preset(
            name="paper",
            title="As in the paper",
            explanation="weights 1, 0.0006 and 0.01, the soft histogram as printed, no latent prior, nothing tolerated",
            weights={"identity": 1.0, "landmarks": 0.0006, "histogram": 0.01, "prior": 0.0},
            settings={"histogram": "printed", "tolerance": 0.0},
        ),
    )
}
