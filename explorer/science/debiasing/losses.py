"""What the adversaries make small, and what the backbone does: eqs. 3.2, 3.3 and 3.5.

Eq. 3.4 is `training.arcface.ArcFace`: the thesis prints it without ArcFace's margin, which is that of a margin of 0.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def discriminator_loss(logits: Tensor, classes: Tensor, weights: Tensor | None = None) -> Tensor:
    """The cross-entropy of an attribute's classes, mean over the batch (eq. 3.2).

    Args:
        logits: (B, C) by D. classes: (B,) numbers. weights: (C,) of the classes; all 1 where None.

    Example:
        >>> import torch
        >>> from explorer.science.debiasing import discriminator_loss
        >>> loss = discriminator_loss(torch.zeros(2, 4), torch.tensor([0, 3]))
        >>> round(loss.item(), 4)  # ln 4: D tells nothing
        1.3863
    """
    return _mean(F.cross_entropy(logits, classes, reduction="none"), classes, weights)


def adversarial_loss(logits: Tensor, classes: Tensor, weights: Tensor | None = None, *, clipped: bool = True) -> Tensor:
    """The negative of D's loss, by which the backbone hides the attribute (eq. 3.3).

    As printed it has no lower bound: the backbone would go on to make D sure of wrong classes, from which the right
    ones can be read as well. Clipped, nothing is gained where D tells a face's class no better than chance.

    Args:
        logits, classes, weights: as of `discriminator_loss`.

    Example:
        >>> import torch
        >>> from explorer.science.debiasing import adversarial_loss
        >>> wrong = torch.tensor([[8.0, 0.0]])
        >>> [round(adversarial_loss(wrong, torch.tensor([1]), clipped=one).item(), 3) for one in (True, False)]
        [-0.693, -8.0]
    """
    entropies = F.cross_entropy(logits, classes, reduction="none")
    if clipped:
        entropies = entropies.clamp_max(math.log(logits.shape[1]))
    return -_mean(entropies, classes, weights)


def similarities_lost(embeddings: Tensor, before: Tensor, classes: Tensor) -> Tensor:
    """How far cosines between faces have moved from what they were about the means of their classes: RMS over pairs.

    Verification goes by cosines; what brought two faces together for their class alone may go.

    Args:
        embeddings: (B, D) now. before: (B, D) of the same faces by the encoder as it was. classes: (B,) numbers.
    """
    then, now = (F.normalize(one) for one in (before, embeddings))
    same = (classes[:, None] == classes[None]).to(then)
    means = same @ then / same.sum(1, keepdim=True)
    between = [F.normalize(one) for one in (now - now.mean(0), then - means)]
    apart = between[0] @ between[0].T - between[1] @ between[1].T
    # A face is as like to itself as it was: the diagonal has no slope of its own at 0.
    return apart.square().mean().add(1e-12).sqrt()


def _mean(values: Tensor, classes: Tensor, weights: Tensor | None) -> Tensor:
    if weights is None:
        return values.mean()
    found: Tensor = (values * weights.to(values)[classes]).mean()
    return found


def balanced_share(logits: Tensor, classes: Tensor) -> Tensor:
    """The mean share of each class's faces that are told right."""
    right = (logits.detach().argmax(1) == classes).float()
    return torch.stack([right[classes == one].mean() for one in classes.unique()]).mean()
