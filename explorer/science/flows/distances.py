"""Distances between pictures, taken between their latents (Vec2Face-v2, eq. 10 and 11)."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

Form = Literal["separating", "printed"]


def latent_distance(one: Tensor, other: Tensor) -> Tensor:
    """Eq. 10 of two single pictures, whose Gaussians have covariance I: the squared distance of latents (..., D)."""
    distance: Tensor = (one - other).square().sum(-1)
    return distance


def batch_distance(one: Tensor, other: Tensor) -> Tensor:
    """Eq. 10 of two batches of latents (B, D) and (B', D), by their means and the variances of each number.

    Raises:
        ValueError: a batch has fewer than two latents, and so no variance.
    """
    if min(len(one), len(other)) < 2:
        raise ValueError("the variances of a batch need at least two latents")
    spreads = (batch.var(0, correction=0).clamp_min(0) for batch in (one, other))
    # The root's slope is without bound at zero, where a number never varies.
    first, second = (spread.add(1e-12).sqrt() for spread in spreads)
    return latent_distance(one.mean(0), other.mean(0)) + latent_distance(first, second)


def wasserstein_distance(mean: Tensor, covariance: Tensor, other_mean: Tensor, other_covariance: Tensor) -> Tensor:
    """The squared 2-Wasserstein distance of two Gaussians, eq. 10 in full.

    Args:
        mean, other_mean: (D,). covariance, other_covariance: (D, D), symmetric, without negative eigenvalues.

    Returns:
        A single number.

    Example:
        >>> import torch
        >>> from explorer.science.flows import wasserstein_distance
        >>> mean, eye = torch.zeros(3, dtype=torch.float64), torch.eye(3, dtype=torch.float64)
        >>> round(float(wasserstein_distance(mean, eye, mean + 2, 4 * eye)), 6)  # 3 (2^2 + (2 - 1)^2)
        15.0
    """
    root = _root(covariance)
    cross = _root(root @ other_covariance @ root)
    traces = torch.trace(covariance) + torch.trace(other_covariance) - 2 * torch.trace(cross)
    return latent_distance(mean, other_mean) + traces


def contrastive_loss(distances: Tensor, same: Tensor, margin: float, form: Form = "separating") -> Tensor:
    """The large-margin contrastive distance (eq. 11), made small in training.

    Args:
        distances: (...) of pairs, at least 0. same: (...) bool, whether both are of one person.
        margin: m, in units of the distances.
        form: "printed", max(0, d - m) for two people, which draws them together up to m; "separating", max(0, m - d),
            which drives them apart up to m.

    Returns:
        (...), at least 0.

    Example:
        >>> import torch
        >>> from explorer.science.flows import contrastive_loss
        >>> distances, same = torch.tensor([3.0, 3.0]), torch.tensor([True, False])
        >>> contrastive_loss(distances, same, 5.0).tolist(), contrastive_loss(distances, same, 5.0, "printed").tolist()
        ([3.0, 2.0], [3.0, 0.0])
    """
    beyond = margin - distances if form == "separating" else distances - margin
    return torch.where(same, distances, beyond.clamp_min(0))


def _root(matrix: Tensor) -> Tensor:
    """The symmetric root of a symmetric matrix without negative eigenvalues."""
    values, vectors = torch.linalg.eigh((matrix + matrix.T) / 2)
    root: Tensor = (vectors * values.clamp_min(0).sqrt()) @ vectors.T
    return root
