"""Improved residual networks: InsightFace's iresnet (also MagFace's) and the IR networks of AdaFace, SCF and others.

Both follow ArcFace's section 3.1 (arXiv 1801.07698): units of norm, 3x3, norm, PReLU, 3x3 with the stride, norm; four
stages, each beginning with a stride of two; then norm, a full layer on the flattened map, norm.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.networks.errors import NetworkFileError
from explorer.science.recognition.imported.architectures.family import (
    Layout,
    Recognised,
    State,
    UnitLength,
    chosen_layer,
    count,
    fill,
    side,
)
from explorer.science.recognition.imported.conventions import arcface, proposals, whole

_WIDTHS = (64, 128, 256, 512)
_DEPTHS = {
    (2, 2, 2, 2): 18,
    (3, 4, 6, 3): 34,
    (3, 4, 14, 3): 50,
    (3, 13, 30, 3): 100,
    (6, 26, 60, 6): 200,
}
_MAGFACE_EPSILON = 2e-5


def _convolution(inner: int, outer: int, size: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inner, outer, size, stride, size // 2, bias=False)


class _Unit(nn.Module):
    def __init__(self, inner: int, outer: int, stride: int, epsilon: float) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inner, epsilon)
        self.conv1 = _convolution(inner, outer, 3)
        self.bn2 = nn.BatchNorm2d(outer, epsilon)
        self.prelu = nn.PReLU(outer)
        self.conv2 = _convolution(outer, outer, 3, stride)
        self.bn3 = nn.BatchNorm2d(outer, epsilon)
        self.downsample: nn.Module = nn.Identity()
        if stride != 1 or inner != outer:
            self.downsample = nn.Sequential(_convolution(inner, outer, 1, stride), nn.BatchNorm2d(outer, epsilon))

    def forward(self, x: Tensor) -> Tensor:
        inner = self.conv2(self.prelu(self.bn2(self.conv1(self.bn1(x)))))
        result: Tensor = self.bn3(inner) + self.downsample(x)
        return result


class IResNet(nn.Module):
    """Maps (B, 3, S, S) to (B, D), not normalised; S is 16 times `cells`."""

    def __init__(self, depths: tuple[int, ...], dimension: int, cells: int, epsilon: float) -> None:
        super().__init__()
        self.conv1, self.bn1, self.prelu = _convolution(3, 64, 3), nn.BatchNorm2d(64, epsilon), nn.PReLU(64)
        inner = 64
        for stage, (depth, width) in enumerate(zip(depths, _WIDTHS, strict=True), 1):
            units = [_Unit(inner if i == 0 else width, width, 2 if i == 0 else 1, epsilon) for i in range(depth)]
            self.add_module(f"layer{stage}", nn.Sequential(*units))
            inner = width
        self.bn2 = nn.BatchNorm2d(512, epsilon)
        self.fc = nn.Linear(512 * cells * cells, dimension)
        self.features = nn.BatchNorm1d(dimension, epsilon)

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, S, S) to (B, D)."""
        x = self.prelu(self.bn1(self.conv1(image)))
        for stage in range(1, 5):
            x = self.get_submodule(f"layer{stage}")(x)
        embedding: Tensor = self.features(self.fc(self.bn2(x).flatten(1)))
        return embedding


def _build_iresnet(state: State, prefix: str, layer: str | None) -> Recognised:
    layers = ("embedding",)
    chosen_layer(layer, layers)
    depths = tuple(count(state, rf"layer{stage}\.(\d+)\.bn1\.weight") for stage in range(1, 5))
    dimension, features = state["fc.weight"].shape
    cells = side(features, 512)
    magface = prefix.endswith("features.") or prefix.endswith("features.module.")
    with torch.device("meta"):
        module = IResNet(depths, dimension, cells, _MAGFACE_EPSILON if magface else 1e-5)
    size = (16 * cells, 16 * cells)
    depth = f"{_DEPTHS[depths]}" if depths in _DEPTHS else f" of {depths} units"
    # MagFace was trained on pictures as OpenCV reads them, divided by 255.
    first = whole("BGR", size, 255.0) if magface else arcface(size)
    title = f"iresnet{depth} ({'MagFace' if magface else 'InsightFace'})"
    return Recognised(title, fill(module, state), proposals(first), layers)


