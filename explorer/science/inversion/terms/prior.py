"""The latent prior: how unusual the latent is among those the generator was trained on."""

from __future__ import annotations

from torch import Tensor

from explorer.science.inversion.terms.base import Candidate, LossTarget, Term


def prior(target: LossTarget, candidate: Candidate) -> Tensor:
    """Mean over the coordinates (and the style layers) of w's squared deviation in units of W's spread.

    Returns:
        (B,), about 1 for a random sample of the generator.
    """
    return deviation(candidate.styles, candidate.mean_w, candidate.spread_w)


def deviation(styles: Tensor, mean_w: Tensor, spread_w: Tensor) -> Tensor:
    """The same of styles (B, L, K), by mean and spread of W, (K,) each: (B,)."""
    return ((styles - mean_w) / spread_w).square().mean((1, 2))


PRIOR = Term(
    name="prior",
    title="Latent prior",
    explanation="keeps the face among those the generator finds likely",
    source="mean squared deviation of w in units of its spread",
    default_weight=0.3,
    limit=2.0,
    value=prior,
)
