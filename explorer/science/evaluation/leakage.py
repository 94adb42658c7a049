"""How well probes do: balanced accuracy, landmark error, distance of histograms, and whether probabilities hold.

Each measure comes with a 95 % interval and beside what an answer that does not look at the embedding would reach.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from explorer.science.evaluation.people import interval_of_people
from explorer.science.leakage.calibration import calibration_error_floor, expected_calibration_error
from explorer.science.leakage.fitted import FittedProbe
from explorer.science.leakage.histogram import earth_movers_distance
from explorer.science.leakage.labels.landmarks import OUTER_EYE_CORNERS
from explorer.science.leakage.probes import PROBES, ProbeSpec
from explorer.science.leakage.readout import ALONE, MetricValue

_LEVEL = (2.5, 97.5)
_DRAWS = 4000

_ERRORS = {"landmarks": "landmark error", "histogram": "EMD", "regression": "mean absolute error"}


@dataclass(frozen=True, eq=False)
class Truth:
    """What is known of some faces of a set, for one probe.

    rows: (M,) which faces. values: (M, ...) as the probe's `target` gives them.
    """

    rows: Tensor
    values: Tensor


@dataclass(frozen=True, eq=False)
class JudgedSet:
    """N embedded faces of which something is known.

    name: of the set. embeddings: (N, D) by encoder. truths: by probe.
    from_image: what looking at a picture says, by probe: (M, ...) answers for some rows; empty where nothing looked.
    people: (N,) whose face each is, as numbers; None where every face is another person's.
    regressed: as `from_image` by networks that were trained for it on pictures, as the thesis's CNN, by their names.
    by_hand: the probes whose truths somebody said who looked; those of the others are the labellers' word.
    """

    name: str
    embeddings: Mapping[str, Tensor]
    truths: Mapping[str, Truth]
    from_image: Mapping[str, Truth]
    people: Tensor | None = None
    regressed: Mapping[str, Mapping[str, Truth]] = field(default_factory=dict)
    by_hand: tuple[str, ...] = ()


def measure(
    fitted: FittedProbe, embeddings: Tensor, truth: Truth, people: Tensor | None = None
) -> tuple[MetricValue, ...]:
    """Judge a probe: its measures, the main one first.

    Args:
        embeddings: (N, D) of the whole set.
        truth: of M of its faces, M at least 1.
        people: (N,) as in `JudgedSet`.
    """
    whose = None if people is None else people[truth.rows]
    answers = fitted.answers(embeddings[truth.rows])
    return judge(fitted.spec, answers, fitted.record.baseline, truth.values, fitted, whose)


def judge(
    spec: ProbeSpec,
    answers: Tensor,
    baseline: Sequence[float],
    truth: Tensor,
    fitted: FittedProbe | None = None,
    people: Tensor | None = None,
) -> tuple[MetricValue, ...]:
    """Judge answers, the main measure first.

    Args:
        answers: (M, ...) as `FittedProbe.answers`, or what an image says, as `ProbeSpec.target`.
        baseline: what is answered without looking, as in `ProbeRecord`.
        truth: (M, ...) as `ProbeSpec.target`.
        fitted: whose answers they are, where they are probabilities.
        people: (M,) whose face each is, where some are the same person's: intervals are then those of the people.
    """
    if spec.kind not in ("binary", "categorical"):
        constant = torch.tensor(baseline).reshape(spec.shape).expand_as(truth)
        found, blind = errors(spec.kind, answers, truth), errors(spec.kind, constant, truth)
        quality = mean_quality(_ERRORS[spec.kind], spec.unit, found, blind)
        return (_of_people(quality, people, lambda rows: float(found[rows].mean())),)
    truth = truth.long()
    commonest = int(baseline[0] >= 0.5) if spec.kind == "binary" else int(torch.tensor(baseline).argmax())
    if fitted is None:
        said = likeliest = answers.long()
    else:
        said = fitted.decide(answers)
        likeliest = (answers >= 0.5).long() if spec.kind == "binary" else answers.argmax(-1)
    right = (likeliest == truth).double()
    qualities = (
        _of_people(balanced_accuracy(said, truth, spec.classes), people, lambda rows: _balanced(said, truth, rows)),
        _of_people(accuracy(likeliest, truth, commonest), people, lambda rows: float(right[rows].mean())),
    )
    if fitted is None:
        return qualities
    confidence, hits = (answers, truth) if spec.kind == "binary" else (answers.amax(-1), right.long())
    error = _of_people(
        calibration_error(confidence, hits),
        people,
        lambda rows: expected_calibration_error(confidence[rows], hits[rows]),
    )
    return *qualities, error


def _of_people(quality: MetricValue, people: Tensor | None, value_of: Callable[[Tensor], float | None]) -> MetricValue:
    """The quality with the interval of the people instead of that of the faces; it contains what was measured."""
    if people is None:
        return quality
    low, high = interval_of_people(people, value_of) or (quality.low, quality.high)
    ends = {"low": min(low, quality.value), "high": max(high, quality.value)}
    return quality.model_copy(update={**ends, "people": len(people.unique())})


def _balanced(said: Tensor, truth: Tensor, rows: Tensor) -> float | None:
    """Balanced accuracy of some rows; None where they lack a class that all of them have."""
    right, classes = said == truth, truth.unique()
    shares = [right[rows][truth[rows] == one].double().mean() for one in classes]
    value = float(torch.stack(shares).mean())
    return None if math.isnan(value) else value


def landmark_errors(predicted: Tensor, truth: Tensor) -> Tensor:
    """Mean distance of landmarks in percent of the distance between the outer eye corners, (..., 68, 2) to (...)."""
    one, other = (truth[..., corner, :] for corner in OUTER_EYE_CORNERS)
    distances = torch.linalg.vector_norm(predicted - truth, dim=-1).mean(-1)
    percent: Tensor = 100 * distances / torch.linalg.vector_norm(one - other, dim=-1)
    return percent


def histogram_errors(predicted: Tensor, truth: Tensor) -> Tensor:
    """Earth mover's distance in bins, mean of the three colours: (..., 3, bins) to (...)."""
    return earth_movers_distance(predicted, truth).mean(-1)