class _Squeeze(nn.Module):
    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels // reduction, 1, bias=False)
        self.fc2 = nn.Conv2d(channels // reduction, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        weight: Tensor = torch.sigmoid(self.fc2(F.relu(self.fc1(x.mean((2, 3), keepdim=True)))))
        return x * weight


class _IrUnit(nn.Module):
    """A unit whose layers are numbered, of a kind: "basic", "bottleneck", or "short" (no norm in its middle)."""

    def __init__(self, inner: int, outer: int, stride: int, kind: str, squeeze: str | None) -> None:
        super().__init__()
        self.shortcut_layer: nn.Module = nn.MaxPool2d(1, stride)
        if inner != outer:
            self.shortcut_layer = nn.Sequential(_convolution(inner, outer, 1, stride), nn.BatchNorm2d(outer))
        parts: list[nn.Module] = [nn.BatchNorm2d(inner)]
        if kind == "bottleneck":
            narrow = outer // 4
            parts += [_convolution(inner, narrow, 1), nn.BatchNorm2d(narrow), nn.PReLU(narrow)]
            parts += [_convolution(narrow, narrow, 3), nn.BatchNorm2d(narrow), nn.PReLU(narrow)]
            parts += [_convolution(narrow, outer, 1, stride), nn.BatchNorm2d(outer)]
        else:
            parts.append(_convolution(inner, outer, 3))
            parts += [nn.BatchNorm2d(outer)] if kind == "basic" else []
            parts += [nn.PReLU(outer), _convolution(outer, outer, 3, stride), nn.BatchNorm2d(outer)]
        self.res_layer = nn.Sequential(*parts)
        if squeeze is not None:
            self.res_layer.add_module(squeeze, _Squeeze(outer))

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.res_layer(x) + self.shortcut_layer(x)
        return result


class IrNet(nn.Module):
    """Maps (B, 3, S, S) to (B, D), not normalised.

    Args:
        channels: what goes into each unit and out of it; a unit that changes it, and the first, halves the map.
        affine: whether the last norm has a gain and a shift.
    """

    def __init__(
        self,
        channels: list[tuple[int, int]],
        kind: str,
        squeeze: str | None,
        head: tuple[int, int, bool],
    ) -> None:
        super().__init__()
        self.input_layer = nn.Sequential(_convolution(3, 64, 3), nn.BatchNorm2d(64), nn.PReLU(64))
        halved = [i == 0 or inner != outer for i, (inner, outer) in enumerate(channels)]
        self.body = nn.Sequential(
            *(_IrUnit(*pair, 2 if half else 1, kind, squeeze) for pair, half in zip(channels, halved, strict=True))
        )
        dimension, features, affine = head
        self.output_layer = nn.Sequential(
            nn.BatchNorm2d(channels[-1][1]),
            nn.Dropout(0.4),
            nn.Flatten(),
            nn.Linear(features, dimension),
            nn.BatchNorm1d(dimension, affine=affine),
        )

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, S, S) to (B, D)."""
        embedding: Tensor = self.output_layer(self.body(self.input_layer(image)))
        return embedding


def _ir_kind(state: State) -> tuple[str, str | None]:
    """Which units a file has, and the name of their squeezing, where they have one."""
    if "body.0.res_layer.7.weight" in state:
        kind = "bottleneck"
    else:
        kind = "basic" if "body.0.res_layer.2.running_mean" in state else "short"
    squeezes = {n.split(".")[3] for n in state if n.startswith("body.0.res_layer.") and ".fc1." in n}
    return kind, next(iter(squeezes), None)


def _build_ir(state: State, prefix: str, layer: str | None) -> Recognised:
    layers = ("embedding",)
    chosen_layer(layer, layers)
    kind, squeeze = _ir_kind(state)
    units = count(state, r"body\.(\d+)\.res_layer\.0\.weight")
    last = {"basic": 4, "short": 3, "bottleneck": 7}[kind]
    try:
        channels = [
            (len(state[f"body.{i}.res_layer.0.weight"]), len(state[f"body.{i}.res_layer.{last}.weight"]))
            for i in range(units)
        ]
    except KeyError as error:
        raise NetworkFileError(f"tensor {error} is missing") from error
    dimension, features = state["output_layer.3.weight"].shape
    cells = side(features, channels[-1][1])
    affine = "output_layer.4.weight" in state
    with torch.device("meta"):
        module = IrNet(channels, kind, squeeze, (dimension, features, affine))
    filled: nn.Module = fill(module, state)
    size = (16 * cells, 16 * cells)
    depth = units * (3 if kind == "bottleneck" else 2) + 2
    title = f"IR-{'SE-' if squeeze else ''}{depth}"
    if kind == "short" and not affine:  # SCF's makers use the vector as it is; the others divide it by its length
        return Recognised(f"{title} (SCF)", filled, proposals(arcface(size)), layers)
    makers = "AdaFace" if kind != "short" else "InsightFace_Pytorch"
    order = arcface(size, "BGR" if makers == "AdaFace" else "RGB")
    return Recognised(f"{title} ({makers})", UnitLength(filled), proposals(order), layers)


LAYOUTS = (
    Layout("InsightFace's iresnet", ("layer1.0.prelu.weight", "fc.weight", "features.running_mean"), _build_iresnet),
    Layout("an IR network", ("input_layer.0.weight", "body.0.res_layer.0.weight", "output_layer.3.weight"), _build_ir),
)
