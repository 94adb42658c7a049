"""MobileNetV2 as an encoder of faces, to be trained from nothing (Sandler et al., MobileNetV2: Inverted Residuals and
Linear Bottlenecks, CVPR 2018, table 2).

A block widens its channels, filters each alone, and narrows them again without a nonlinearity; where its shape stays,
what came in is added. In place of a classifier stands a linear map into the embedding, normalised over the batch as
ArcFace's authors do (Deng et al., CVPR 2019, section 3.2).
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor, nn

# Of each row of table 2: by how much channels are widened, how many come out, how many blocks, stride of the first.
_TABLE = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
_FIRST, _LAST = 32, 1280
_DIVISOR = 8
STRIDE = 32
"""By how much maps are smaller at the end."""


class MobileNetV2(nn.Module):
    """Maps pictures (B, 3, H, W) in [-1, 1] to embeddings (B, D), of any length.

    Args:
        dimension: D. width: what channels are multiplied by; 1 has 2,223,872 parameters before the embedding.

    Example:
        >>> import torch
        >>> from explorer.science.recognition.mobilenet_v2 import MobileNetV2
        >>> network = MobileNetV2(dimension=128).eval()
        >>> network(torch.zeros(2, 3, 64, 64)).shape, sum(one.numel() for one in network.features.parameters())
        (torch.Size([2, 128]), 2223872)
    """

    def __init__(self, dimension: int = 512, width: float = 1.0) -> None:
        super().__init__()
        self.dimension, self.channels = dimension, max(_LAST, divisible(_LAST * width))
        self.features = nn.Sequential(*_layers(width, self.channels))
        self.embedding = nn.Sequential(
            nn.Linear(self.channels, dimension, bias=False), nn.BatchNorm1d(dimension, affine=False)
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out")
            elif isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, 0.0, 0.01)

    def forward(self, pictures: Tensor) -> Tensor:
        """Embed pictures: means over all places of the last maps, brought into D numbers."""
        embeddings: Tensor = self.embedding(self.features(pictures).mean((2, 3)))
        return embeddings


class InvertedResidual(nn.Module):
    """A block: 1x1 up, 3x3 of each channel alone, 1x1 down."""

    def __init__(self, channels: int, out: int, stride: int, widened: int) -> None:
        super().__init__()
        inner = channels * widened
        self.residual = stride == 1 and channels == out
        self.layers = nn.Sequential(
            *(_convolution(channels, inner, 1) if widened > 1 else ()),
            *_convolution(inner, inner, 3, stride, groups=inner),
            nn.Conv2d(inner, out, 1, bias=False),
            nn.BatchNorm2d(out),
        )

    def forward(self, maps: Tensor) -> Tensor:
        """From (B, C, H, W) to (B, out, H / stride, W / stride)."""
        found: Tensor = self.layers(maps)
        return maps + found if self.residual else found


def divisible(channels: float) -> int:
    """The nearest multiple of 8, at least 8, that is at most a tenth below: the authors' own rounding."""
    rounded = max(_DIVISOR, int(channels + _DIVISOR / 2) // _DIVISOR * _DIVISOR)
    return rounded + _DIVISOR if rounded < 0.9 * channels else rounded


def _layers(width: float, last: int) -> Iterator[nn.Module]:
    channels = divisible(_FIRST * width)
    yield from _convolution(3, channels, 3, 2)
    for widened, out, blocks, first_stride in _TABLE:
        wide = divisible(out * width)
        for number in range(blocks):
            yield InvertedResidual(channels, wide, first_stride if number == 0 else 1, widened)
            channels = wide
    yield from _convolution(channels, last, 1)


def _convolution(channels: int, out: int, kernel: int, stride: int = 1, groups: int = 1) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(channels, out, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(out),
        nn.ReLU6(inplace=True),
    )
