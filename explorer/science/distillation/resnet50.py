"""ResNet-50 (He et al. 2016, table 1), the paper's student."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Of each stage of table 1: channels inside of a block, how many blocks, stride of the first.
_STAGES = ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2))
_WIDER = 4


class ResNet50(nn.Module):
    """Maps (B, 3, H, W) to means over its last maps, (B, 2048)."""

    dimension = _STAGES[-1][0] * _WIDER

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU())
        self.pool = nn.MaxPool2d(3, 2, 1)
        blocks, channels = list[nn.Module](), 64
        for inner, count, stride in _STAGES:
            for number in range(count):
                blocks.append(_Bottleneck(channels, inner, stride if number == 0 else 1))
                channels = inner * _WIDER
        self.blocks = nn.Sequential(*blocks)

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, H, W) to (B, 2048)."""
        means: Tensor = self.blocks(self.pool(self.stem(image))).mean((2, 3))
        return means


class _Bottleneck(nn.Module):
    """1x1 down, 3x3, 1x1 up; what came in is added, through a 1x1 where its shape changes."""

    def __init__(self, channels: int, inner: int, stride: int) -> None:
        super().__init__()
        outer = inner * _WIDER
        self.layers = nn.Sequential(
            *(nn.Conv2d(channels, inner, 1, bias=False), nn.BatchNorm2d(inner), nn.ReLU()),
            *(nn.Conv2d(inner, inner, 3, stride, 1, bias=False), nn.BatchNorm2d(inner), nn.ReLU()),
            *(nn.Conv2d(inner, outer, 1, bias=False), nn.BatchNorm2d(outer)),
        )
        same = stride == 1 and channels == outer
        shortcut = nn.Sequential(nn.Conv2d(channels, outer, 1, stride, bias=False), nn.BatchNorm2d(outer))
        self.shortcut: nn.Module = nn.Identity() if same else shortcut

    def forward(self, maps: Tensor) -> Tensor:
        return F.relu(torch.add(self.layers(maps), self.shortcut(maps)))
