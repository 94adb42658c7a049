"""How what probes say is fitted to photographs: a slope and an intercept a probe, in a JSON file an encoder.

Probes are calibrated on generated faces as well, and photographs are not seen as those are: an answer to a photograph's
vector is rescaled by what photographs of known people bear out. With it stands how good such answers are on people that
they were not fitted on; what does not beat the base rate there is not told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from explorer.science.errors import LikenessError
from explorer.science.leakage.calibration import ProbabilityCalibrator
from explorer.science.leakage.probes import PROBES, ProbeSpec
from explorer.science.leakage.readout import MetricValue

_FORMAT = "likeness-photographs/1"
_MOST = 1000.0
_LARGEST_FILE = 1_000_000

_Bounded = Annotated[float, Field(ge=-_MOST, le=_MOST, allow_inf_nan=False)]


class PhotographCalibrationError(LikenessError, ValueError):
    """A file of calibrations that cannot be used; the message says why."""


class PhotographCalibration(BaseModel):
    """How a probe's answers to vectors of photographs become those that photographs bear out.

    slope, shifts: of the logit of an attribute (one shift), of the logits of classes (a shift each), or of a number in
        its own unit (one shift).
    usual: the share of the photographs' people with the attribute, or of each class; or their mean number.
    margin: nine of ten photographs lie within so much of their answer, in the probe's unit; None of classes.
    calibrated_on: the photographs that it was fitted on, in words.
    skill: how much of the base rate's error is gone, judged on each person by a fit on the others: Brier's score of
        classes, the mean absolute error of numbers. Its chance is 0, which is the base rate itself.
    error: the calibration error of such answers, beside what exact probabilities would show with the same people and
        faces (`floor`); None of numbers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slope: float = Field(ge=0, le=_MOST, allow_inf_nan=False)
    shifts: tuple[_Bounded, ...] = Field(min_length=1, max_length=20)
    usual: tuple[_Bounded, ...] = Field(min_length=1, max_length=20)
    margin: float | None = Field(None, ge=0, le=_MOST, allow_inf_nan=False)
    calibrated_on: str = Field(max_length=500)
    skill: MetricValue
    error: MetricValue | None = None

    @property
    def tells(self) -> bool:
        """Whether answers surely beat the base rate, by person."""
        return self.skill.beats_chance

    @property
    def excess(self) -> float | None:
        """The calibration error beyond what exact probabilities would show; None of numbers."""
        known = self.error
        return None if known is None or known.floor is None else known.value - known.floor

    def answers(self, outputs: Tensor) -> Tensor:
        """What `Probe` gives, (B,), or (B, C) of classes, to probabilities or numbers of the same shape.

        `PhotographCalibration.fits` says for which probes.
        """
        if self.error is None:
            return self.slope * outputs + self.shifts[0]
        return ProbabilityCalibrator(slope=self.slope, shifts=self.shifts).probabilities(outputs)

    def fits(self, spec: ProbeSpec) -> bool:
        """Whether it has the shape that a probe's answers ask for."""
        wanted = len(spec.classes) if spec.kind == "categorical" else 1
        numbers = spec.kind == "regression"
        sizes = len(self.shifts) == len(self.usual) == wanted
        return sizes and numbers == (self.error is None) and numbers == (self.margin is not None)


PhotographCalibrations = Mapping[str, PhotographCalibration]


def encode_photograph_calibrations(encoder: str, weights: str, calibrations: PhotographCalibrations) -> bytes:
    """The calibrations of an encoder's probes, by probe, as the bytes of a JSON file.

    Args:
        weights: sha256 of the file of probes that they were fitted to.
    """
    probes = {name: one.model_dump(mode="json") for name, one in calibrations.items()}
    about = {"format": _FORMAT, "encoder": encoder, "weights": weights, "probes": probes}
    return (json.dumps(about, indent=2, sort_keys=True) + "\n").encode()


def decode_photograph_calibrations(data: bytes, encoder: str, weights: str) -> dict[str, PhotographCalibration]:
    """The calibrations of a file, of those probes that are known.

    Args:
        weights: sha256 of the encoder's file of probes. Calibrations of others say nothing of these, and none is given.

    Raises:
        PhotographCalibrationError: it is damaged, of another version, or of another encoder.
    """
    try:
        if len(data) > _LARGEST_FILE:
            raise ValueError("too large")
        about = json.loads(data)
        found = str(about["format"]), str(about["encoder"])
        fitted_to = str(about["weights"])
        probes = {name: PhotographCalibration.model_validate(one) for name, one in about["probes"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PhotographCalibrationError(f"the calibrations on photographs for {encoder} are damaged") from error
    if found != (_FORMAT, encoder):
        raise PhotographCalibrationError(f"the file holds {found[0]} for {found[1]}, not {_FORMAT} for {encoder}")
    known = {name: probes[name] for name in PROBES if name in probes}
    for name, one in known.items():
        if not one.fits(PROBES[name]):
            raise PhotographCalibrationError(
                f"{name} has another shape than its probe in the calibrations on photographs for {encoder}"
            )
    return known if fitted_to == weights else {}


def shares_of(spec: ProbeSpec, probabilities: Tensor) -> dict[str, float]:
    """Probabilities of one face by class: () of an attribute, (C,) of classes."""
    if spec.kind == "binary":
        probabilities = torch.stack([1 - probabilities, probabilities])
    return dict(zip(spec.classes, probabilities.tolist(), strict=True))
