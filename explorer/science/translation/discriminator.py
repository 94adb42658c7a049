"""The discriminator that is trained along with the translator: from scratch, small enough for two cores."""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.shares import whole

_WIDTHS = (24, 48, 96, 128, 128)
_SLOPE = 0.2


class Discriminator(nn.Module):
    """Pictures (B, 3, S, S) in [0, 1] to (B, 1): positive where it takes them for those of unedited faces.

    Strided convolutions down to 4 px. The mean deviation over the batch is told besides (Karras et al. 2018), so that
    faces that are all alike are noticed.

    Args:
        side: S, 128 or 256; small ones for tests.

    Example:
        >>> import torch
        >>> from explorer.science.translation.discriminator import Discriminator
        >>> Discriminator(64)(torch.rand(2, 3, 64, 64)).shape
        torch.Size([2, 1])
    """

    def __init__(self, side: int) -> None:
        super().__init__()
        steps = (side // 4).bit_length() - 1
        widths = [_WIDTHS[min(place, len(_WIDTHS) - 1)] for place in range(steps + 1)]
        self.first = nn.Conv2d(3, widths[0], 3, padding=1)
        self.layers = nn.ModuleList(nn.Conv2d(before, after, 4, 2, 1) for before, after in pairwise(widths))
        self.last = nn.Conv2d(widths[-1] + 1, widths[-1], 3, padding=1)
        self.answer = nn.Linear(16 * widths[-1], 1)

    def forward(self, pictures: Tensor) -> Tensor:
        """How real they look."""
        x = F.leaky_relu(self.first(2 * pictures - 1), _SLOPE)
        for layer in self.layers:
            x = F.leaky_relu(layer(x), _SLOPE)
        deviation = (whole(x).var(0, correction=0) + 1e-8).sqrt().mean()
        x = torch.cat([x, deviation.expand(len(x), 1, *x.shape[2:])], 1)
        answers: Tensor = self.answer(F.leaky_relu(self.last(x), _SLOPE).flatten(1))
        return answers


def gradient_penalty(discriminator: nn.Module, pictures: Tensor) -> Tensor:
    """R1: the mean squared length of the answers' gradient by real pictures (Mescheder et al. 2018, eq. 9)."""
    seen = pictures.detach().requires_grad_()
    (slope,) = torch.autograd.grad(discriminator(seen).sum(), seen, create_graph=True)
    return slope.square().flatten(1).sum(1).mean()