def errors(kind: str, predicted: Tensor, truth: Tensor) -> Tensor:
    """(N,) errors of answers that are no classes: absolute, or as the two above."""
    if kind == "landmarks":
        return landmark_errors(predicted, truth)
    return histogram_errors(predicted, truth) if kind == "histogram" else (predicted - truth).abs()


def mean_quality(measure: str, unit: str, values: Tensor, chance: Tensor) -> MetricValue:
    """The mean of (N,) errors, N at least 1, its normal interval, and the mean of the baseline's errors (N,)."""
    mean = float(values.mean())
    margin = 1.96 * float(values.std(correction=0)) / max(len(values) - 1, 1) ** 0.5
    return MetricValue(
        measure=measure,
        unit=unit,
        value=mean,
        low=max(mean - margin, 0.0),
        high=mean + margin,
        chance=float(chance.mean()),
        faces=len(values),
    )


def accuracy(said: Tensor, truth: Tensor, commonest: int) -> MetricValue:
    """Share of answers that are right; chance always says the commonest class.

    Args:
        said, truth: (N,) class numbers. commonest: among the calibration faces.
    """
    right = int((said == truth).sum())
    value = right / len(truth)
    low, high = _interval([(right, len(truth))], value)
    return MetricValue(
        measure="accuracy",
        unit="",
        value=value,
        low=low,
        high=high,
        chance=float((truth == commonest).double().mean()),
        faces=len(truth),
    )


def balanced_accuracy(said: Tensor, truth: Tensor, classes: Sequence[str]) -> MetricValue:
    """Mean over the classes that occur of the share of their faces that is recognised.

    Where one class occurs alone, the measure says so: it is that share, and always naming the class would reach 1.

    Args:
        said, truth: (N,) class numbers, N at least 1.
    """
    counts = [
        (int(((said == truth) & (truth == number)).sum()), int((truth == number).sum()))
        for number in range(len(classes))
    ]
    present = [(right, all_) for right, all_ in counts if all_]
    value = sum(right / all_ for right, all_ in present) / len(present)
    low, high = _interval(present, value)
    alone = classes[int(truth[0])] if len(present) == 1 else None
    # Always naming a class gets all faces of that one right and none of another.
    return MetricValue(
        measure="balanced accuracy" if alone is None else f"{ALONE}{alone}",
        unit="",
        value=value,
        low=low,
        high=high,
        chance=1 / len(present),
        faces=len(truth),
    )


