"""The histogram term: how far the generated face's colours are from those sought (thesis eq. 4.5).

Ours, beyond the thesis: what lies within the error of the probe that read them from a vector does not count.
"""

from __future__ import annotations

from torch import Tensor

from explorer.science.inversion.terms.base import Candidate, LossTarget, Term, beyond
from explorer.science.leakage.histogram import earth_movers_distance


def histogram(target: LossTarget, candidate: Candidate) -> Tensor:
    """Squared difference over all bins of the three colours, in shares of the pixels; with a tolerance, by so much less
    as the earth mover's distance is mostly within it.

    Returns:
        (B,) from 0 to 6, where no pixel shares a bin with the target and all lie in one.

    Raises:
        ValueError: the target or the candidates have no histogram.
    """
    if target.histogram is None or candidate.histogram is None:
        raise ValueError("the histogram term needs histograms of the target and of the generated faces")
    squared = (candidate.histogram - target.histogram).square().sum((1, 2))
    distance = earth_movers_distance(candidate.histogram, target.histogram).mean(-1)
    return squared * beyond(distance, target.histogram_tolerance)


HISTOGRAM = Term(
    name="histogram",
    title="Histogram",
    explanation="squared difference of the colours' histograms to those sought, in shares of the pixels, as far "
    "as their earth mover's distance exceeds what is tolerated",
    source="thesis eqs. 4.4 and 4.5, tolerance ours",
    default_weight=1.0,
    limit=10.0,
    value=histogram,
    needs="histogram",
)
