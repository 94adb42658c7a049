"""What a probe says of an embedding, and everything that must stand beside it to be understood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, model_validator

from explorer.science.faces.face import Photograph

Answer = str | float | NDArray[np.float32]
Origin = Literal["photograph", "generated"]
"""What a vector is of: a photograph, also where that is not known, or a face that the generator drew."""


def picture_origin(photograph: Photograph | None) -> Origin:
    """What the vector of a picture is of; that of a bare vector, of which there is none, is not known."""
    return "generated" if photograph is not None and photograph.generated else "photograph"


# How the measure begins that takes the place of balanced accuracy where all faces are of one class.
ALONE = "recognised, all being "
CANNOT_TELL = "cannot tell"
# What "chance" means wherever it stands.
CHANCE_IS = "Chance is what always answering the commonest label, or the mean, would measure on the same faces."

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
    chance: the same measure, on the same faces, of always answering the commonest label, or the mean, of the
        calibration faces; None of a calibration error, which has none.
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

    @model_validator(mode="before")
    @classmethod
    def _chance_of_one_class(cls, said: Any) -> Any:
        """Files of earlier versions leave it open what always naming the only class there is would reach."""
        if isinstance(said, dict) and said.get("chance") is None and str(said.get("measure", "")).startswith(ALONE):
            return {**said, "chance": 1.0}
        return said

    @property
    def of_one_class(self) -> bool:
        """Whether all faces were of one class, so that always naming it could not be surpassed."""
        return self.measure.startswith(ALONE)

    @property
    def beats_chance(self) -> bool:
        """Whether it is clearly better than chance: the whole interval lies on the better side, which is above for a
        share and below for an error."""
        if self.chance is None:
            return False
        return self.high < self.chance if self.unit else self.low > self.chance

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
    usual: the share of the calibration faces that are of the class that is named; None where the answer is no class.
    typical: the mean over the calibration faces, shaped as the value; None where the answer is a class.
    unit: of a number, and of errors. margin: nine of ten calibration faces lie within so much of their answer, in
        `unit`; None where it is a class.
    test, portraits: how good the probe is on the corpus's test split and on openpeople's photographs; None where
        it was not measured. labeller: whose word it was trained on.
    calibrated_on: what the probabilities or the margin hold for. origin: the kind of picture that these are meant for;
        None where no calibration is told apart by it.
    skill, error: of a calibration on photographs, as in `PhotographCalibration`. untold: why there is none, though
        the encoder has calibrations on photographs; such an answer cannot be told.
    fitted_on: on how many faces, of how many people, the probe was fitted and judged. judged_on: the name of the set
        behind `portraits`.

    Example:
        >>> from explorer.science.leakage import Readout
        >>> readout = Readout(
        ...     probe="smile", title="Smile", text="smiling", value="smiling", unit="", probability=0.9, usual=0.4,
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
    usual: float | None
    margin: float | None
    test: MetricValue | None
    portraits: MetricValue | None
    labeller: str
    calibrated_on: str
    probabilities: Mapping[str, float] = field(default_factory=dict)
    typical: float | NDArray[np.float32] | None = None
    fitted_on: str = ""
    judged_on: str = "openpeople"
    origin: Origin | None = None
    skill: MetricValue | None = None
    error: MetricValue | None = None
    untold: str = ""

    @property
    def chance(self) -> float | None:
        """What always answering the commonest label, or the mean, measures on photographs; on generated faces where it
        was not measured there, and None where it was nowhere."""
        measured = self.portraits or self.test
        return None if measured is None else measured.chance

    @property
    def on_photographs(self) -> MetricValue | None:
        """How good the answer is on photographs: the skill of its calibration, else the probe on openpeople."""
        return self.skill or self.portraits

    @property
    def tells(self) -> bool | None:
        """Whether the answer is worth more than the base rate where the vector came from; None where that was not
        measured.

        Of a photograph: whether calibrated answers surely beat the base rate of people that they were not fitted on,
        or, where there is no such calibration, whether the probe is clearly better than chance on openpeople. Of a
        generated face: whether it is clearly better than chance on the corpus's test split.
        """
        if self.untold:
            return False
        if self.skill is not None:
            return self.skill.beats_chance
        measured = self.test if self.origin == "generated" else self.portraits
        return None if measured is None else measured.beats_chance

    @property
    def hidden(self) -> bool:
        """Whether no probability or number is shown: its calibration on photographs does not beat the base rate."""
        return self.tells is False and (self.skill is not None or bool(self.untold))

    @property
    def vague_because(self) -> str:
        """Why the answer cannot be told, a sentence; empty where it can be."""
        if self.tells is not False:
            return ""
        if self.untold:
            return f"Cannot tell: {self.untold}."
        if self.skill is not None:
            return "Cannot tell: on photographs the 95 % interval, by person, does not lie clear of the base rate."
        where = "generated faces" if self.origin == "generated" else "photographs"
        by = "" if self.origin == "generated" else ", by person,"
        return f"Cannot tell: on {where} the 95 % interval{by} does not lie clear of chance."

    def presence(self) -> tuple[str, float, float]:
        """Of an answer that is a class: an attribute's presence, or of more classes the likeliest.

        Returns:
            Its name, its calibrated probability, and the share of calibration faces that have it.

        Raises:
            ValueError: the answer is no class.
        """
        if self.usual is None:
            raise ValueError(f"{self.title} has no classes")
        classes = list(self.probabilities)
        name = classes[1] if len(classes) == 2 else self.text
        return name, self.probabilities[name], self.usual if name == self.text else 1 - self.usual


_MEANT_FOR: dict[Origin | None, str] = {"photograph": " for photographs", "generated": " for generated faces", None: ""}


def calibration_sentences(readouts: Sequence[Readout]) -> list[str]:
    """Which calibrations answers have, each a sentence without its end: "Calibrated for photographs: smile on …".

    Landmarks and colours are not calibrated, and not named beside others.
    """
    told = [one for one in readouts if not isinstance(one.value, np.ndarray) and not one.untold] or list(readouts)
    titles: dict[tuple[Origin | None, str], list[str]] = {}
    for one in told:
        titles.setdefault((one.origin, one.calibrated_on), []).append(one.title)
    if len(titles) == 1:
        return [f"Calibrated{_MEANT_FOR[origin]} on {on}" for origin, on in titles]
    return [
        f"{', '.join([named[0], *(title.lower() for title in named[1:])])}: calibrated{_MEANT_FOR[origin]} on {on}"
        for (origin, on), named in titles.items()
    ]


def vague_sentences(readouts: Sequence[Readout]) -> list[str]:
    """Why some of the answers cannot be told, each reason once."""
    return list(dict.fromkeys(one.vague_because for one in readouts if one.vague_because))
