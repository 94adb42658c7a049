"""What sees pictures where sets of them are compared: networks for objects, which know nothing of identity.

Each has its name beside every figure that it makes: distances on different features are different measures.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.networks.channels_last import convolution
from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.javascript_modules import keras_layers, keras_weights, read_modules
from explorer.science.networks.keras_graph import KerasGraph
from explorer.science.registry import Registry

# Blocks of EfficientNet-Lite0: how many, kernel, stride of the first, by how much channels are widened, channels.
_LITE0 = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_LITE0_EPSILON = 1e-3


class PictureFeatures(nn.Module):
    """A network that makes numbers of pictures.

    Args:
        network: takes (B, side, side, 3), scaled as its makers do, and returns (B, H, W, D).
        side: of its pictures, in pixels.
        scale, shift: of values in [0, 1]: x * scale + shift.
    """

    def __init__(self, network: nn.Module, side: int, scale: float, shift: float) -> None:
        super().__init__()
        self.network, self._side, self._scale, self._shift = network, side, scale, shift
        self.requires_grad_(False)
        self.eval()

    @torch.no_grad()
    def forward(self, pictures: Tensor) -> Tensor:
        """Features of pictures.

        Args:
            pictures: (B, 3, H, W) RGB in [0, 1], square; resized with antialiasing.

        Returns:
            (B, D), the means over all places.
        """
        if pictures.shape[2:] != (self._side, self._side):
            pictures = F.interpolate(pictures, (self._side, self._side), mode="bicubic", antialias=True).clamp(0, 1)
        found: Tensor = self.network((pictures * self._scale + self._shift).permute(0, 2, 3, 1))
        return found.mean((1, 2))


def inception_mixed5(data: bytes) -> PictureFeatures:
    """Inception-v3 up to `mixed5`: 768 numbers, of the JavaScript modules of a classifier that was fine-tuned from it.

    Up to this layer all kernels were kept as they were for ImageNet. The running means of batch norms were not: they
    agree with pictures in [0, 1], on which it was fine-tuned and is used: 0.2 deviations apart on portraits, and 0.3 to
    1.1 with pictures in [-1, 1].

    Raises:
        NetworkFileError: the file is another one, or damaged.
    """
    model, weights = read_modules(data)
    graph = KerasGraph(keras_layers(model), keras_weights(weights), "mixed5")
    return PictureFeatures(_Graph(graph), 299, 1.0, 0.0)


def efficientnet_lite0(data: bytes) -> PictureFeatures:
    """EfficientNet-Lite0 (Tan and Le 2019, without squeezing): the 1,280 numbers before its classes.

    Args:
        data: a state dict of `efficientnet_lite_pytorch`.

    Raises:
        NetworkFileError: the file is another one, or damaged.
    """
    try:
        state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        network = _Lite0({str(name): tensor for name, tensor in state.items()})
    except NetworkFileError:
        raise
    except Exception as error:  # torch's readers raise errors of many types
        raise NetworkFileError("the file is not that of EfficientNet-Lite0, or is damaged") from error
    return PictureFeatures(network, 224, 255 / 128, -127 / 128)


@dataclass(frozen=True)
class FeatureSpec:
    """A network of features: the title that stands beside its figures, its file in the catalogue, and its reader."""

    id: str
    title: str
    network: str
    dimension: int
    read: Callable[[bytes], PictureFeatures]


FEATURES = Registry(
    "network of features",
    (
        FeatureSpec("inception-mixed5", "Inception-v3 mixed5", "inception-v3-nsfw", 768, inception_mixed5),
        FeatureSpec("efficientnet-lite0", "EfficientNet-Lite0", "efficientnet-lite0", 1280, efficientnet_lite0),
    ),
    lambda spec: spec.id,
)


class ClassScores(nn.Module):
    """What a network for objects takes pictures for: (B, 3, H, W) RGB in [0, 1], square, to chances (B, classes).

    Args:
        features: (B, D) of pictures. weight: (classes, D). bias: (classes,).
    """

    def __init__(self, features: nn.Module, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.features = features
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias)

    @torch.no_grad()
    def forward(self, pictures: Tensor) -> Tensor:
        """The chances."""
        return F.linear(self.features(pictures), self.get_buffer("weight"), self.get_buffer("bias")).softmax(1)


def lite0_classes(data: bytes) -> ClassScores:
    """EfficientNet-Lite0's thousand classes of ImageNet.

    Args:
        data: as of `efficientnet_lite0`.

    Raises:
        NetworkFileError: the file is another one, or damaged.
    """
    features = efficientnet_lite0(data)
    state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    try:
        return ClassScores(features, state["_fc.weight"], state["_fc.bias"])
    except KeyError as error:
        raise NetworkFileError("the file holds EfficientNet-Lite0 without its classes") from error


class _Graph(nn.Module):
    def __init__(self, graph: KerasGraph) -> None:
        super().__init__()
        self.graph = graph

    def forward(self, pictures: Tensor) -> Tensor:
        found: Tensor = self.graph(pictures)[0]
        return found


class _Lite0(nn.Module):
    """The network up to its pooling, on pictures (B, H, W, 3); batch norms are folded into the convolutions."""

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        super().__init__()
        self._parts: list[tuple[str, int, int]] = []
        self._fold(state, "stem", "_conv_stem", "_bn0", 2)
        self._blocks: list[tuple[bool, bool]] = []
        into, number = 32, 0
        for count, kernel, stride, widened, channels in _LITE0:
            for place in range(count):
                self._block(state, number, kernel, stride if place == 0 else 1, widened)
                self._blocks.append((widened > 1, place > 0 or (stride == 1 and into == channels)))
                into, number = channels, number + 1
        self._fold(state, "head", "_conv_head", "_bn1", 1)

    def _block(self, state: Mapping[str, Tensor], number: int, kernel: int, stride: int, widened: int) -> None:
        name = f"_blocks.{number}."
        if widened > 1:
            self._fold(state, f"{number}_expand", f"{name}_expand_conv", f"{name}_bn0", 1)
        self._fold(state, f"{number}_depthwise", f"{name}_depthwise_conv", f"{name}_bn1", stride)
        if getattr(self, f"{number}_depthwise_kernel").shape[2] != kernel:
            raise NetworkFileError("the file is another EfficientNet: a kernel has another size")
        self._fold(state, f"{number}_project", f"{name}_project_conv", f"{name}_bn2", 1)

    def _fold(self, state: Mapping[str, Tensor], part: str, kernel: str, norm: str, stride: int) -> None:
        scale = state[f"{norm}.weight"] / torch.sqrt(state[f"{norm}.running_var"] + _LITE0_EPSILON)
        self.register_buffer(f"{part}_kernel", state[f"{kernel}.weight"] * scale[:, None, None, None])
        self.register_buffer(f"{part}_bias", state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale)
        self._strides = {**getattr(self, "_strides", {}), part: stride}

    def _conv(self, x: Tensor, part: str) -> Tensor:
        kernel, stride = getattr(self, f"{part}_kernel"), self._strides[part]
        groups = len(kernel) if kernel.shape[1] == 1 else 1
        return convolution(x, kernel, getattr(self, f"{part}_bias"), (stride, stride), groups=groups)

    def forward(self, pictures: Tensor) -> Tensor:
        x = F.relu6(self._conv(pictures, "stem"))
        for number, (expands, skips) in enumerate(self._blocks):
            y = F.relu6(self._conv(x, f"{number}_expand")) if expands else x
            y = self._conv(F.relu6(self._conv(y, f"{number}_depthwise")), f"{number}_project")
            x = x + y if skips else y
        return F.relu6(self._conv(x, "head"))
