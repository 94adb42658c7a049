"""The perceptual term: how unlike the photograph the generated face looks, where a photograph itself is inverted."""

from __future__ import annotations

from torch import Tensor

from explorer.science.inversion.terms.base import Candidate, LossTarget, Term


def perceptual(target: LossTarget, candidate: Candidate) -> Tensor:
    """LPIPS between the photograph's face and the generated one, at 256 px at most.

    Returns:
        (B,), at least 0.

    Raises:
        ValueError: no picture is sought.
    """
    if target.picture is None:
        raise ValueError("the perceptual term needs the picture that is sought")
    drawn, wanted = target.picture.beside(candidate.image)
    return target.picture.perceptual(drawn, wanted)


PERCEPTUAL = Term(
    name="perceptual",
    title="Likeness",
    explanation="how unlike the photograph the generated face looks (LPIPS), where the photograph itself is inverted",
    source="LPIPS (Zhang et al. 2018), DIFFUSE 5.2.1",
    default_weight=1.0,
    limit=4.0,
    value=perceptual,
    needs="picture",
)
