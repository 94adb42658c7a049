"""The landmark term: how far the generated face's landmarks are from those sought (thesis eq. 4.3).

Ours, beyond the thesis: landmarks that a probe read from a vector are known no better than the probe is; what lies
within its error does not count. Without that the term pulls faces away from the identity to where the probe errs.
"""

from __future__ import annotations

from torch import Tensor

from explorer.science.inversion.terms.base import Candidate, LossTarget, Term, beyond


def landmarks(target: LossTarget, candidate: Candidate) -> Tensor:
    """Squared distance over all 136 coordinates, in pixels of the 224 px frame, which the thesis's weight supposes;
    with a tolerance, of what the root mean square exceeds it by.

    Returns:
        (B,): 1,700 where the 68 landmarks are 5 px off each.

    Raises:
        ValueError: the target or the candidates have no landmarks.
    """
    if target.landmarks is None or candidate.landmarks is None:
        raise ValueError("the landmark term needs landmarks of the target and of the generated faces")
    squared = (candidate.landmarks - target.landmarks).square().sum((1, 2))
    # A root has no gradient at 0; where faces are that near, nothing counts anyway.
    distance = (squared / candidate.landmarks.shape[1]).clamp_min(1e-12).sqrt()
    return squared * beyond(distance, target.landmark_tolerance)


LANDMARKS = Term(
    name="landmarks",
    title="Landmarks",
    explanation="squared distance of the 68 landmarks to those sought, in pixels of the 224 px frame, as far as it "
    "exceeds what is tolerated",
    source="thesis eq. 4.3, tolerance ours",
    default_weight=0.0006,
    limit=0.005,
    value=landmarks,
    needs="landmarks",
)
