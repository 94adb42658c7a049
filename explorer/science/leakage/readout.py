"""What a probe says of an embedding, and everything that must stand beside it to be understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

Answer = str | float | NDArray[np.float32]

# In years and degrees; a probe of a number that is not listed has the last.
_AXES = {"age": (0.0, 80.0), "yaw": (-45.0, 45.0), "pitch": (-30.0, 30.0)}
_ANY_AXIS = (-90.0, 90.0)


def axis_of(probe: str) -> tuple[float, float]:
    """From where to where the axis goes on which a probe's number is drawn."""
    return _AXES.get(probe, _ANY_AXIS)


class MetricValue(BaseModel):
    """How a probe does on faces that it was neither trained nor calibrated on.

    measure: what is measured; unit: "" for a share.
    value, low, high: the measure and its 95 % interval.
    chance: the same measure of an answer that does not look at the embedding: the commonest class or the mean; None
        where that has no meaning.
    faces: how many it was measured on. people: how many they show, where one has several faces; the interval is then
        that of the people.
    floor: what a perfect answer would measure on as many faces, where that is not 0.

    Example:
        >>> from explorer.science.leakage import MetricValue
        >>> quality = MetricValue(measure="accuracy", unit="", value=0.86, low=0.83, high=0.89, chance=0.5, faces=400)
        >>> quality.words()
        'accuracy 0.86 (0.83 to 0.89; chance 0.50)'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    measure: str
    unit: str
    value: float
    low: float
    high: float
    chance: float | None
    faces: int
    people: int | None = None
    floor: float | None = None

    def words(self) -> str:
        """The measure in a few words: "balanced accuracy 0.86 (0.83 to 0.89; chance 0.50)"."""
        digits, unit = (1, f" {self.unit}") if self.unit else (2, "")
        chance = "" if self.chance is None else f"; chance {self.chance:.{digits}f}"
        floor = "" if self.floor is None else f"; at best {self.floor:.{digits}f}"
        interval = f"{self.low:.{digits}f} to {self.high:.{digits}f}"
        return f"{self.measure} {self.value:.{digits}f}{unit} ({interval}{chance}{floor})"


@dataclass(frozen=True, eq=False)
class Readout:
    """One probe's answer to one embedding.

    text: the answer in words: "smiling", "34 years".
    value: the answer: a class's name, a number in `unit`, landmarks (68, 2) in pixels of the 224 px frame, or
        histograms (3, 10) of shares.
    probability: calibrated, of the class that is named; None where the answer is no class.
    probabilities: calibrated, by class; empty where the answer is no class.
    chance: how often that answer is right without looking: the share of calibration faces of the class that is named;
        None where the answer is no class.
    typical: the mean over the calibration faces, shaped as the value: what one would say without looking; None where
        the answer is a class.
    unit: of a number, and of errors. margin: nine of ten calibration faces lie within so much of their answer, in
        `unit`; None where it is a class.
    test, portraits: how good the probe is on the corpus's test split and on openpeople's photographs; None where
        it was not measured. labeller: whose word it was trained on.
    calibrated_on: what the probabilities or the margin hold for.

    Example:
        >>> from explorer.science.leakage import Readout
        >>> readout = Readout(
        ...     probe="smile", title="Smile", text="smiling", value="smiling", unit="", probability=0.9, chance=0.4,
        ...     margin=None, test=None, portraits=None, labeller="nobody", calibrated_on="nothing",
        ...     probabilities={"not smiling": 0.1, "smiling": 0.9},
        ... )
        >>> readout.presence()
        ('smiling', 0.9, 0.4)
    """

    probe: str
    title: str
    text: str
    value: Answer
    unit: str
    probability: float | None
    chance: float | None
    margin: float | None
    test: MetricValue | None
    portraits: MetricValue | None
    labeller: str
    calibrated_on: str
    probabilities: Mapping[str, float] = field(default_factory=dict)
    typical: float | NDArray[np.float32] | None = None

    def presence(self) -> tuple[str, float, float]:
        """Of an answer that is a class: an attribute's presence, or of more classes the likeliest.

        Returns:
            Its name, its calibrated probability, and the share of calibration faces that have it.

        Raises:
            ValueError: the answer is no class.
        """
        if self.chance is None:
            raise ValueError(f"{self.title} has no classes")
        classes = list(self.probabilities)
        name = classes[1] if len(classes) == 2 else self.text
        return name, self.probabilities[name], self.chance if name == self.text else 1 - self.chance
