"""Embeddings as other pictures of the same faces might have given them."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def varied(embeddings: Tensor, shared: Tensor, share: float, noise: float, random: torch.Generator) -> Tensor:
    """Embeddings (B, D) as other pictures of the same faces might have given them, of about length 1.

    Args:
        shared: (D,) of length 1, the direction that generated faces have in common and photographs lack.
        share: up to so much of it is taken out, at random. noise: length of the normal noise.
    """
    directions = F.normalize(embeddings, dim=-1)
    taken = torch.rand(len(embeddings), 1, generator=random).to(embeddings) * share
    directions = directions - taken * (directions @ shared)[:, None] * shared
    normal = torch.randn(embeddings.shape, generator=random).to(embeddings)
    return directions + noise / math.sqrt(embeddings.shape[1]) * normal
