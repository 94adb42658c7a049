"""What an embedding determines of a face, and what the generator's prior invents: results of several inversions of one
embedding, from different starts, held against each other.

What they share the embedding must have said; what differs among them it left open. Every measure is a mean over pairs
of results, so that it does not depend on how many there are, and stands beside the same mean over faces that the
generator draws at random, of which nothing is determined. The share that is determined is 1 less the quotient of the
two disagreements, as in Krippendorff's alpha (Hayes & Krippendorff 2007).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from explorer.science.evaluation.leakage import histogram_errors, landmark_errors
from explorer.science.leakage.labels import MEASURE_SIZE
from explorer.science.leakage.probes import PROBES, ProbeSpec
from explorer.science.recognition.base import similarity_or_distance
from explorer.science.recognition.registry import encoder_spec

Group = Literal["attribute", "shape", "colour", "encoder"]
Pairwise = Callable[[Tensor, Tensor], Tensor]

# Faces that differ by less do not differ.
_ALIKE = 1e-6


@dataclass(frozen=True, eq=False)
class SeenFaces:
    """N faces, as labellers and encoders see them.

    frames: (N, R, R, 3) uint8 RGB, each in the common frame.
    labels: (N, ...) by name, as `labels.stacked`.
    embeddings: (N, D) by encoder.
    """

    frames: NDArray[np.uint8]
    labels: Mapping[str, NDArray[Any]]
    embeddings: Mapping[str, Tensor]

    def __len__(self) -> int:
        return len(self.frames)


class Agreement(BaseModel):
    """How far results agree in one thing.

    answer: what they show: the class that most of them show, or the mean; "" where that has no meaning.
    measure, unit: of the two numbers. better: which way lies agreement.
    results: mean over pairs of results. random: mean over pairs of random faces.
    determined: 1 - disagreement among the results / disagreement among random faces: 1 where all results agree, 0 or
        less where they differ like random faces; None where random faces do not differ.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    group: Group
    answer: str
    measure: str
    unit: str
    better: Literal["higher", "lower"]
    results: float
    random: float
    determined: float | None


