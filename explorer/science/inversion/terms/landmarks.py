"""The landmark term: how far the generated face's landmarks are from those sought (thesis eq. 4.3)."""

from __future__ import annotations

from torch import Tensor

from explorer.science.inversion.terms.base import Candidate, Target, Term


def landmarks(target: Target, candidate: Candidate) -> Tensor:
    """Squared distance over all 136 coordinates, in pixels of the 224 px frame, which the thesis's weight supposes.

    Returns:
        (B,): 1,700 where the 68 landmarks are 5 px off each.

    Raises:
        ValueError: the target or the candidates have no landmarks.
    """
    if target.landmarks is None or candidate.landmarks is None:
        raise ValueError("the landmark term needs landmarks of the target and of the generated faces")
    return (candidate.landmarks - target.landmarks).square().sum((1, 2))


LANDMARKS = Term(
    name="landmarks",
    title="Landmarks",
    explanation="squared distance of the 68 landmarks to those sought, in pixels of the 224 px frame",
    source="thesis eq. 4.3",
    default_weight=0.0006,
    limit=0.005,
    value=landmarks,
    needs="landmarks",
)
