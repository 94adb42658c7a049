"""The identity term: how far the generated face's embedding is from the target (thesis eq. 4.1)."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.science.inversion.terms.base import Candidate, LossTarget, Term


def identity(target: LossTarget, candidate: Candidate) -> Tensor:
    """1 - cosine for encoders compared by cosine (half of eq. 4.1 on unit vectors), eq. 4.1 itself for the others.

    Returns:
        (B,) in [0, 2] for cosine encoders, at least 0 for Euclidean ones.
    """
    if target.measure == "cosine":
        return 1 - torch.cosine_similarity(candidate.embedding, target.embedding[None], dim=-1)
    return (candidate.embedding - target.embedding).square().sum(-1)


IDENTITY = Term(
    name="identity",
    title="Identity",
    explanation="distance between the embedding of the generated face and the target embedding",
    source="thesis eq. 4.1",
    default_weight=1.0,
    limit=4.0,
    value=identity,
)
