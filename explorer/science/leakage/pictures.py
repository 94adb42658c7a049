"""Pictures of one face, as the labellers of photographs see them, combined to one answer an attribute.

The probability of a class is the mean over the pictures of the probability that the labeller gives it in each: where
the labeller is certain, the share of the pictures that show it; of one picture, the labeller's confidence. Its interval
is Wilson's for such a share of N (Wilson 1927), which stays wide where few pictures agree. Numbers are means.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.special import stdtrit
from torch import Tensor

from explorer.science.leakage.picture_calibration import IDENTITY, PictureCalibration, PictureCalibrations
from explorer.science.leakage.picture_readout import PictureReadout
from explorer.science.leakage.probes import PROBES, ProbeSpec

_Z = 1.959964  # of the normal distribution's 97.5 %
# A labeller that is certain has a finite logit all the same, as a calibration needs it.
_LEAST = 1e-4


def read_pictures(
    labels: Mapping[str, NDArray[Any]], calibrations: PictureCalibrations | None = None
) -> list[PictureReadout]:
    """Combine what the labellers say of N pictures of one face, in the order of `PROBES`.

    Args:
        labels: (N, ...) by name, as `labels.stacked` gives them; an attribute whose label is not there is left out.
        calibrations: by probe; answers without one stay as they are.

    Raises:
        ValueError: there are no pictures.

    Example:
        >>> import numpy as np
        >>> from explorer.science.leakage import read_pictures
        >>> labels = {"male": np.array([1.0, 1.0, 0.0], np.float32)}
        >>> (gender,) = read_pictures(labels)
        >>> gender.text, round(gender.probability, 2), round(gender.agreement, 2)
        ('male', 0.67, 0.67)
    """
    if any(len(values) == 0 for values in labels.values()):
        raise ValueError("a reading needs at least one picture that shows a face")
    known = calibrations or {}
    return [
        _read(spec, torch.from_numpy(labels[spec.label]), known.get(name, IDENTITY))
        for name, spec in PROBES.items()
        if spec.label in labels
    ]


def logits_of(spec: ProbeSpec, labels: Tensor) -> Tensor:
    """The logit of an attribute, or the logarithms of the probabilities of classes, before any calibration.

    `fit_calibrator` fits a calibration to these, of many faces, and their truths.

    Args:
        labels: (N, ...) of the spec's label, of N pictures of one face.

    Returns:
        () or (C,).
    """
    mean = _shares(spec, labels).mean(0)
    return torch.logit(mean, _LEAST) if spec.kind == "binary" else mean.clamp_min(_LEAST).log()


def _shares(spec: ProbeSpec, labels: Tensor) -> Tensor:
    """What the labeller gives each picture: the probability (N,) of the attribute, or those (N, C) of the classes."""
    if spec.evidence is not None:
        evidence = spec.evidence(labels).double()
        return evidence.sigmoid() if spec.kind == "binary" else evidence.softmax(-1)
    decided = spec.target(labels)
    return decided.double() if spec.kind == "binary" else F.one_hot(decided.long(), len(spec.classes)).double()


def _read(spec: ProbeSpec, labels: Tensor, calibration: PictureCalibration) -> PictureReadout:
    about: dict[str, Any] = {
        "probe": spec.name,
        "title": spec.title,
        "unit": spec.unit,
        "pictures": len(labels),
        "labeller": spec.labeller,
        "portraits": calibration.portraits,
        "skill": calibration.skill,
    }
    if spec.kind in ("binary", "categorical"):
        answer = _class(spec, labels, calibration)
    elif spec.kind == "regression":
        answer = _number(spec, labels, calibration)
    else:
        answer = _array(spec, labels)
    return PictureReadout(**about, **answer)


def _class(spec: ProbeSpec, labels: Tensor, calibration: PictureCalibration) -> dict[str, Any]:
    calibrated = calibration.probabilities(logits_of(spec, labels))
    if spec.kind == "binary":
        calibrated = torch.stack([1 - calibrated, calibrated])
    place, count = int(calibrated.argmax()), len(labels)
    return {
        "text": spec.classes[place],
        "value": spec.classes[place],
        "probabilities": dict(zip(spec.classes, calibrated.tolist(), strict=True)),
        "agreement": float((spec.target(labels).long() == place).double().mean()),
        "interval": None if count == 1 else _of_share(float(calibrated[place]), count),
        "calibrated_on": calibration.calibrated_on,
    }


def _number(spec: ProbeSpec, labels: Tensor, calibration: PictureCalibration) -> dict[str, Any]:
    values = calibration.number(spec.target(labels).double())
    mean, count = float(values.mean()), len(labels)
    spread = float(values.std()) if count > 1 else None
    return {
        "text": f"{round(mean)} {spec.unit}",
        "value": mean,
        "interval": None if spread is None else _of_mean(mean, spread, count),
        "spread": spread,
        "calibrated_on": calibration.calibrated_on,
    }


def _array(spec: ProbeSpec, labels: Tensor) -> dict[str, Any]:
    """Landmarks and histograms are not calibrated: the labeller sees them where they are."""
    values = spec.target(labels).double()
    spread = values.std(0).numpy().astype(np.float32) if len(labels) > 1 else None
    return {"text": spec.title.lower(), "value": values.mean(0).numpy().astype(np.float32), "spread": spread}


def _of_share(share: float, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share of so many."""
    square = _Z**2 / count
    centre, half = share + square / 2, _Z * (share * (1 - share) / count + square / (4 * count)) ** 0.5
    return max(0.0, (centre - half) / (1 + square)), min(1.0, (centre + half) / (1 + square))


def _of_mean(mean: float, spread: float, count: int) -> tuple[float, float]:
    """Student's 95 % interval of a mean of so many."""
    half = float(stdtrit(count - 1, 0.975)) * spread / count**0.5
    return mean - half, mean + half
