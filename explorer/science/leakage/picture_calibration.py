"""How what labellers say of reconstructions is fitted to photographs: a slope and shifts an attribute, in a JSON file.

Where nothing was fitted the slope is 1 and the shifts are 0, so that answers stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from explorer.science.errors import LikenessError
from explorer.science.leakage.calibration import ProbabilityCalibrator
from explorer.science.leakage.probes import PROBES, ProbeSpec
from explorer.science.leakage.readout import MetricValue

_FORMAT = "likeness-reconstruction/1"


class PictureCalibrationError(LikenessError, ValueError):
    """A file of calibrations that cannot be used; the message says why."""


class PictureCalibration(BaseModel):
    """How one attribute's answers become those that photographs bear out.

    slope, shifts: of the logit of a probability (one shift), of the logarithms of the probabilities of classes (a
        shift each), or of a number in its own unit (one shift).
    calibrated_on: the photographs that it was fitted on, in words; "" where it was not fitted.
    portraits: how good the labellers' own answers are on those photographs; None where not measured.
    skill, error: of calibrated answers on people that they were not fitted on, as in `PhotographCalibration`; None
        where not measured.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slope: float = Field(1.0, gt=0, allow_inf_nan=False)
    shifts: tuple[float, ...] = Field((0.0,), min_length=1)
    calibrated_on: str = ""
    portraits: MetricValue | None = None
    skill: MetricValue | None = None
    error: MetricValue | None = None

    def probabilities(self, logits: Tensor) -> Tensor:
        """Calibrated probabilities, as `ProbabilityCalibrator` gives them; one shift stands for all of the classes."""
        if logits.ndim and len(self.shifts) == 1:
            return torch.softmax(self.slope * logits, -1)
        return ProbabilityCalibrator(slope=self.slope, shifts=self.shifts).probabilities(logits)

    def number(self, values: Tensor) -> Tensor:
        """Calibrated numbers, in their own unit."""
        return self.slope * values + self.shifts[0]


PictureCalibrations = Mapping[str, PictureCalibration]
IDENTITY = PictureCalibration()


def encode_calibrations(encoder: str, calibrations: PictureCalibrations) -> bytes:
    """The calibrations of readings by inversions of an encoder's vectors, by probe, as the bytes of a JSON file."""
    answers = {name: one.model_dump(mode="json") for name, one in calibrations.items()}
    return json.dumps({"format": _FORMAT, "encoder": encoder, "answers": answers}, indent=2, sort_keys=True).encode()


def decode_calibrations(data: bytes, encoder: str) -> dict[str, PictureCalibration]:
    """The calibrations of a file, of those attributes that are known.

    Raises:
        PictureCalibrationError: it is damaged, of another version, or of another encoder.
    """
    try:
        about = json.loads(data)
        found = str(about["format"]), str(about["encoder"])
        answers = {name: PictureCalibration.model_validate(one) for name, one in about["answers"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PictureCalibrationError(f"the calibrations of reconstructions for {encoder} are damaged") from error
    if found != (_FORMAT, encoder):
        raise PictureCalibrationError(f"the file holds {found[0]} for {found[1]}, not {_FORMAT} for {encoder}")
    known = {name: answers[name] for name in PROBES if name in answers}
    for name, one in known.items():
        if len(one.shifts) not in (1, _shifts(PROBES[name])):
            raise PictureCalibrationError(
                f"{name} has {len(one.shifts)} shifts for {_shifts(PROBES[name])} logits in the calibrations of "
                f"reconstructions for {encoder}"
            )
    return known


def _shifts(spec: ProbeSpec) -> int:
    return len(spec.classes) if spec.kind == "categorical" else 1
