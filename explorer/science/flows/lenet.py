"""LeNet with 1,024 features, and a generator of three blocks that leads back from them: the networks of figure 3."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

FEATURES, CLASSES, SIDE = 1024, 10, 32


class LeNet(nn.Module):
    """F of figure 3: two convolutions with pooling (LeCun et al. 1998), 1,024 features, and the logits of ten digits.

    Example:
        >>> import torch
        >>> from explorer.science.flows.lenet import LeNet
        >>> network = LeNet()
        >>> pictures = torch.rand(2, 1, 32, 32)
        >>> network.features(pictures).shape, network(pictures).shape
        (torch.Size([2, 1024]), torch.Size([2, 10]))
    """

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 20, 5), nn.Conv2d(20, 50, 5)
        self.full, self.last = nn.Linear(50 * 5 * 5, FEATURES), nn.Linear(FEATURES, CLASSES)

    def blocks(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What each part says of (B, 1, 32, 32) in [0, 1]: (B, 20, 14, 14), (B, 50, 5, 5) and features (B, 1024)."""
        first = F.max_pool2d(F.relu(self.first(2 * pictures - 1)), 2)
        second = F.max_pool2d(F.relu(self.second(first)), 2)
        return first, second, F.relu(self.full(second.flatten(1)))

    def features(self, pictures: Tensor) -> Tensor:
        """(B, 1, 32, 32) to (B, 1024)."""
        return self.blocks(pictures)[-1]

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 1, 32, 32) to logits (B, 10)."""
        logits: Tensor = self.last(self.features(pictures))
        return logits


class DigitGenerator(nn.Module):
    """G of figure 3: from features (B, 1024) to pictures (B, 1, 32, 32) in [0, 1], by three blocks of convolutions.

    Without the background variable, the progressive growth and the discriminator of the face generator: what is
    compared is the two distances that it learns by, all else alike.
    """

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self._width = width
        self.begin = nn.Linear(FEATURES, 4 * width * 16)
        sizes = (4 * width, 2 * width, width, width)
        self.blocks = nn.ModuleList(nn.Conv2d(inner, outer, 3, padding=1) for inner, outer in pairwise(sizes))
        self.last = nn.Conv2d(width, 1, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        """(B, 1024) to (B, 1, 32, 32)."""
        unit = F.normalize(features, dim=1) * FEATURES**0.5
        maps = F.relu(self.begin(unit)).reshape(-1, 4 * self._width, 4, 4)
        for block in self.blocks:
            maps = F.relu(block(F.interpolate(maps, scale_factor=2.0)))
        return torch.sigmoid(self.last(maps))


def block_distance(one: Sequence[Tensor], other: Sequence[Tensor], final: float) -> Tensor:
    """Eq. 15, (B,): the lengths of differences of a network's blocks, each by its numbers, and `final` times eq. 14 of
    the last.

    Args:
        one, other: what each block says, the last being the features (B, D). final: lambda_a.
    """
    parts = [
        torch.linalg.vector_norm((a - b).flatten(1), dim=1) / a[0].numel() for a, b in zip(one, other, strict=True)
    ]
    last = (1 - torch.cosine_similarity(one[-1], other[-1])).square()
    return torch.stack(parts).sum(0) + final * last
