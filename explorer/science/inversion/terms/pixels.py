"""The pixel term: how far the generated face's colours are from the photograph's, place by place."""

from __future__ import annotations

from torch import Tensor

from explorer.science.inversion.terms.base import Candidate, LossTarget, Term


def pixels(target: LossTarget, candidate: Candidate) -> Tensor:
    """Mean squared difference of colours in [0, 1], at 256 px at most.

    Returns:
        (B,) from 0 to 1.

    Raises:
        ValueError: no picture is sought.
    """
    if target.picture is None:
        raise ValueError("the pixel term needs the picture that is sought")
    drawn, wanted = target.picture.beside(candidate.image)
    return (drawn - wanted).square().mean((1, 2, 3))


PIXELS = Term(
    name="pixels",
    title="Pixels",
    explanation="squared difference of the colours to the photograph's, where the photograph itself is inverted",
    source="mean squared error, DIFFUSE 5.2.1",
    default_weight=1.0,
    limit=10.0,
    value=pixels,
    needs="picture",
)
