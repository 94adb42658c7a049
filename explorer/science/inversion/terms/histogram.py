"""The histogram term: how far the generated face's colours are from those sought (thesis eq. 4.5)."""

from __future__ import annotations

from torch import Tensor

from explorer.science.inversion.terms.base import Candidate, Target, Term


def histogram(target: Target, candidate: Candidate) -> Tensor:
    """Squared difference over all bins of the three colours, in shares of the pixels.

    Returns:
        (B,) from 0 to 6, where no pixel shares a bin with the target and all lie in one.

    Raises:
        ValueError: the target or the candidates have no histogram.
    """
    if target.histogram is None or candidate.histogram is None:
        raise ValueError("the histogram term needs histograms of the target and of the generated faces")
    return (candidate.histogram - target.histogram).square().sum((1, 2))


HISTOGRAM = Term(
    name="histogram",
    title="Histogram",
    explanation="squared difference of the colours' histograms to those sought, in shares of the pixels",
    source="thesis eqs. 4.4 and 4.5",
    default_weight=1.0,
    limit=10.0,
    value=histogram,
    needs="histogram",
)
