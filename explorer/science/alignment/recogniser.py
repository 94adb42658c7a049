"""Recognition on flat textures, purely convolutional (thesis, section 5.2.7, figure 5.8).

No pooling, no linear layer: features keep their places up to the last layer, so that misaligned textures are told apart
from aligned ones. Behind the last layer, whose outputs are logits, there is neither norm nor ReLU.
"""

from __future__ import annotations

from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

SIDE = 64
_LAYERS = 5


class UvRecogniser(nn.Module):
    """Six 3 x 3 convolutions of stride 2, from 64 x 64 texels to 1 x 1.

    With 200 people it has 22,220 parameters at a width of 10 and 38,888 at 16; the thesis counts 22,888 and does not
    say its widths.

    Args:
        people: classes. width: channels of all layers but the last.

    Example:
        >>> import torch
        >>> from explorer.science.alignment import UvRecogniser
        >>> recogniser = UvRecogniser(people=200, width=10)
        >>> recogniser(torch.rand(2, 3, 64, 64)).shape, recogniser.parameter_count
        (torch.Size([2, 200]), 22220)
    """

    def __init__(self, people: int, width: int) -> None:
        super().__init__()
        channels = [3] + [width] * _LAYERS
        self.layers = nn.Sequential()
        for before, after in pairwise(channels):
            self.layers.append(nn.Conv2d(before, after, 3, 2, 1))
            self.layers.append(nn.BatchNorm2d(after))
            self.layers.append(nn.ReLU(inplace=True))
        self.last = nn.Conv2d(width, people, 3, 2, 1)

    def forward(self, textures: Tensor) -> Tensor:
        """Logits (B, people) of textures (B, 3, 64, 64) in [0, 1]."""
        return self.logits(self.features(textures))

    def features(self, textures: Tensor) -> Tensor:
        """What the last layer sees, (B, width, 2, 2)."""
        found: Tensor = self.layers(textures)
        return found

    def logits(self, features: Tensor) -> Tensor:
        """(B, people) of features."""
        logits: Tensor = self.last(features)[..., 0, 0]
        return logits

    def embed(self, textures: Tensor) -> Tensor:
        """The features as vectors of length 1, (B, 4 width)."""
        return unit(self.features(textures))

    @property
    def parameter_count(self) -> int:
        """Of weights and biases, norms' included."""
        return sum(parameter.numel() for parameter in self.parameters())


def unit(features: Tensor) -> Tensor:
    """Features (B, C, H, W) as vectors of length 1."""
    return F.normalize(features.flatten(1))
