"""What each direction of W+ changes in the picture: a metric of styles, and the directions that matter by it.

LPIPS is a squared length of differences of features, the identity's distance nearly one of embeddings. What a small
step of styles changes in them is therefore its product with their Jacobian; a random direction of features, followed
back through the generator, is a row of it. Some hundred such rows, of other faces each, tell which differences of
styles count and which nobody sees. A network that learns styles by this metric learns what its pictures would be judged
by, and no picture need be drawn for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

# Draws styles (B, L, K): (B, 3, R, R) in [0, 1].
Draw = Callable[[Tensor], Tensor]
# From pictures to what their squared distances are taken of: (B, n).
Features = Callable[[Tensor], Tensor]
_LEAST = 1e-6


@dataclass(frozen=True, eq=False)
class StyleMetric:
    """Squared differences of styles by what they change.

    rows: (M, L K), in units of W's spread: the change is the squared length of their products with a difference.
    """

    rows: Tensor

    def __call__(self, differences: Tensor) -> Tensor:
        """(B, L, K) differences in units of W's spread to what they change, (B,)."""
        changed: Tensor = (differences.flatten(1) @ self.rows.T).square().sum(1)
        return changed

    def reduced(self, count: int) -> StyleMetric:
        """Nearly the same with fewer rows: those that differences count most along."""
        # Of the rows' own products: they are far fewer than there are coordinates.
        vectors = torch.linalg.eigh((self.rows @ self.rows.T).double()).eigenvectors
        return StyleMetric((vectors[:, -count:].T @ self.rows.double()).float())


def pulled_back(styles: Tensor, spread_w: Tensor, draw: Draw, features: Features, random: torch.Generator) -> Tensor:
    """A random direction of the features, followed back to each face's styles.

    Args:
        styles: (B, L, K). random: of the directions.

    Returns:
        (B, L K) in units of W's spread; the mean of their outer products is that of the Jacobians' squares.
    """
    leaf = styles.detach().clone().requires_grad_()
    told = features(draw(leaf))
    direction = torch.randn(told.shape, generator=random).to(told)
    (told * direction).sum().backward()
    assert leaf.grad is not None, "what is drawn follows from the styles"
    return (leaf.grad * spread_w).flatten(1)


def metric_of(rows: Tensor, count: int) -> StyleMetric:
    """The metric of rows that were pulled back, (N, L K), by so many at most.

    Raises:
        ValueError: there are none, or some are not finite.
    """
    if not len(rows) or not bool(rows.isfinite().all()):
        raise ValueError("a metric of styles needs rows of finite numbers")
    return StyleMetric(rows / len(rows) ** 0.5).reduced(min(count, len(rows)))


def principal_directions(metric: StyleMetric, offsets: Tensor, count: int) -> Tensor:
    """The directions by which faces differ most as the metric sees them.

    Args:
        offsets: (N, L, K) of faces from the mean w, in units of W's spread.

    Returns:
        (count, L K): a face's offset is nearly a sum of them by factors whose mean square is 1.

    Raises:
        ValueError: there are fewer faces or rows than directions.
    """
    flat = offsets.flatten(1)
    if count > min(len(flat), len(metric.rows)):
        raise ValueError(f"{count} directions need as many faces and rows, not {len(flat)} and {len(metric.rows)}")
    seen = (metric.rows @ flat.T).double()
    _, _, factors = torch.linalg.svd(seen, full_matrices=False)
    directions: Tensor = (factors[:count].float() @ flat) / len(flat) ** 0.5
    return directions


def perceptual_features(lpips_features: Callable[[Tensor], list[Tensor]], linear: list[Tensor]) -> Features:
    """What LPIPS takes squared distances of: unit features, weighed, divided by the root of the places.

    Args:
        lpips_features: as `Lpips.features`. linear: its weights, (1, C, 1, 1) each, at least 0.
    """

    def features(pictures: Tensor) -> Tensor:
        told = []
        for found, weight in zip(lpips_features(pictures), linear, strict=True):
            unit = F.normalize(found, dim=1, eps=_LEAST)
            places = unit.shape[-1] * unit.shape[-2]
            told.append((unit * (weight.clamp_min(0) / places).sqrt()).flatten(1))
        return torch.cat(told, 1)

    return features
