"""How varied pictures are to a classifier, and how sure it is of each: the score of Salimans et al. 2016, section 4.

It is called Inception score where the classifier is Inception-v3; by any other network it is another measure.
"""

from __future__ import annotations

import torch
from torch import Tensor


def class_diversity(chances: Tensor) -> float:
    """exp of the mean over pictures of KL(p(y | picture) || p(y)), p(y) being the mean of all pictures.

    Args:
        chances: (N, classes), each row summing to 1.

    Returns:
        From 1, where all pictures are alike to the classifier, to the number of classes.

    Raises:
        ValueError: there is no picture, or a row does not sum to 1.

    Example:
        >>> import torch
        >>> from explorer.science.evaluation.class_diversity import class_diversity
        >>> round(class_diversity(torch.eye(4)), 6), class_diversity(torch.full((5, 4), 0.25))
        (4.0, 1.0)
    """
    if chances.ndim != 2 or not len(chances):
        raise ValueError(f"chances have shape {tuple(chances.shape)}: give (N, classes), one picture at least")
    chances = chances.double()
    if not torch.allclose(chances.sum(1), torch.ones(len(chances), dtype=torch.float64), atol=1e-4):
        raise ValueError("chances of a picture do not sum to 1")
    marginal = chances.mean(0, keepdim=True)
    gained = torch.special.xlogy(chances, chances) - torch.special.xlogy(chances, marginal)
    return float(gained.sum(1).mean().exp())
