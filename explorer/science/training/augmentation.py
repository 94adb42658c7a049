"""Embeddings as other pictures of the same faces might have given them."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

# An encoder whose embeddings all lie to one side, as dlib's do (cosine 0.93 with their mean), does so on photographs
# too; what generated faces alone share is less (0.2 to 0.4 under the other encoders).
_ONE_SIDED = 0.6


def shared_direction(embeddings: Tensor) -> Tensor:
    """(N, D) embeddings of generated faces to the direction (D,) that they share; zeros where it is the encoder's.

    Example:
        >>> import torch
        >>> from explorer.science.training import shared_direction
        >>> shared_direction(torch.tensor([[1.0, 2.0], [1.0, -2.0]])).tolist()  # what both have
        [1.0, 0.0]
    """
    mean = F.normalize(embeddings, dim=-1).mean(0)
    return F.normalize(mean, dim=0) if mean.norm() < _ONE_SIDED else torch.zeros_like(mean)


def augment_embeddings(
    embeddings: Tensor, shared: Tensor, share: float, noise: float, random: torch.Generator
) -> Tensor:
    """Embeddings (B, D) as other pictures of the same faces might have given them, of about length 1.

    Args:
        shared: (D,) from `shared_direction`: what generated faces have in common and photographs lack.
        share: up to so much of it is taken out, at random. noise: length of the normal noise.

    Example:
        >>> import torch
        >>> from explorer.science.training import augment_embeddings
        >>> embeddings, random = torch.tensor([[3.0, 4.0]]), torch.Generator().manual_seed(0)
        >>> augment_embeddings(embeddings, torch.zeros(2), share=0.5, noise=0.0, random=random)  # nothing is shared
        tensor([[0.6000, 0.8000]])
    """
    directions = F.normalize(embeddings, dim=-1)
    taken = torch.rand(len(embeddings), 1, generator=random).to(embeddings) * share
    directions = directions - taken * (directions @ shared)[:, None] * shared
    normal = torch.randn(embeddings.shape, generator=random).to(embeddings)
    return directions + noise / math.sqrt(embeddings.shape[1]) * normal
