"""The Gaussians of the classes in the latent space, and the likelihood that a bijection is learnt by (eq. 12, 13)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.flows.settings import Means, MetricSettings


@dataclass(frozen=True)
class ClassGaussians:
    """One Gaussian for each class, of covariance I (eq. 13).

    means: "published" puts that of class c, counted from 1, at c times the vector of ones: at c times the root of
        `dimension` from the origin, the further the later it was counted. "sphere" puts all at `radius`, in directions
        drawn by `seed`.

    Example:
        >>> import torch
        >>> from explorer.science.flows import ClassGaussians
        >>> ClassGaussians(dimension=3).mean_of(torch.tensor([0, 1])).tolist()
        [[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]
        >>> round(float(ClassGaussians(64, "sphere", radius=5.0).mean_of(torch.tensor([7])).norm()), 4)
        5.0
    """

    dimension: int
    means: Means = "published"
    radius: float = 1.0
    seed: int = 0

    @classmethod
    def of(cls, settings: MetricSettings) -> ClassGaussians:
        """Those of a metric."""
        return cls(settings.dimension, settings.means, settings.radius, settings.seed)

    def mean_of(self, classes: Tensor) -> Tensor:
        """The means of classes (B,), counted from 0 here: (B, dimension)."""
        if self.means == "published":
            return (classes[:, None] + 1).float().expand(-1, self.dimension)
        return torch.stack([self._direction(int(one)) for one in classes]).to(classes.device) * self.radius

    def log_density(self, latents: Tensor, classes: Tensor) -> Tensor:
        """log p_z(z, k) of latents (B, dimension) under their classes' Gaussians: (B,)."""
        squares = (latents - self.mean_of(classes).to(latents)).square().sum(1)
        return -0.5 * (squares + self.dimension * math.log(2 * math.pi))

    def _direction(self, number: int) -> Tensor:
        random = torch.Generator().manual_seed(1_000_003 * self.seed + number)
        return F.normalize(torch.randn(self.dimension, generator=random), dim=0)


def negative_log_likelihood(
    latents: Tensor, log_determinant: Tensor, classes: Tensor, gaussians: ClassGaussians
) -> Tensor:
    """What eq. 12 makes small, for each picture (B,), in nats a number of the picture.

    The paper's half of log |det(J^T J)| is log |det J|. The equation as printed takes the arguments that minimise the
    likelihood; what is meant is its maximum.

    Args:
        latents: (B, D). log_determinant: (B,) of the same pictures. classes: (B,) whole numbers from 0.
    """
    return -(gaussians.log_density(latents, classes) + log_determinant) / gaussians.dimension
