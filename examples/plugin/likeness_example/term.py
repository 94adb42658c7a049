"""A loss term: how far a generated face is from its mirror image."""

from __future__ import annotations

from torch import Tensor

from explorer.science.inversion.terms import Candidate, LossTarget, Term


def symmetry(target: LossTarget, candidate: Candidate) -> Tensor:
    """Mean squared difference of a picture and its mirror image, over pixels and colours.

    Returns:
        (B,) in [0, 1]; 0 for a picture that is its own mirror image.
    """
    picture = candidate.image
    return (picture - picture.flip(-1)).square().mean((1, 2, 3))


TERM = Term(
    name="symmetry",
    title="Symmetry",
    explanation="mean squared difference of the face to its mirror image",
    source="an example",
    default_weight=0.0,
    limit=5.0,
    value=symmetry,
)
