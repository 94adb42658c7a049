"""Fit the probes of an encoder on photographs of known people: in minutes, and judged on people who had no part in it.

A probe is then linear: a ridge regression, whose penalty and whose calibration come from folds of people. For an
attribute the regression of 0 and 1 over its residual variance is the log odds of two normal classes (Fisher's linear
discriminant; Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2009, section 4.3).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.errors import LikenessError
from explorer.science.evaluation.leakage import JudgedSet, Truth, measure
from explorer.science.evaluation.ridge import (
    PENALTIES,
    Chosen,
    Linear,
    choose_by_people,
    equal_classes,
    equal_people,
    fit_ridge,
)
from explorer.science.leakage.fitted import FittedProbe, ProbeRecord
from explorer.science.leakage.probes import Architecture, Probe, ProbeSpec
from explorer.science.training.probes import calibrated_outputs

LEAST_PEOPLE = 10
# With fewer people to show it, a class may be some other trait of theirs.
LEAST_OF_A_CLASS = 3
_ONE_IN = 9
_ENOUGH = 10
# Of a bin: the logarithm of a colour that a picture lacks is finite.
_LEAST_SHARE = 1e-4


class PhotographsError(LikenessError, ValueError):
    """Photographs that a probe cannot be fitted on; the message says why.

    Example:
        >>> from explorer.science.training.photograph_probes import people_apart
        >>> people_apart(["ada", "bo"])
        Traceback (most recent call last):
        explorer.science.training.photograph_probes.PhotographsError: photographs of 2 people are too few: ...
    """


def people_apart(people: Sequence[str]) -> set[str]:
    """Those of some people who judge and are not fitted on: one in nine by a hash of their names, of few people more.

    Raises:
        PhotographsError: there are fewer than ten.
    """
    names = sorted(set(people), key=lambda name: hashlib.sha256(name.encode(errors="surrogateescape")).digest())
    if len(names) < LEAST_PEOPLE:
        raise PhotographsError(
            f"photographs of {len(names)} people are too few: a probe needs {LEAST_PEOPLE}, of whom some only judge it"
        )
    return set(names[: max(round(len(names) / _ONE_IN), min(_ENOUGH, len(names) // 3))])


def fit_photograph_probe(data: JudgedSet, encoder: str, spec: ProbeSpec, apart: Tensor) -> FittedProbe:
    """Fit a probe on the photographs of some people, and judge it on those of the others.

    Args:
        data: embeddings, truths and whose photograph each is.
        apart: (N,) bool, the photographs of those who judge.

    Returns:
        The probe; `portraits` of its record is what it reaches on the photographs apart.

    Raises:
        PhotographsError: nearly everybody who is fitted on is of one class, or nobody apart has a truth.
    """
    if data.people is None:
        raise ValueError(f"{data.name} does not say whose photographs these are")
    truth = data.truths[spec.name]
    judging = apart[truth.rows]
    rows, values = truth.rows[~judging], truth.values[~judging]
    people = data.people[rows]
    _refuse_one_class(spec, values, people)
    if not bool(judging.any()):
        raise PhotographsError(f"{spec.name}: nothing is known of those who judge")
    directions = F.normalize(data.embeddings[encoder].double(), dim=-1)
    targets = _regressed(spec, values)
    classes = spec.kind in ("binary", "categorical")
    weights = equal_classes(people, values.long()) if classes else equal_people(people)
    chosen = choose_by_people(directions[rows], targets, people, weights)
    linear = next(fit_ridge(directions[rows], targets, weights, [chosen.penalty]))
    scale = _scale(spec, chosen, targets, weights)
    probe = _probe(spec, linear, scale)
    found = calibrated_outputs(spec, _outputs(spec, chosen.held_out * scale[0] + scale[1]), values)
    record = ProbeRecord(
        preset="photographs",
        candidate=f"ridge, penalty {chosen.penalty:g}" + _at_the_end(chosen.penalty),
        hidden=(),
        normalised=True,
        calibrator=found.calibrator,
        baseline=found.baseline,
        margin=found.margin,
        trained_on=len(rows),
        people=len(people.unique()),
        calibrated_on=f"photographs of the {len(people.unique())} people that it was fitted on, each held out in turn",
    )
    judged = Truth(truth.rows[judging], truth.values[judging])
    portraits = measure(FittedProbe(probe, record), data.embeddings[encoder], judged, data.people)
    return FittedProbe(probe, record.model_copy(update={"portraits": portraits, "judged_on": f"{data.name}, others"}))


def _at_the_end(penalty: float) -> str:
    return " (the largest tried)" if penalty == PENALTIES[-1] else ""


def _refuse_one_class(spec: ProbeSpec, values: Tensor, people: Tensor) -> None:
    if spec.kind not in ("binary", "categorical"):
        if len(values) < 2:
            raise PhotographsError(f"{spec.name}: nothing is known of the people it would be fitted on")
        return
    showing = {name: len(people[values.long() == number].unique()) for number, name in enumerate(spec.classes)}
    known = [name for name, count in showing.items() if count >= LEAST_OF_A_CLASS]
    if len(known) < 2:
        counted = ", ".join(f"{name} {count}" for name, count in showing.items())
        raise PhotographsError(
            f"{spec.name}: at least {LEAST_OF_A_CLASS} people must show each of two classes; people who do: {counted}"
        )


def _regressed(spec: ProbeSpec, values: Tensor) -> Tensor:
    """What is regressed, (N, K), for truths (N, ...) as the spec's `target` gives them."""
    if spec.kind == "categorical":
        return F.one_hot(values.long(), len(spec.classes)).double()
    flat = values.reshape(len(values), -1).double()
    return flat.clamp_min(_LEAST_SHARE).log() if spec.kind == "histogram" else flat


def _scale(spec: ProbeSpec, chosen: Chosen, targets: Tensor, weights: Tensor) -> tuple[float, float]:
    """Factor and shift from what is regressed to the outputs: log odds of an attribute, logits of classes."""
    if spec.kind not in ("binary", "categorical"):
        return 1.0, 0.0
    residual = (chosen.held_out - targets).square().mean(-1)
    variance = float((weights * residual).sum() / weights.sum())
    factor = 1.0 / max(variance, 1e-3)
    return factor, -0.5 * factor


def _outputs(spec: ProbeSpec, regressed: Tensor) -> Tensor:
    """What `Probe` gives for regressed values (N, K)."""
    shaped = regressed.float().reshape(-1, *spec.shape)
    return shaped.softmax(-1) if spec.kind == "histogram" else shaped


def _probe(spec: ProbeSpec, linear: Linear, scale: tuple[float, float]) -> Probe:
    probe = Probe(spec, linear.weight.shape[0], Architecture((), normalised=True))
    (last,) = probe.layers
    with torch.no_grad():
        last.weight.copy_(linear.weight.T * scale[0])  # type: ignore[operator]
        last.bias.copy_(linear.bias * scale[0] + scale[1])  # type: ignore[operator]
    return probe.eval().requires_grad_(False)
