"""What a loss term is given, and what it must say of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from explorer.science.inversion.sizing import sized
from explorer.science.recognition.base import Metric

# What a term may need besides the embedding, by the field of `LossTarget` that holds it.
Need = Literal["landmarks", "histogram", "picture"]
# Pictures are compared at so many pixels a side at most.
_COMPARED = 256


@dataclass(frozen=True, eq=False)
class WantedPicture:
    """A photograph's face, where not its embedding alone is inverted.

    pixels: (3, S, S) RGB in [0, 1] of the common frame, square.
    perceptual: how unlike pictures (B, 3, S, S) look, (B,); as `Lpips`, on the same device.

    Example:
        >>> import torch
        >>> from explorer.science.inversion.terms import WantedPicture
        >>> wanted = WantedPicture(torch.ones(3, 8, 8), lambda one, other: (one - other).abs().mean((1, 2, 3)))
        >>> [tuple(one.shape) for one in wanted.beside(torch.zeros(2, 3, 4, 4))]
        [(2, 3, 4, 4), (2, 3, 4, 4)]
    """

    pixels: Tensor
    perceptual: Callable[[Tensor, Tensor], Tensor]

    def beside(self, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """Drawn pictures (B, 3, R, R) and this one as often, at one size."""
        side = min(drawn.shape[-1], _COMPARED)
        return sized(drawn, side), sized(self.pixels[None], side).expand(len(drawn), -1, -1, -1)


@dataclass(frozen=True, eq=False)
class LossTarget:
    """What is known of the face that is sought: its embedding, and perhaps what was guessed from that.

    embedding: (D,), as the attacked encoder gives it.
    landmarks: (68, 2) pixels of the 224 px frame, centres at +0.5.
    histogram: (3, bins) shares of the frame's pixels, red, green and blue.
    landmark_tolerance, histogram_tolerance: how far a face may lie from them before that counts, because they are no
        better known: root mean square in those pixels, and earth mover's distance in bins.
    picture: the photograph itself, where that is inverted.

    Example:
        >>> import torch
        >>> from explorer.science.inversion.terms import TERMS, LossTarget
        >>> target = LossTarget(torch.ones(512), "cosine")
        >>> [term.name for term in TERMS.values() if term.applies(target)]  # no landmarks or histogram are sought
        ['identity', 'prior']
    """

    embedding: Tensor
    measure: Metric
    landmarks: Tensor | None = None
    histogram: Tensor | None = None
    landmark_tolerance: float = 0.0
    histogram_tolerance: float = 0.0
    picture: WantedPicture | None = None


@dataclass(frozen=True, eq=False)
class Candidate:
    """The generated faces of this step, with gradients back to the latent.

    image: (B, 3, R, R) RGB in [0, 1], in the common frame.
    points: (B, 5, 2) detected points in that image, pixels, without gradient.
    embedding: (B, D) of the attacked encoder.
    styles: (B, L, K), one w for each style layer.
    mean_w, spread_w: (K,) of the generator's W.
    landmarks, histogram: as of the target, (B, 68, 2) and (B, 3, bins), with gradients; None where the target has none.

    Example:
        >>> import torch
        >>> from explorer.science.inversion.terms import TERMS, Candidate, LossTarget
        >>> candidate = Candidate(
        ...     image=torch.zeros(2, 3, 8, 8), points=torch.zeros(2, 5, 2), embedding=torch.eye(512)[:2],
        ...     styles=torch.zeros(2, 23, 512), mean_w=torch.zeros(512), spread_w=torch.ones(512),
        ... )
        >>> TERMS["identity"].value(LossTarget(torch.eye(512)[0], "cosine"), candidate).tolist()
        [0.0, 1.0]
    """

    image: Tensor
    points: Tensor
    embedding: Tensor
    styles: Tensor
    mean_w: Tensor
    spread_w: Tensor
    landmarks: Tensor | None = None
    histogram: Tensor | None = None


def beyond(distance: Tensor, tolerance: float) -> Tensor:
    """What a squared distance is to be multiplied by so that only what exceeds the tolerance counts, squared: 0 within,
    1 everywhere where nothing is tolerated.

    Args:
        distance: (B,), at least 0. tolerance: in the same unit.
    """
    if tolerance == 0:
        return torch.ones_like(distance)
    return (1 - tolerance / distance.clamp_min(tolerance)).square()


@dataclass(frozen=True)
class Term:
    """One loss term.

    value: maps target and candidates to (B,) losses, at least 0, unweighted.
    limit: the largest weight that a slider offers.
    source: the equation or section it implements.
    needs: what the target must hold; a term whose target lacks it is not evaluated.

    Example:
        >>> from explorer.science.inversion.terms import Term
        >>> still = Term(
        ...     name="still", title="Still", explanation="keeps to the mean face", source="ours",
        ...     default_weight=1.0, limit=2.0,
        ...     value=lambda target, candidate: (candidate.styles - candidate.mean_w).square().mean((1, 2)),
        ... )
        >>> still.needs is None
        True
    """

    name: str
    title: str
    explanation: str
    source: str
    default_weight: float
    limit: float
    value: Callable[[LossTarget, Candidate], Tensor]
    needs: Need | None = None

    def applies(self, target: LossTarget) -> bool:
        """Whether the target holds what this term needs."""
        return self.needs is None or getattr(target, self.needs) is not None
