"""Inception-ResNet-v1 (arXiv 1602.07261, figures 7 to 15) as facenet-pytorch names it: 512 numbers of length one."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.recognition.imported.architectures.family import (
    Layout,
    Recognised,
    State,
    UnitLength,
    chosen_layer,
    fill,
)
from explorer.science.recognition.imported.conventions import facenet, proposals

_EPSILON = 1e-3
Kernel = int | tuple[int, int]


class _Convolution(nn.Module):
    def __init__(self, inner: int, outer: int, kernel: Kernel, stride: int = 1, pad: Kernel = 0) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inner, outer, kernel, stride, pad, bias=False)
        self.bn = nn.BatchNorm2d(outer, _EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x)))


class _Branches(nn.Module):
    """Branches beside each other, joined by their channels; `pooled` adds a maximum of 3/2 as the last."""

    def __init__(self, branches: list[nn.Module], pooled: bool = False) -> None:
        super().__init__()
        self.number = len(branches)
        self.pooled = pooled
        for place, branch in enumerate(branches):
            self.add_module(f"branch{place}", branch)

    def join(self, x: Tensor) -> Tensor:
        parts = [self.get_submodule(f"branch{place}")(x) for place in range(self.number)]
        return torch.cat([*parts, F.max_pool2d(x, 3, 2)] if self.pooled else parts, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.join(x)


class _Residual(_Branches):
    """x + scale * 1x1(branches), and a ReLU unless it is the last of all."""

    def __init__(self, branches: list[nn.Module], joined: int, channels: int, scale: float, last: bool = False) -> None:
        super().__init__(branches)
        self.conv2d = nn.Conv2d(joined, channels, 1)
        self.scale, self.last = scale, last

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = x + self.scale * self.conv2d(self.join(x))
        return result if self.last else F.relu(result)


def _row(*layers: nn.Module) -> nn.Module:
    return nn.Sequential(*layers) if len(layers) > 1 else layers[0]


def _block35() -> nn.Module:
    c = _Convolution
    wide = _row(c(256, 32, 1), c(32, 32, 3, pad=1), c(32, 32, 3, pad=1))
    return _Residual([c(256, 32, 1), _row(c(256, 32, 1), c(32, 32, 3, pad=1)), wide], 96, 256, 0.17)


def _block17() -> nn.Module:
    c = _Convolution
    wide = _row(c(896, 128, 1), c(128, 128, (1, 7), pad=(0, 3)), c(128, 128, (7, 1), pad=(3, 0)))
    return _Residual([c(896, 128, 1), wide], 256, 896, 0.10)


def _block8(scale: float = 0.20, last: bool = False) -> nn.Module:
    c = _Convolution
    wide = _row(c(1792, 192, 1), c(192, 192, (1, 3), pad=(0, 1)), c(192, 192, (3, 1), pad=(1, 0)))
    return _Residual([c(1792, 192, 1), wide], 384, 1792, scale, last)


class InceptionResnetV1(nn.Module):
    """Maps (B, 3, H, W), at least 80 px, to (B, D), not yet divided by its length."""

    def __init__(self, dimension: int) -> None:
        super().__init__()
        c = _Convolution
        self.conv2d_1a, self.conv2d_2a, self.conv2d_2b = c(3, 32, 3, 2), c(32, 32, 3), c(32, 64, 3, pad=1)
        self.conv2d_3b, self.conv2d_4a, self.conv2d_4b = c(64, 80, 1), c(80, 192, 3), c(192, 256, 3, 2)
        self.repeat_1 = nn.Sequential(*(_block35() for _ in range(5)))
        self.mixed_6a = _Branches(
            [c(256, 384, 3, 2), _row(c(256, 192, 1), c(192, 192, 3, pad=1), c(192, 256, 3, 2))], pooled=True
        )
        self.repeat_2 = nn.Sequential(*(_block17() for _ in range(10)))
        self.mixed_7a = _Branches(
            [
                _row(c(896, 256, 1), c(256, 384, 3, 2)),
                _row(c(896, 256, 1), c(256, 256, 3, 2)),
                _row(c(896, 256, 1), c(256, 256, 3, pad=1), c(256, 256, 3, 2)),
            ],
            pooled=True,
        )
        self.repeat_3 = nn.Sequential(*(_block8() for _ in range(5)))
        self.block8 = _block8(1.0, last=True)
        self.last_linear = nn.Linear(1792, dimension, bias=False)
        self.last_bn = nn.BatchNorm1d(dimension, _EPSILON)

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, H, W) to (B, D)."""
        x = F.max_pool2d(self.conv2d_2b(self.conv2d_2a(self.conv2d_1a(image))), 3, 2)
        x = self.conv2d_4b(self.conv2d_4a(self.conv2d_3b(x)))
        x = self.repeat_2(self.mixed_6a(self.repeat_1(x)))
        x = self.block8(self.repeat_3(self.mixed_7a(x)))
        embedding: Tensor = self.last_bn(self.last_linear(x.mean((2, 3))))
        return embedding


def _build(state: State, prefix: str, layer: str | None) -> Recognised:
    layers = ("embedding",)
    chosen_layer(layer, layers)
    with torch.device("meta"):
        module = InceptionResnetV1(len(state["last_linear.weight"]))
    filled = fill(module, state, r"logits\..*")
    first = facenet(per_image=False)
    others = (facenet(), facenet(margin=1.0), facenet(margin=1.2))
    return Recognised("Inception-ResNet-v1 (facenet-pytorch)", UnitLength(filled), proposals(first, *others), layers)


_ANCHORS = ("conv2d_1a.conv.weight", "last_linear.weight", "mixed_7a.branch2.0.conv.weight")
LAYOUTS = (Layout("facenet-pytorch's InceptionResnetV1", _ANCHORS, _build),)
