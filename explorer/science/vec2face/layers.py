"""Layers that the networks share: weights of equal learning rates, AdaIN, and attention over parts of a map.

Everything here can be differentiated twice: the critic's slope is itself made small (eq. 17).
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.shares import whole

_EPSILON = 1e-8
_SLOPE = 0.2


class EqualLinear(nn.Module):
    """A linear layer whose weights are drawn at spread 1 and brought to size as it runs (Karras et al. 2018, 4.1).

    So Adam moves the weights of all layers by the same share.
    """

    def __init__(self, before: int, after: int, gain: float = math.sqrt(2), bias: float = 0.0) -> None:
        super().__init__()
        self.weight, self._scale = nn.Parameter(torch.randn(after, before)), gain / math.sqrt(before)
        self.bias = nn.Parameter(torch.full((after,), bias))

    def forward(self, rows: Tensor) -> Tensor:
        """(..., before) to (..., after)."""
        return F.linear(rows, self.weight * self._scale, self.bias)


class EqualConv(nn.Module):
    """A convolution whose weights are as those of `EqualLinear`; the size of maps stays."""

    def __init__(self, before: int, after: int, kernel: int = 3, gain: float = math.sqrt(2)) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(after, before, kernel, kernel))
        self.bias, self._scale = nn.Parameter(torch.zeros(after)), gain / math.sqrt(before * kernel**2)

    def forward(self, maps: Tensor) -> Tensor:
        """(B, before, H, W) to (B, after, H, W)."""
        return F.conv2d(maps, self.weight * self._scale, self.bias, padding=self.weight.shape[-1] // 2)


class AdaptiveNorm(nn.Module):
    """AdaIN (Huang and Belongie 2017, eq. 8): each map gets the mean and the spread that a style says.

    A new one leaves the normed maps as they are.
    """

    def __init__(self, style: int, maps: int) -> None:
        super().__init__()
        self.style = EqualLinear(style, 2 * maps, gain=1.0)

    def forward(self, maps: Tensor, style: Tensor) -> Tensor:
        """Maps (B, C, H, W) and styles (B, D) to maps."""
        scale, shift = self.style(style)[..., None, None].chunk(2, 1)
        centred = maps - maps.mean((2, 3), keepdim=True)
        normed = centred * (centred.square().mean((2, 3), keepdim=True) + _EPSILON).rsqrt()
        result: Tensor = normed * (1 + scale) + shift
        return result


class Attention(nn.Module):
    """Attention of queries over keys, of several heads (Vaswani et al. 2017, 3.2).

    torch's own, which is quicker, has no second derivative on the CPU.

    Args:
        width: of queries and results. source: of what is attended to; the same if None. heads: a divisor of the width.
    """

    def __init__(self, width: int, heads: int, source: int | None = None) -> None:
        super().__init__()
        self._heads, source = heads, source or width
        self.query, self.key, self.value, self.result = (
            nn.Linear(before, width) for before in (width, source, source, width)
        )

    def forward(self, tokens: Tensor, source: Tensor | None = None) -> Tensor:
        """Tokens (B, N, width), and what they attend to, (B, M, source), or themselves: (B, N, width)."""
        seen = tokens if source is None else source
        query, key, value = self._split(self.query(tokens)), self._split(self.key(seen)), self._split(self.value(seen))
        weights = (query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])).softmax(-1)
        joined: Tensor = self.result((weights @ value).transpose(1, 2).flatten(2))
        return joined

    def _split(self, rows: Tensor) -> Tensor:
        split: Tensor = rows.unflatten(-1, (self._heads, -1))
        return split.transpose(1, 2)


def heads_of(width: int) -> int:
    """How many heads a width is split into: of about 32 numbers each, four at most."""
    return next(heads for heads in (4, 2, 1) if width % heads == 0 and (width // heads >= 32 or heads == 1))


def lrelu(values: Tensor) -> Tensor:
    """A leaky ReLU."""
    return F.leaky_relu(values, _SLOPE)


def pixel_norm(maps: Tensor) -> Tensor:
    """Each place's numbers (B, C, ...) brought to a root mean square of 1 (Karras et al. 2018, 4.2)."""
    return maps * (maps.square().mean(1, keepdim=True) + _EPSILON).rsqrt()


def into_grids(maps: Tensor, side: int) -> Tensor:
    """Maps (B, C, S, S) as tokens of squares of that side, (B * squares, side^2, C); one square where S is smaller.

    Attention within squares is the grid self-attention of TransGAN (Jiang et al. 2021, 3.3).
    """
    batch, channels, size, _ = maps.shape
    side = min(side, size)
    parts = maps.reshape(batch, channels, size // side, side, size // side, side)
    return parts.permute(0, 2, 4, 3, 5, 1).reshape(-1, side**2, channels)


def from_grids(tokens: Tensor, size: int) -> Tensor:
    """What `into_grids` made tokens of: (B, C, size, size)."""
    side, channels = math.isqrt(tokens.shape[1]), tokens.shape[2]
    across = size // side
    parts = tokens.reshape(-1, across, across, side, side, channels)
    return parts.permute(0, 5, 1, 3, 2, 4).reshape(-1, channels, size, size)


def smaller(pictures: Tensor) -> Tensor:
    """Pictures (B, 3, S, S) at half the side, each place the mean of four."""
    return F.avg_pool2d(pictures, 2)


def larger(pictures: Tensor) -> Tensor:
    """Pictures at twice the side, each place four times."""
    return F.interpolate(pictures, scale_factor=2.0, mode="nearest")


def deviation_map(maps: Tensor) -> Tensor:
    """Minibatch standard deviation (Karras et al. 2018, 3): maps (B, C, H, W) with one more.

    It holds in all places the mean, over maps and places, of how far the faces of the batch lie apart.
    """
    spread = (whole(maps).var(0, correction=0) + _EPSILON).sqrt().mean()
    return torch.cat([maps, spread.expand(len(maps), 1, *maps.shape[2:])], 1)
