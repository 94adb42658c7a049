"""Templates: one vector that stands for several photographs of a person.

The vectors of several photographs are averaged (Deep Face Decoder, section 4.4.2), each with a weight; averages of
clusters of them are the centroids of section 4.4.1. Under a cosine the directions are averaged and the mean length is
put back (`normalised`); under a distance the vectors are averaged as they are (`plain`), since the length says
something there.
"""

from __future__ import annotations

from typing import Literal, cast, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field

from explorer.science.errors import LikenessError
from explorer.science.recognition.base import Metric
from explorer.science.recognition.clustering import average_linkage
from explorer.science.recognition.neighbours import unit

Averaging = Literal["normalised", "plain"]
Signal = Literal["norm", "score", "size", "sharpness"]
SIGNALS: tuple[Signal, ...] = get_args(Signal)
"""What tells the quality of a photograph: the length of its vector, the detector's score, the width of the face in
pixels, and the sharpness of the face (`sharpness`)."""
_SHORTEST = 1e-12

Matrix = NDArray[np.float32]
Vector = NDArray[np.float32]


class TemplateError(LikenessError, ValueError):
    """Vectors that no template can be made of; the message says why."""


class QualityRule(BaseModel):
    """Weights in proportion to a power of a signal of quality: a signal of any unit can be used.

    Example:
        >>> from explorer.science.laboratory import QualityRule
        >>> QualityRule(signal="size", power=1).weights([40, 120]).tolist()
        [0.25, 0.75]
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    signal: Signal
    power: float = Field(gt=0, le=16)

    def weights(self, values: ArrayLike) -> NDArray[np.float64]:
        """Weights (N,) of photographs that sum to 1.

        Args:
            values: (N,) of the signal, at least 0.

        Raises:
            TemplateError: a value is below 0 or not finite, or all are 0.
        """
        return relative(powered(np.asarray(values, np.float64), self.power))

    def words(self) -> str:
        """Such as "norm^2"."""
        return self.signal if self.power == 1 else f"{self.signal}^{self.power:g}"


def powered(values: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    """Signals (..., N) to a power, in units of the largest of them, so that no power runs over.

    Raises:
        TemplateError: a value is below 0 or not finite, or all are 0.
    """
    if not np.isfinite(values).all() or (values < 0).any() or not values.any():
        raise TemplateError("qualities of photographs are numbers of at least 0, of which one is larger")
    raised: NDArray[np.float64] = (values / values.max()) ** power
    return raised


def relative(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights (N,) of at least 0 as shares that sum to 1.

    Raises:
        TemplateError: a weight is below 0 or not finite, or all are 0.
    """
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise TemplateError("weights of photographs are numbers of at least 0, of which one is larger")
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


def averaging_of(measure: Metric) -> Averaging:
    """How vectors are averaged where nobody says it: as the encoder compares them."""
    return "normalised" if measure == "cosine" else "plain"


def template_of(vectors: Matrix, averaging: Averaging, weights: ArrayLike | None = None) -> Vector:
    """Average the vectors of several photographs of a person.

    Args:
        vectors: (N, D) as an encoder gives them, N at least 1.
        averaging: "normalised": the mean of the directions, as long as the vectors are on average. "plain": the mean
            of the vectors.
        weights: (N,) of the photographs, at least 0; all the same where None.

    Returns:
        (D,) float32. Vectors that are all the same give that vector.

    Raises:
        TemplateError: there is no vector, a vector is 0, or the vectors cancel each other.

    Example:
        >>> import numpy as np
        >>> from explorer.science.laboratory import template_of
        >>> faces = np.array([[4.0, 0.0], [0.0, 2.0]], np.float32)
        >>> template_of(faces, "plain").tolist()
        [2.0, 1.0]
        >>> [round(float(one), 3) for one in template_of(faces, "normalised")]
        [2.121, 2.121]
    """
    if vectors.ndim != 2 or not len(vectors):
        raise TemplateError("a template is made of at least one vector, given as a matrix (N, D)")
    shares = relative(np.ones(len(vectors)) if weights is None else np.asarray(weights, np.float64))
    if len(shares) != len(vectors):
        raise TemplateError(f"{len(vectors)} vectors need as many weights, not {len(shares)}")
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
    if not np.isfinite(lengths).all() or lengths.min() < _SHORTEST:
        raise TemplateError("a vector without a length has no direction that could be averaged: leave it out")
    wide = vectors.astype(np.float64)
    if averaging == "plain":
        mean = shares @ wide
    else:
        direction = shares @ (wide / lengths[:, None])
        mean = direction / max(float(np.linalg.norm(direction)), _SHORTEST) * float(shares @ lengths)
    if float(np.linalg.norm(mean)) < 1e-6 * float(lengths.mean()):
        raise TemplateError("the vectors cancel each other: they are hardly of one person")
    template: Vector = mean.astype(np.float32)
    return template


def centroids_of(
    vectors: Matrix, measure: Metric, threshold: float, averaging: Averaging | None = None
) -> list[Vector]:
    """The centroids of the clusters of a person's photographs (section 4.4.1), the largest cluster first.

    Args:
        vectors: (N, D). threshold: mean score at which two clusters become one, as of `average_linkage`.
        averaging: as of `template_of`; as the measure has it where None.
    """
    numbers = clusters_of(vectors, measure, threshold)
    how = averaging or averaging_of(measure)
    return [template_of(vectors[numbers == number], how) for number in range(int(numbers.max()) + 1)]


def clusters_of(vectors: Matrix, measure: Metric, threshold: float) -> NDArray[np.intp]:
    """In which cluster (N,) each photograph lies, the largest being number 0; otherwise as `centroids_of`."""
    if not len(vectors):
        raise TemplateError("clusters are made of at least one vector")
    going = average_linkage(vectors, measure, threshold)
    while True:
        try:
            next(going)
        except StopIteration as end:
            return cast("NDArray[np.intp]", end.value)


def averages_of(vectors: Matrix, averaging: Averaging, weights: NDArray[np.float64] | None = None) -> Matrix:
    """The averages of the first 1, 2, ... N of some vectors (figure 15).

    Args:
        vectors: (..., N, D). weights: (..., N), not all 0 among the first; all the same where None.

    Returns:
        (..., N, D) float32; the lengths of normalised ones are 1.
    """
    each = np.ones(vectors.shape[:-1]) if weights is None else weights
    of = unit(vectors.reshape(-1, vectors.shape[-1])).reshape(vectors.shape) if averaging == "normalised" else vectors
    sums = (of * each[..., None]).cumsum(-2)
    if averaging == "normalised":
        return unit(sums.reshape(-1, sums.shape[-1])).reshape(sums.shape)
    means: Matrix = (sums / each.cumsum(-1)[..., None]).astype(np.float32)
    return means
