"""The adversary D: what tells an attribute's class by an embedding (thesis, section 3.3.4)."""

from __future__ import annotations

from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

# A second adversary is as wide as the probes that judge in the end.
WIDE = (256, 256, 256)


class Discriminator(nn.Module):
    """Hidden layers with ReLU, and a number for each class.

    Embeddings are brought to length sqrt(D) first, so that their numbers have a spread of 1: what is compared by
    cosine has no length.

    Args:
        dimension: of embeddings, D. classes: how many. hidden: widths of the hidden layers; 13 of 16 in the thesis.

    Example:
        >>> import torch
        >>> from explorer.science.debiasing import Discriminator
        >>> discriminator = Discriminator(512, classes=7)
        >>> discriminator(torch.randn(3, 512)).shape
        torch.Size([3, 7])
        >>> sum(isinstance(layer, torch.nn.ReLU) for layer in discriminator.layers)
        13
    """

    def __init__(self, dimension: int, classes: int, hidden: tuple[int, ...] = (16,) * 13) -> None:
        super().__init__()
        layers = list[nn.Module]()
        for inputs, outputs in pairwise((dimension, *hidden)):
            layer = nn.Linear(inputs, outputs)
            # By torch's own first weights a signal is gone behind thirteen layers, and nothing is learnt.
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
            layers += [layer, nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Linear((dimension, *hidden)[-1], classes))

    def forward(self, embeddings: Tensor) -> Tensor:
        """Logits (B, C) of embeddings (B, D) of any length."""
        logits: Tensor = self.layers(F.normalize(embeddings) * embeddings.shape[1] ** 0.5)
        return logits
