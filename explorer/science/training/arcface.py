"""The additive angular margin loss (Deng et al., ArcFace: Additive Angular Margin Loss for Deep Face Recognition, CVPR
2019, eq. 3): each person has a direction, and an embedding has to lie nearer to its own than to any other by an angle.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SCALE, MARGIN = 64.0, 0.5
# Where the sine is as good as 0 its root has no slope.
_LEAST = 1e-12


class ArcFace(nn.Module):
    """A direction for each person, and what is lost where embeddings are not near theirs.

    Args:
        dimension: of embeddings. people: how many there are. scale: s. margin: m, in radians, 0 to below pi / 2.

    Raises:
        ValueError: scale or margin are out of range, or there are fewer than two people.

    Example:
        >>> import torch
        >>> from explorer.science.training.arcface import ArcFace
        >>> loss = ArcFace(dimension=8, people=3)
        >>> loss(torch.randn(5, 8), torch.tensor([0, 1, 2, 0, 1])).shape
        torch.Size([])
    """

    def __init__(self, dimension: int, people: int, scale: float = SCALE, margin: float = MARGIN) -> None:
        super().__init__()
        if people < 2:
            raise ValueError(f"{people} people cannot be told apart: give at least two")
        if not (scale > 0 and 0 <= margin < math.pi / 2):
            raise ValueError(f"a scale of {scale} with a margin of {margin}: scales are above 0, margins in [0, pi/2)")
        self.scale, self.margin = scale, margin
        self.directions = nn.Parameter(torch.empty(people, dimension))
        nn.init.normal_(self.directions, 0.0, 0.01)

    def cosines(self, embeddings: Tensor) -> Tensor:
        """Of embeddings (B, D) with everybody's direction: (B, P)."""
        return F.normalize(embeddings) @ F.normalize(self.directions).T

    def forward(self, embeddings: Tensor, people: Tensor) -> Tensor:
        """The mean loss of embeddings (B, D) of people (B,), by their numbers."""
        return F.cross_entropy(arcface_logits(self.cosines(embeddings), people, self.scale, self.margin), people)


def arcface_logits(cosines: Tensor, people: Tensor, scale: float = SCALE, margin: float = MARGIN) -> Tensor:
    """s cos(theta + m) for each one's own person and s cos(theta) for all others.

    Beyond theta = pi - m the cosine would rise again: it goes on as -2 - cos(theta + m), which falls and has no step
    (Liu et al., SphereFace, CVPR 2017, eq. 7 with k = 1).

    Args:
        cosines: (B, P) in [-1, 1], of embeddings with directions. people: (B,) whose each embedding is.

    Returns:
        (B, P), for a cross-entropy.

    Example:
        >>> import torch
        >>> from explorer.science.training.arcface import arcface_logits
        >>> arcface_logits(torch.tensor([[0.5, 0.1]]), torch.tensor([0]), scale=2.0, margin=0.0)
        tensor([[1.0000, 0.2000]])
    """
    own = cosines.gather(1, people[:, None])
    sines = (1 - own.square()).clamp_min(_LEAST).sqrt()
    turned = own * math.cos(margin) - sines * math.sin(margin)
    turned = torch.where(own > -math.cos(margin), turned, -2 - turned)
    return scale * cosines.scatter(1, people[:, None], turned)
