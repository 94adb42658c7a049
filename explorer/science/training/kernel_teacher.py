"""Kernel ridge regression that learns by itself which directions count: from embeddings to areas of pictures.

Pictures change with few of the directions in which embeddings differ, and a kernel of plain distances counts all alike.
So a first regression is asked how its answers change: the mean outer product of its gradients is the metric of the
second (recursive feature machines: Radhakrishnan, Beaglehole, Pandit and Belkin, Science 383, 2024; its square root,
and one round, are taken).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

# The first regression: Gaussian, since it has gradients everywhere; of squared distances in units of the median one.
_SHARPNESS, _FIRST_RIDGE = 0.25, 0.2
# Of so many faces, at so many points, for so many principal components of the pictures.
_FIRST_FACES, _POINTS, _COMPONENTS = 6_000, 1_000, 60
# Points at once: the gradients of each are kept for every face.
_AT_ONCE = 25
# Directions count for no less than this share of the one that counts most.
_LEAST = 1e-6
# The second: exponential, of distances in units of the median one; what is added to the kernel's diagonal.
_NEARNESS, _RIDGE = 0.4, 0.08
# Faces at most that the kernel is of: its matrix and its factor, one in the other's place, take 2.3 GB.
_KERNEL_OF = 24_000
_MEDIAN_OF = 500


@dataclass(frozen=True, eq=False)
class KernelTeacher:
    """Kernel ridge regression of a learnt metric.

    metric: (D, D), what units are multiplied by. places: (N, D) of faces, behind it. weights: (N, K).
    scale: of distances.
    """

    metric: Tensor
    places: Tensor
    weights: Tensor
    scale: float

    def __call__(self, units: Tensor) -> Tensor:
        """(B, D) to (B, K)."""
        return torch.exp(-self.scale * squared_distances(units @ self.metric, self.places).sqrt()) @ self.weights


def kernel_teacher(units: Tensor, wanted: Tensor) -> KernelTeacher:
    """Fit it to faces.

    Args:
        units: (N, D). wanted: (N, K), with mean 0; the first 24,000 faces are taken.
    """
    metric = learnt_metric(units, wanted)
    places, wanted = units[:_KERNEL_OF] @ metric, wanted[:_KERNEL_OF]
    kernel = squared_distances(places, places).sqrt_()
    scale = _NEARNESS / max(float(kernel[:_MEDIAN_OF].median()), 1e-12)
    kernel.mul_(-scale).exp_().fill_diagonal_(1 + _RIDGE)
    return KernelTeacher(metric, places, torch.cholesky_solve(wanted, torch.linalg.cholesky(kernel, out=kernel)), scale)


def learnt_metric(units: Tensor, wanted: Tensor) -> Tensor:
    """The (D, D) symmetric matrix behind which distances count what the wanted numbers change with.

    Its fourth power is the mean outer product of a first regression's gradients, over the largest eigenvalue.

    Args:
        units: (N, D). wanted: (N, K), with mean 0.
    """
    places, wanted = units[:_FIRST_FACES], _principal(wanted[:_FIRST_FACES])
    kernel = squared_distances(places, places)
    sharpness = _SHARPNESS / max(float(kernel[:_MEDIAN_OF].median()), 1e-12)
    kernel.mul_(-sharpness).exp_().fill_diagonal_(1 + _FIRST_RIDGE)
    weights = torch.cholesky_solve(wanted, torch.linalg.cholesky(kernel))
    outer = torch.zeros(units.shape[1], units.shape[1], dtype=torch.float64)
    for points in places[:_POINTS].split(_AT_ONCE):
        slopes = gradients(points, places, weights, sharpness).flatten(0, 1)
        outer += (slopes.T @ slopes).double()
    values, directions = torch.linalg.eigh(outer)
    shares = (values / values[-1].clamp_min(1e-30)).clamp_min(_LEAST)
    metric: Tensor = (directions * shares**0.25) @ directions.T
    return metric.to(units.dtype)


def gradients(points: Tensor, places: Tensor, weights: Tensor, sharpness: float) -> Tensor:
    """Of a Gaussian regression's answers, half of it over the sharpness: (B, K, D) at points (B, D).

    Args:
        places: (N, D). weights: (N, K). sharpness: what squared distances are multiplied by.
    """
    near = torch.exp(-sharpness * squared_distances(points, places))
    shares: Tensor = near[:, None] * weights.T
    slopes: Tensor = shares @ places - shares.sum(2, keepdim=True) * points[:, None]
    return slopes


def squared_distances(one: Tensor, other: Tensor) -> Tensor:
    """(B, N) between (B, D) and (N, D)."""
    products = torch.addmm(other.square().sum(1)[None], one, other.T, alpha=-2)
    return products.add_(one.square().sum(1)[:, None]).clamp_min_(0)


def _principal(wanted: Tensor) -> Tensor:
    """As principal components, where there are more numbers than are asked for."""
    if wanted.shape[1] <= _COMPONENTS:
        return wanted
    _, directions = torch.linalg.eigh((wanted.T @ wanted).double())
    components: Tensor = wanted @ directions[:, -_COMPONENTS:].to(wanted.dtype)
    return components
