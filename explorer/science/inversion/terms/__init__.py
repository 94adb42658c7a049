"""The loss terms of an inversion, one a file; this table is the only place that lists them.

>>> from explorer.science.inversion.terms import TERMS
>>> list(TERMS)
['identity', 'landmarks', 'histogram', 'prior', 'perceptual', 'pixels']
"""

from operator import attrgetter

from explorer.science.inversion.terms.base import Candidate, LossTarget, Term, WantedPicture
from explorer.science.inversion.terms.histogram import HISTOGRAM
from explorer.science.inversion.terms.identity import IDENTITY
from explorer.science.inversion.terms.landmarks import LANDMARKS
from explorer.science.inversion.terms.perceptual import PERCEPTUAL
from explorer.science.inversion.terms.pixels import PIXELS
from explorer.science.inversion.terms.prior import PRIOR
from explorer.science.registry import Registry

TERMS: Registry[Term] = Registry(
    "loss term", (IDENTITY, LANDMARKS, HISTOGRAM, PRIOR, PERCEPTUAL, PIXELS), attrgetter("name")
)

__all__ = ["TERMS", "Candidate", "LossTarget", "Term", "WantedPicture", "default_weights"]


def default_weights() -> dict[str, float]:
    """Every term's default weight, by name.

    Example:
        >>> from explorer.science.inversion.terms import default_weights
        >>> default_weights()["identity"]
        1.0
    """
    return {name: term.default_weight for name, term in TERMS.items()}
