"""How near sets of pictures lie to a reference, by the features of a named network (DIFFUSE, 6.2.5).

Two distances: the Fréchet distance of Gaussians (Heusel et al., GANs Trained by a Two Time-Scale Update Rule, NeurIPS
2017), here on the reference's first principal components, since a covariance needs more pictures than it has
directions; and the kernel distance (Bińkowski et al., Demystifying MMD GANs, ICLR 2018), which takes all features and
is unbiased at any size. Neither is "FID": that name belongs to one network's last layer. A distance is told beside the
network, the sizes of the sets, and what two halves of the reference have between them.

The Fréchet distance of finite sets is above what it would be of endless ones, the more so the fewer pictures there are:
compare sets of one size. Draws with repetition add to this once more, so that its interval is the basic one of the
bootstrap, which takes as much off again (Davison and Hinkley, Bootstrap Methods and their Application, 1997, 5.2.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.science.errors import LikenessError
from explorer.science.evaluation.people import interval_of_draws, times_drawn
from explorer.science.evaluation.same_person import Estimate

Floats = NDArray[np.float64]

COMPONENTS, SPLITS = 64, 20


class RealismError(LikenessError):
    """The sets are too small, or are features of different networks."""


@dataclass(frozen=True, eq=False)
class FeatureSet:
    """What a network makes of pictures.

    features: (N, D).
    people: (N,) whose picture each is; None where every picture is a person of its own.

    Raises:
        RealismError: with fewer than four pictures, features that are no numbers, or other people than pictures.
    """

    features: Floats
    people: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        if self.features.ndim != 2 or len(self.features) < 4:
            raise RealismError(
                f"features have shape {self.features.shape}: at least four pictures are compared, one in each row"
            )
        if not np.isfinite(self.features).all():
            raise RealismError("features hold numbers that are not finite: the network did not see these pictures")
        if self.people is not None and self.people.shape != (len(self.features),):
            raise RealismError(f"{len(self.features)} pictures have {len(self.people)} names of people")

    @property
    def groups(self) -> NDArray[np.int64]:
        """(N,) the number, from 0, of whoever is in each picture."""
        if self.people is None:
            return np.arange(len(self.features))
        numbers: NDArray[np.int64] = np.unique(self.people, return_inverse=True)[1]
        return numbers

    def part(self, rows: NDArray[np.int64]) -> FeatureSet:
        """The pictures with these numbers."""
        return FeatureSet(self.features[rows], None if self.people is None else self.people[rows])


@dataclass(frozen=True)
class Realism:
    """Distances of a set to the reference, with 95 % intervals by person; both are 0 for sets of one kind.

    frechet: on the first principal components of the reference. kernel: unbiased, so that it may lie below 0.
    """

    pictures: int
    frechet: Estimate
    kernel: Estimate


@dataclass(frozen=True)
class Comparison:
    """How near sets lie to a reference.

    sets: by name.
    nearer: by two names, how much farther from the reference the second lies than the first; the reference's draws
        are shared.
    halves: what two halves of the reference have between them: mean of 20 splits by person, and the smallest and
        largest of them. Each half has half as many pictures, which raises its Fréchet distance.
    components: how many principal components the Fréchet distance is told on.
    """

    sets: Mapping[str, Realism]
    nearer: Mapping[tuple[str, str], Realism]
    halves: Realism
    reference_pictures: int
    components: int


def frechet_distance(first: Floats, second: Floats) -> float:
    """|m - n|^2 + tr(S + T - 2 (S T)^(1/2)) of two sets of features.

    The trace of the root is the sum of the roots of the eigenvalues of S^(1/2) T S^(1/2), which is symmetric and has no
    eigenvalue below 0 but by rounding: a product that is singular needs no offset, and no imaginary part is dropped.

    Args:
        first: (N, D) features. second: (M, D).

    Raises:
        RealismError: where one is smaller than two pictures or they have different features.

    Example:
        >>> import numpy as np
        >>> from explorer.science.evaluation.realism import frechet_distance
        >>> one = np.random.default_rng(0).normal(size=(500, 3))
        >>> round(frechet_distance(one, one + [1.0, 2.0, 0.0]), 6)
        5.0
    """
    _alike(first, second)
    return _frechet(*_moments(first, np.ones(len(first))), *_moments(second, np.ones(len(second))))


def kernel_distance(first: Floats, second: Floats) -> float:
    """The squared maximum mean discrepancy under (x y / D + 1)^3, without bias: pairs of a picture with itself are out.

    Args:
        first: (N, D) features. second: (M, D).

    Raises:
        RealismError: where one is smaller than two pictures or they have different features.

    Example:
        >>> import numpy as np
        >>> from explorer.science.evaluation.realism import kernel_distance
        >>> one, other = np.random.default_rng(0).normal(size=(2, 500, 3))
        >>> abs(kernel_distance(one, other)) < 0.01 < kernel_distance(one, other + 1)
        True
    """
    _alike(first, second)
    once, twice = np.ones((1, len(first))), np.ones((1, len(second)))
    within = _within(_kernel(first, first), once) + _within(_kernel(second, second), twice)
    return float((within - 2 * _between(_kernel(first, second), once, twice))[0])


def compare(sets: Mapping[str, FeatureSet], reference: FeatureSet, components: int = COMPONENTS) -> Comparison:
    """Hold sets of pictures against a reference.

    Args:
        components: at most so many, and no more than the reference's pictures and features allow.

    Raises:
        RealismError: where sets are features of different networks, or all of the reference's are the same.
    """
    for one in sets.values():
        _alike(one.features, reference.features)
    axes = _principal_axes(reference.features, components)
    known = _Known.of(reference, axes)
    measured = {name: _measured(_Known.of(one, axes), known) for name, one in sets.items()}
    return Comparison(
        sets={name: one.realism() for name, one in measured.items()},
        nearer={
            (near, far): measured[near].until(measured[far])
            for place, near in enumerate(measured)
            for far in list(measured)[place + 1 :]
        },
        halves=_halves(reference, axes),
        reference_pictures=len(reference.features),
        components=axes.shape[1],
    )


def _alike(first: Floats, second: Floats) -> None:
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise RealismError(
            f"features of shapes {first.shape} and {second.shape} are not of one network: compute both by the same one"
        )
    if min(len(first), len(second)) < 2:
        raise RealismError("one picture has no spread: compare at least two")


def _principal_axes(features: Floats, most: int) -> Floats:
    """(D, K) the directions in which features vary most."""
    _, spread, axes = np.linalg.svd(features - features.mean(0), full_matrices=False)
    varying = int((spread > spread[0] * 1e-9).sum()) if spread[0] > 0 else 0
    if not varying:
        raise RealismError("all pictures of the reference have the same features: nothing can be nearer or farther")
    return axes[: min(most, varying)].T


def _moments(features: Floats, times: Floats) -> tuple[Floats, Floats]:
    """Mean (D,) and covariance (D, D) of features that are there so many times each, (N,)."""
    mean = times @ features / times.sum()
    centred = features - mean
    return mean, (centred * times[:, None]).T @ centred / (times.sum() - 1)


def _frechet(first: Floats, first_covariance: Floats, second: Floats, second_covariance: Floats) -> float:
    values, vectors = np.linalg.eigh(first_covariance)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    product = np.linalg.eigvalsh(root @ second_covariance @ root)
    apart = float(((first - second) ** 2).sum())
    spreads = float(np.trace(first_covariance) + np.trace(second_covariance))
    return apart + spreads - 2 * float(np.sqrt(np.maximum(product, 0.0)).sum())


def _kernel(first: Floats, second: Floats) -> Floats:
    kernel: Floats = (first @ second.T / first.shape[1] + 1.0) ** 3
    return kernel


def _within(kernel: Floats, times: Floats) -> Floats:
    """(K,) means over pairs of different pictures, for K rows of how often each is there, (K, N).

    A picture that is drawn twice is no pair of different ones: counted as one, it would lift every draw.
    """
    sums = ((times @ kernel) * times).sum(1) - (times**2) @ np.diagonal(kernel)
    means: Floats = sums / (times.sum(1) ** 2 - (times**2).sum(1))
    return means


def _between(kernel: Floats, first: Floats, second: Floats) -> Floats:
    means: Floats = ((first @ kernel) * second).sum(1) / (first.sum(1) * second.sum(1))
    return means


@dataclass(frozen=True, eq=False)
class _Known:
    """A set, its features along the axes, and how often each picture is there: row 0 once each, then by draws."""

    features: Floats
    projected: Floats
    times: Floats

    @staticmethod
    def of(one: FeatureSet, axes: Floats) -> _Known:
        groups = one.groups
        draws = times_drawn(int(groups.max()) + 1)[:, groups]
        return _Known(one.features, one.features @ axes, np.vstack([np.ones(len(groups)), draws]))


@dataclass(frozen=True, eq=False)
class _Measured:
    """Distances of a set as it is and by draws, (1 + draws,) each."""

    pictures: int
    frechet: Floats
    kernel: Floats

    def realism(self) -> Realism:
        return Realism(self.pictures, _basic(self.frechet), _percentile(self.kernel))

    def until(self, farther: _Measured) -> Realism:
        gap = _Measured(
            min(self.pictures, farther.pictures), farther.frechet - self.frechet, farther.kernel - self.kernel
        )
        return gap.realism()


def _measured(one: _Known, reference: _Known) -> _Measured:
    frechet = np.array(
        [
            _frechet(*_moments(one.projected, ours), *_moments(reference.projected, theirs))
            if min(np.count_nonzero(ours), np.count_nonzero(theirs)) > 1
            else np.nan
            for ours, theirs in zip(one.times, reference.times, strict=True)
        ]
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        kernel = (
            _within(_kernel(one.features, one.features), one.times)
            + _within(_kernel(reference.features, reference.features), reference.times)
            - 2 * _between(_kernel(one.features, reference.features), one.times, reference.times)
        )
    return _Measured(len(one.features), frechet, kernel)


def _percentile(values: Floats) -> Estimate:
    ends = interval_of_draws(values[1:])
    return Estimate(value=values[0]) if ends is None else Estimate(value=values[0], low=ends[0], high=ends[1])


def _basic(values: Floats) -> Estimate:
    """Draws lie as far above the value as the value lies above the truth: the interval is the draws' mirrored."""
    ends = interval_of_draws(2 * values[0] - values[1:])
    return Estimate(value=values[0]) if ends is None else Estimate(value=values[0], low=ends[0], high=ends[1])


def _halves(reference: FeatureSet, axes: Floats) -> Realism:
    groups = reference.groups
    count = int(groups.max()) + 1
    if count < 4:
        raise RealismError(f"the reference shows {count} people: two halves of it need at least four")
    frechet, kernel = [], []
    for split in range(SPLITS):
        chosen = np.random.default_rng(split).permutation(count)[: count // 2]
        inside = np.isin(groups, chosen)
        one, other = reference.features[inside], reference.features[~inside]
        frechet.append(frechet_distance(one @ axes, other @ axes))
        kernel.append(kernel_distance(one, other))
    return Realism(len(groups) // 2, *(_spread(np.array(values)) for values in (frechet, kernel)))


def _spread(values: Floats) -> Estimate:
    return Estimate(value=float(values.mean()), low=float(values.min()), high=float(values.max()))