def calibration_error(probabilities: Tensor, hits: Tensor) -> MetricValue:
    """Expected calibration error with a bootstrap interval, beside what so many faces make of it where all holds.

    Args:
        probabilities: (N,) of an event. hits: (N,) of 0 and 1, whether it happened.
    """
    random = torch.Generator().manual_seed(0)
    draws = []
    for _ in range(200):
        rows = torch.randint(len(hits), (len(hits),), generator=random)
        draws.append(expected_calibration_error(probabilities[rows], hits[rows]))
    value = expected_calibration_error(probabilities, hits)
    low, high = np.percentile(draws, _LEVEL)
    # The error of resamples is biased upward; the interval still contains what was measured.
    return MetricValue(
        measure="calibration error",
        unit="",
        value=value,
        low=min(low, value),
        high=max(high, value),
        chance=None,
        faces=len(hits),
        floor=calibration_error_floor(probabilities),
    )


def _interval(counts: Sequence[tuple[int, int]], value: float) -> tuple[float, float]:
    """The 95 % interval of a mean of shares, given (hits, tries) of each: Jeffreys', reaching to the value itself where
    all or none were hit."""
    random = np.random.default_rng(0)
    draws = [random.beta(hits + 0.5, tries - hits + 0.5, _DRAWS) for hits, tries in counts]
    low, high = np.percentile(np.mean(draws, axis=0), _LEVEL)
    return min(float(low), value), max(float(high), value)


@dataclass(frozen=True)
class LeakageRow:
    """One row of table 3.1: where the answers come from, and the measures by probe."""

    source: str
    cells: Mapping[str, MetricValue]


@dataclass(frozen=True)
class LeakageTable:
    """Table 3.1 on one set: from each encoder's embedding, from the image, and without looking.

    faces: how many the set has. rows: in order; the baseline is in every row's `chance`.
    """

    name: str
    faces: int
    rows: tuple[LeakageRow, ...]

    def baseline(self, probe: str) -> float | None:
        """What an answer that does not look reaches, in the measure of the cells; None where nothing was measured."""
        return next((row.cells[probe].chance for row in self.rows if probe in row.cells), None)


def cell(qualities: Sequence[MetricValue]) -> MetricValue:
    """Of a probe's measures the one that the thesis's table shows: accuracy for classes, the error otherwise."""
    return next((one for one in qualities if one.measure == "accuracy"), qualities[0])


def leakage_table(judged: JudgedSet, probes: Mapping[str, Mapping[str, FittedProbe]]) -> LeakageTable:
    """Table 3.1 of the thesis for a set.

    Args:
        probes: by encoder, then by name; encoders of which the set has no embeddings are left out.
    """
    rows = []
    for encoder, fitted in probes.items():
        if encoder in judged.embeddings:
            cells = {
                name: cell(measure(one, judged.embeddings[encoder], judged.truths[name], judged.people))
                for name, one in fitted.items()
                if name in judged.truths
            }
            rows.append(LeakageRow(f"from ID ({encoder})", cells))
    baselines = {name: one.record.baseline for fitted in probes.values() for name, one in fitted.items()}
    lookers = {f"from image ({name})": answers for name, answers in judged.regressed.items()}
    for source, answers in ({"from image": judged.from_image} | lookers).items():
        seen = {
            name: cell(_seen(PROBES[name], one, judged.truths[name], baselines[name], judged.people))
            for name, one in answers.items()
            if name in baselines and name in judged.truths
        }
        if seen:
            rows.append(LeakageRow(source, seen))
    faces = len(next(iter(judged.embeddings.values())))
    return LeakageTable(judged.name, faces, tuple(rows))


def _seen(
    spec: ProbeSpec, answers: Truth, truth: Truth, baseline: Sequence[float], people: Tensor | None
) -> tuple[MetricValue, ...]:
    """Judge what an image says of those faces of which the truth is known too."""
    place = {int(row): at for at, row in enumerate(truth.rows)}
    common = [at for at, row in enumerate(answers.rows) if int(row) in place]
    known = [place[int(answers.rows[at])] for at in common]
    whose = None if people is None else people[truth.rows[known]]
    return judge(spec, answers.values[common], baseline, truth.values[known], people=whose)
