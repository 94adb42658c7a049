"""VGGFace2's ResNet-50 and SENet-50 (arXiv 1710.08092), VGGFace's VGG-16 (Parkhi et al. 2015), SphereFace's sphere20.

The residual networks are Caffe's: the stride lies in the first 1x1 of a block, and the maximum behind the first layer
rounds up. Their 256 and 128 numbers come from a 1x1 on the pooled features.
"""

from __future__ import annotations

import re

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.networks.errors import NetworkFileError
from explorer.science.recognition.imported.architectures.family import (
    Layout,
    Recognised,
    State,
    chosen_layer,
    fill,
)
from explorer.science.recognition.imported.conventions import Colour, arcface, proposals, vggface, vggface2

# In VGGFace2's training set.
_PEOPLE = 8631
_DEPTHS, _WIDTHS = (3, 4, 6, 3), (64, 128, 256, 512)


class _Bottleneck(nn.Module):
    def __init__(self, inner: int, width: int, stride: int, squeezed: bool) -> None:
        super().__init__()
        outer = 4 * width
        self.conv1, self.bn1 = nn.Conv2d(inner, width, 1, stride, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = nn.Conv2d(width, outer, 1, bias=False), nn.BatchNorm2d(outer)
        self.squeezed = squeezed
        if squeezed:
            self.conv4, self.conv5 = nn.Conv2d(outer, outer // 16, 1), nn.Conv2d(outer // 16, outer, 1)
        self.downsample: nn.Module = nn.Identity()
        if inner != outer:
            self.downsample = nn.Sequential(nn.Conv2d(inner, outer, 1, stride, bias=False), nn.BatchNorm2d(outer))

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
        y = self.bn3(self.conv3(y))
        if self.squeezed:
            y = y * torch.sigmoid(self.conv5(F.relu(self.conv4(y.mean((2, 3), keepdim=True)))))
        return F.relu(y + self.downsample(x))


class VggFace2Net(nn.Module):
    """Maps (B, 3, 224, 224) to the pooled 2,048 features or to those of a layer on them.

    Args:
        head: inputs and outputs of the layer behind the pooling, or None.
        layer: "features" for the pooled ones, else what the head gives.
    """

    def __init__(self, squeezed: bool, head: tuple[int, bool] | None, layer: str) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
        inner = 64
        for stage, (depth, width) in enumerate(zip(_DEPTHS, _WIDTHS, strict=True), 1):
            blocks = []
            for place in range(depth):
                blocks.append(_Bottleneck(inner, width, 2 if place == 0 and stage > 1 else 1, squeezed))
                inner = 4 * width
            self.add_module(f"layer{stage}", nn.Sequential(*blocks))
        self.layer = layer
        if head is not None:
            self.fc = nn.Linear(2048, head[0], bias=head[1])

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, 224, 224) to (B, D)."""
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(image))), 3, 2, ceil_mode=True)
        for stage in range(1, 5):
            x = self.get_submodule(f"layer{stage}")(x)
        features: Tensor = x.mean((2, 3))
        return features if self.layer == "features" else self.fc(features)


def _vggface2(state: State, layer: str | None, head: str, colour: Colour) -> Recognised:
    squeezed = "layer1.0.conv4.weight" in state
    weight = state.get("fc.weight")
    layers = {"": ("features",), "classifier": ("features", "classifier"), "feat_extract": ("feat_extract", "features")}
    offered = layers[head]
    chosen = chosen_layer(layer, offered)
    size = None if weight is None else (len(weight), "fc.bias" in state)
    with torch.device("meta"):
        module = VggFace2Net(squeezed, size, chosen)
    number = f"-{size[0]}" if size is not None and head == "feat_extract" else ""
    title = f"{'SENet' if squeezed else 'ResNet'}-50{number} (VGGFace2)"
    return Recognised(title, fill(module, state), proposals(vggface2(colour)), offered)


def _torchvision(state: State, prefix: str, layer: str | None) -> Recognised:
    people = len(state["fc.weight"]) if "fc.weight" in state else _PEOPLE
    if people != _PEOPLE:
        raise NetworkFileError(
            f"a ResNet-50 with {people} outputs; VGGFace2's has {_PEOPLE}, and others halve their maps elsewhere"
        )
    return _vggface2(state, layer, "classifier" if "fc.weight" in state else "", "BGR")


_MCN_LAYERS = {"1x1_reduce": "1", "3x3": "2", "1x1_increase": "3"}


def _mcn(state: State, prefix: str, layer: str | None) -> Recognised:
    """MatConvNet's names, as Albanie's and the Visual Geometry Group's own PyTorch files have them."""
    renamed: dict[str, Tensor] = {}
    head = ""
    for name, value in state.items():
        if match := re.fullmatch(r"(classifier|feat_extract)\.(weight|bias)", name):
            if head in ("", match[1]) or match[1] == "feat_extract":
                renamed[f"fc.{match[2]}"] = value.flatten(1) if value.ndim == 4 else value
                head = match[1]
            continue
        renamed[_mcn_name(name)] = value
    return _vggface2(renamed, layer, head, "RGB")


def _mcn_name(name: str) -> str:
    if match := re.fullmatch(r"conv1_7x7_s2(_bn)?\.(\w+)", name):
        return f"{'bn1' if match[1] else 'conv1'}.{match[2]}"
    match = re.fullmatch(r"conv(\d)_(\d)_(1x1_reduce|3x3|1x1_increase|1x1_proj|1x1_down|1x1_up)(_bn)?\.(\w+)", name)
    if match is None:
        return name
    stage, block, kind, norm, part = match.groups()
    place = f"layer{int(stage) - 1}.{int(block) - 1}"
    if kind == "1x1_proj":
        return f"{place}.downsample.{1 if norm else 0}.{part}"
    if kind in ("1x1_down", "1x1_up"):
        return f"{place}.conv{4 if kind == '1x1_down' else 5}.{part}"
    return f"{place}.{'bn' if norm else 'conv'}{_MCN_LAYERS[kind]}.{part}"


_VGG = ((1, 2, 64), (2, 2, 128), (3, 3, 256), (4, 3, 512), (5, 3, 512))
_VGG_LAYERS = ("fc7", "fc6", "fc8")


class Vgg16(nn.Module):
    """Maps (B, 3, 224, 224) to the 4,096 numbers of fc6 or fc7 behind their ReLU, or to fc8's logits."""

    def __init__(self, people: int, layer: str) -> None:
        super().__init__()
        inner = 3
        for block, number, width in _VGG:
            for place in range(1, number + 1):
                self.add_module(f"conv{block}_{place}", nn.Conv2d(inner, width, 3, 1, 1))
                inner = width
        self.fc6, self.fc7 = nn.Linear(512 * 7 * 7, 4096), nn.Linear(4096, 4096)
        if people:
            self.fc8 = nn.Linear(4096, people)
        self.layer = layer

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, 224, 224) to (B, D)."""
        x = image
        for block, number, _ in _VGG:
            for place in range(1, number + 1):
                x = F.relu(self.get_submodule(f"conv{block}_{place}")(x))
            x = F.max_pool2d(x, 2)
        x = F.relu(self.fc6(x.flatten(1)))
        if self.layer == "fc6":
            return x
        x = F.relu(self.fc7(x))
        return x if self.layer == "fc7" else self.fc8(x)


def _vgg16(state: State, prefix: str, layer: str | None) -> Recognised:
    people = len(state["fc8.weight"]) if "fc8.weight" in state else 0
    layers = _VGG_LAYERS if people else _VGG_LAYERS[:2]
    chosen = chosen_layer(layer, layers)
    with torch.device("meta"):
        module = Vgg16(people, chosen)
    return Recognised("VGG-16 (VGGFace)", fill(module, state), proposals(vggface("RGB")), layers)


_SPHERE = ((64, 1), (128, 2), (256, 4), (512, 1))


class Sphere20(nn.Module):
    """SphereFace's network of twenty layers (arXiv 1704.08063, table 2): (B, 3, 112, 96) to (B, 512)."""

    def __init__(self, dimension: int, cells: int) -> None:
        super().__init__()
        inner = 3
        for stage, (width, pairs) in enumerate(_SPHERE, 1):
            for place in range(1, 2 * pairs + 2):
                first = place == 1
                self.add_module(f"conv{stage}_{place}", nn.Conv2d(inner, width, 3, 2 if first else 1, 1))
                self.add_module(f"relu{stage}_{place}", nn.PReLU(width))
                inner = width
        self.fc5 = nn.Linear(512 * cells, dimension)

    def _layer(self, stage: int, place: int, x: Tensor) -> Tensor:
        result: Tensor = self.get_submodule(f"relu{stage}_{place}")(self.get_submodule(f"conv{stage}_{place}")(x))
        return result

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, 112, 96) to (B, D)."""
        x = image
        for stage, (_, pairs) in enumerate(_SPHERE, 1):
            x = self._layer(stage, 1, x)
            for pair in range(pairs):
                x = x + self._layer(stage, 2 * pair + 3, self._layer(stage, 2 * pair + 2, x))
        embedding: Tensor = self.fc5(x.flatten(1))
        return embedding


def _sphere20(state: State, prefix: str, layer: str | None) -> Recognised:
    layers = ("embedding",)
    chosen_layer(layer, layers)
    dimension, features = state["fc5.weight"].shape
    with torch.device("meta"):
        module = Sphere20(dimension, features // 512)
    size = {42: (112, 96), 49: (112, 112)}.get(features // 512, (112, 96))
    filled = fill(module, state, r"fc6\.weight")
    return Recognised("sphere20 (SphereFace)", filled, proposals(arcface(size, "BGR", 128.0)), layers)


LAYOUTS = (
    Layout(
        "VGGFace2's network", ("layer1.0.conv3.weight", "layer4.2.bn3.running_mean", "bn1.running_mean"), _torchvision
    ),
    Layout("VGGFace2's network", ("conv1_7x7_s2.weight", "conv5_3_1x1_increase.weight"), _mcn),
    Layout("VGGFace's VGG-16", ("conv5_3.weight", "fc6.weight", "fc7.weight"), _vgg16),
    Layout("SphereFace's sphere20", ("conv4_3.weight", "relu4_3.weight", "fc5.weight"), _sphere20),
)
