"""What a translator is trained by (DIFFUSE 5.2.2): labels of pictures, a classifier's answers, and a discriminator."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

# The paper's order of weights: the discriminator's is the largest by far, the encoder loss's small (5.3.4).
WEIGHTS: Mapping[str, float] = {"discriminator": 1.0, "classifier": 0.3, "encoder": 0.02}


def encoder_loss(structured: Tensor, elements: Mapping[str, int], labels: Mapping[str, Tensor]) -> Tensor:
    """Mean squared error between the handles' elements, in every layer, and a picture's labels (figure 3).

    Args:
        structured: (B, L, K). elements: of each attribute. labels: (B,) by attribute.

    Returns:
        A scalar.

    Raises:
        ValueError: there are no labels, or one is of an attribute without a handle.
    """
    if not labels or labels.keys() - elements.keys():
        raise ValueError("an encoder loss needs labels, of attributes that have a handle")
    errors = [
        (structured[..., elements[name]] - label.to(structured)[:, None]).square() for name, label in labels.items()
    ]
    return torch.stack(errors).mean()


def classifier_loss(answers: Tensor, wanted: Tensor) -> Tensor:
    """Mean squared error between a classifier's answers to drawn faces and what was set, (B, A) each (figure 4)."""
    return F.mse_loss(answers, wanted)


def realism_loss(of_drawn: Tensor) -> Tensor:
    """What a discriminator's answers (B, 1) to drawn faces cost the translator: non-saturating (Goodfellow 2014)."""
    return F.softplus(-of_drawn).mean()


def discriminator_loss(of_real: Tensor, of_drawn: Tensor) -> Tensor:
    """What the discriminator loses by its answers (B, 1) to real and to drawn faces."""
    return F.softplus(-of_real).mean() + F.softplus(of_drawn).mean()
