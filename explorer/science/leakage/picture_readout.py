"""What the labellers of photographs say of one attribute in pictures of one face.

The pictures are those that inversions made of one vector alone, a picture a run; or the one photograph itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from explorer.science.leakage.readout import Answer, MetricValue

NOT_CALIBRATED = "not calibrated on photographs"


@dataclass(frozen=True, eq=False)
class PictureReadout:
    """One attribute as the labellers see it in N pictures.

    probe, title: as in `PROBES`. text: the answer in words: "smiling", "34 years".
    value: the answer: a class's name, a number in `unit`, landmarks (68, 2) in pixels of the 224 px frame, or
        histograms (3, 10) of shares; of numbers the mean over the pictures.
    pictures: N, how many runs show a face.
    probabilities: by class, calibrated where there is a calibration; empty where the answer is no class.
    agreement: share of the pictures whose own answer is the class that is named; None where the answer is no class.
    interval: 95 %, by the pictures: of the probability of the class that is named (Wilson 1927), or of the mean
        (Student's t) in `unit`; None of one picture, and of landmarks and histograms.
    spread: standard deviation over the pictures (with N - 1), shaped as the value; None of one picture, and where the
        answer is a class.
    labeller: whose word it is. calibrated_on: what the probabilities or numbers were fitted to; "" where to nothing.
    portraits: how good such readings are on photographs; None where that was not measured.
    skill: how much of the base rate's error calibrated ones avoid there, on people that they were not fitted on; None
        where that was not measured.

    Example:
        >>> from explorer.science.leakage import PictureReadout
        >>> readout = PictureReadout(
        ...     probe="age", title="Age", text="34 years", value=34.0, unit="years", pictures=1, labeller="dlib"
        ... )
        >>> readout.interval_words()
        'one run: no interval'
    """

    probe: str
    title: str
    text: str
    value: Answer
    unit: str
    pictures: int
    labeller: str
    probabilities: Mapping[str, float] = field(default_factory=dict)
    agreement: float | None = None
    interval: tuple[float, float] | None = None
    spread: float | NDArray[np.float32] | None = None
    calibrated_on: str = ""
    portraits: MetricValue | None = None
    skill: MetricValue | None = None

    @property
    def on_photographs(self) -> MetricValue | None:
        """How good such readings are on photographs: the skill of their calibration, else the labellers' own word."""
        return self.skill or self.portraits

    @property
    def probability(self) -> float | None:
        """Of the class that is named; None where the answer is no class."""
        return self.probabilities.get(self.text)

    @property
    def tells(self) -> bool | None:
        """Whether such readings surely beat the base rate, or chance, on photographs; None where not measured."""
        return None if self.on_photographs is None else self.on_photographs.beats_chance

    def presence(self) -> tuple[str, float, tuple[float, float] | None]:
        """Of an answer that is a class: an attribute's presence, or of more classes the likeliest.

        Returns:
            Its name, its probability, and the interval of that.

        Raises:
            ValueError: the answer is no class.
        """
        if not self.probabilities:
            raise ValueError(f"{self.title} has no classes")
        classes = list(self.probabilities)
        name = classes[1] if len(classes) == 2 else self.text
        return name, self.probabilities[name], self.interval_of(name)

    def interval_of(self, name: str) -> tuple[float, float] | None:
        """The interval of a class's probability: of the one that is named, and of the other one where there are two."""
        if self.interval is None or name == self.text:
            return self.interval
        return (1 - self.interval[1], 1 - self.interval[0]) if len(self.probabilities) == 2 else None

    def interval_words(self) -> str:
        """How far the runs let the answer be known, of one run that there is no interval; else such as "3 runs: 44 to
        100 %", of a class that `presence` names."""
        if self.pictures == 1:
            return "one run: no interval"
        runs = f"{self.pictures} runs"
        interval = self.presence()[2] if self.probabilities else self.interval
        if interval is not None:
            factor, unit = (100, "%") if self.probabilities else (1, self.unit)
            low, high = (round(factor * edge) for edge in interval)
            return f"{runs}: {low} to {high} {unit}"
        if isinstance(self.spread, np.ndarray):
            px = " px" if self.probe == "landmarks" else ""
            return f"{runs}: mean spread {float(self.spread.mean()):.2g}{px}"
        return runs