def mean_face(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The mean of faces in the common frame, (N, R, R, 3) to (R, R, 3) uint8 RGB, rounded."""
    mean: NDArray[np.uint8] = np.rint(frames.mean(0, dtype=np.float64)).astype(np.uint8)
    return mean


def colour_spread(frames: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How much the colour of each pixel varies: its standard deviation in CIELAB, a distance of colours.

    The root of the sum of the three coordinates' variances (with N - 1): in units of CIE76 colour difference, of which
    2.3 is just noticed (Mahy et al. 1994).

    Args:
        frames: (N, R, R, 3) uint8 sRGB, N at least 2.

    Returns:
        (R, R) float32.
    """
    lab = np.stack([cv2.cvtColor(frame.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) for frame in frames])
    spread: NDArray[np.float32] = np.sqrt(lab.var(axis=0, ddof=1).sum(-1)).astype(np.float32)
    return spread


def face_mask(landmarks: NDArray[np.float32], side: int) -> NDArray[np.bool_]:
    """Where the face lies, from the brows to the chin: the hull of its mean landmarks.

    Args:
        landmarks: (N, 68, 2) pixels of the 224 px frame.
        side: R of the mask.

    Returns:
        (R, R).
    """
    points = (landmarks.mean(0) * side / MEASURE_SIZE - 0.5).round().astype(np.int32)
    filled = np.zeros((side, side), np.uint8)
    cv2.fillConvexPoly(filled, cv2.convexHull(points), 1)
    return filled.astype(bool)


def agreements(results: SeenFaces, random: SeenFaces, attacked: str) -> list[Agreement]:
    """Hold results of one embedding against each other, beside random faces.

    Args:
        results, random: at least two faces each, their frames of one size.
        attacked: the encoder whose embedding was inverted; the others judge.

    Raises:
        ValueError: there are fewer than two of either.
    """
    if min(len(results), len(random)) < 2:
        raise ValueError(f"agreement needs at least two results, not {min(len(results), len(random))}")
    attributes = [_attribute(spec, results.labels, random.labels) for spec in PROBES.values()]
    encoders = sorted(results.embeddings.keys() & random.embeddings.keys(), key=lambda name: (name != attacked, name))
    found = [_encoder(name, results.embeddings[name], random.embeddings[name], name == attacked) for name in encoders]
    return [*attributes, *_colours(results, random), *found]


def _attribute(spec: ProbeSpec, results: Mapping[str, NDArray[Any]], random: Mapping[str, NDArray[Any]]) -> Agreement:
    values, usual = (spec.target(torch.from_numpy(labels[spec.label])) for labels in (results, random))
    group: Group = "attribute"
    measure: Pairwise = _difference
    answer, measured = "", "difference"
    if spec.kind in ("binary", "categorical"):
        answer, measured, measure = spec.classes[int(values.long().mode().values)], "pairs that agree", _same
    elif spec.kind == "regression":
        answer = f"{round(float(values.mean()))} {spec.unit}"
    elif spec.kind == "landmarks":
        group, measured, measure = "shape", "distance", _landmarks_apart
    else:
        group, measured, measure = "colour", "EMD", histogram_errors
    means = _mean_of_pairs(values, measure), _mean_of_pairs(usual, measure)
    perfect = 1.0 if measure is _same else 0.0
    return _compared(spec.name, spec.title, group, answer, measured, spec.unit, means, perfect)


def _colours(results: SeenFaces, random: SeenFaces) -> list[Agreement]:
    """How far the pictures agree where the results' faces lie, and around them."""
    mask = face_mask(results.labels["landmarks"], results.frames.shape[1])
    spreads = [colour_spread(faces.frames) for faces in (results, random)]
    found = []
    for name, title, where in (("face_picture", "Picture, face", mask), ("other_picture", "Picture, around it", ~mask)):
        means = float(spreads[0][where].mean()), float(spreads[1][where].mean())
        found.append(_compared(name, title, "colour", "", "spread of each pixel's colour", "ΔE", means, 0.0))
    return found


def _encoder(name: str, results: Tensor, random: Tensor, attacked: bool) -> Agreement:
    measure = encoder_spec(name).measure

    def near(one: Tensor, other: Tensor) -> Tensor:
        return similarity_or_distance(one, other, measure)

    means = _mean_of_pairs(results.float(), near), _mean_of_pairs(random.float(), near)
    title = f"{name}, {'attacked' if attacked else 'held out'}"
    perfect = 1.0 if measure == "cosine" else 0.0
    return _compared(name, title, "encoder", "", "cosine" if perfect else "distance", "", means, perfect)


def _compared(
    name: str,
    title: str,
    group: Group,
    answer: str,
    measure: str,
    unit: str,
    means: tuple[float, float],
    perfect: float,
) -> Agreement:
    """An agreement from its means over results and over random faces; `perfect` is the mean where all are alike."""
    apart, usual = (abs(perfect - mean) for mean in means)
    return Agreement(
        name=name,
        title=title,
        group=group,
        answer=answer,
        measure=measure,
        unit=unit,
        better="higher" if perfect else "lower",
        results=means[0],
        random=means[1],
        determined=1 - apart / usual if usual > _ALIKE else None,
    )


def _mean_of_pairs(faces: Tensor, measure: Pairwise) -> float:
    """The mean of a measure over all pairs of different faces."""
    pairs = torch.tensor(list(combinations(range(len(faces)), 2)))
    return float(measure(faces[pairs[:, 0]], faces[pairs[:, 1]]).mean())


def _same(one: Tensor, other: Tensor) -> Tensor:
    return (one == other).double()


def _difference(one: Tensor, other: Tensor) -> Tensor:
    return (one - other).abs()


def _landmarks_apart(one: Tensor, other: Tensor) -> Tensor:
    """The landmark error with each of the two as the truth: only their interocular distances differ."""
    return 0.5 * (landmark_errors(one, other) + landmark_errors(other, one))
