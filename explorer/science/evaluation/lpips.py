"""LPIPS: how unlike two pictures look (Zhang et al. 2018, "The unreasonable effectiveness of deep features").

Features of a classifier at five depths, each brought to length 1 at every place; their squared differences, weighed by
a linear layer that was fitted to people's judgements, averaged over the places and summed over the depths.
"""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.numpy_pickle import Tree, read_numpy_pickle

Backbone = Literal["alex", "vgg"]

# Of the input, in [-1, 1]: ImageNet's mean colour and spread.
_SHIFT = (-0.030, -0.088, -0.188)
_SCALE = (0.458, 0.448, 0.450)
_DEPTHS = 5
# Convolutions as (padding, stride); "pool" stands for a pooling, "tap" for a depth at which features are compared.
_LAYERS: dict[Backbone, tuple[str, int, tuple[tuple[int, int] | str, ...]]] = {
    "alex": (
        "AlexNet_0",
        3,
        ((2, 4), "tap", "pool", (2, 1), "tap", "pool", (1, 1), "tap", (1, 1), "tap", (1, 1), "tap"),
    ),
    "vgg": (
        "VGG16_0",
        2,
        (
            *((1, 1), (1, 1), "tap", "pool"),
            *((1, 1), (1, 1), "tap", "pool"),
            *((1, 1), (1, 1), (1, 1), "tap", "pool"),
            *((1, 1), (1, 1), (1, 1), "tap", "pool"),
            *((1, 1), (1, 1), (1, 1), "tap"),
        ),
    ),
}


class Lpips(nn.Module):
    """The distance under one of the two classifiers.

    Args:
        data: bytes of the file of weights, pickled arrays.
        backbone: whose they are.

    Raises:
        NetworkFileError: the file is another one, or damaged.

    Example:
        >>> import torch
        >>> lpips = networks.lpips("alex")
        >>> picture = torch.rand(1, 3, 64, 64)
        >>> lpips(picture, picture).abs().item() < 1e-6 < lpips(picture, 1 - picture).item()
        True
    """

    def __init__(self, data: bytes, backbone: Backbone) -> None:
        super().__init__()
        name, self._window, self._layers = _LAYERS[backbone]
        weights = read_numpy_pickle(data)
        count = sum(isinstance(layer, tuple) for layer in self._layers)
        try:
            convolutions = [_convolution(weights, name, f"Conv_{index}") for index in range(count)]
            self.linear = nn.ParameterList(
                _kernel(weights, f"NetLinLayer_{depth}", "Conv_0", "kernel") for depth in range(_DEPTHS)
            )
        except (KeyError, TypeError, AttributeError, RuntimeError) as error:
            raise NetworkFileError(f"the file is not that of LPIPS with {backbone}") from error
        self.kernels = nn.ParameterList(kernel for kernel, _ in convolutions)
        self.biases = nn.ParameterList(bias for _, bias in convolutions)
        self.requires_grad_(False)

    def forward(self, one: Tensor, other: Tensor) -> Tensor:
        """Compare pictures.

        Args:
            one, other: (B, 3, H, W) RGB in [0, 1], at least 64 px a side.

        Returns:
            (B,), 0 where they are the same.
        """
        total = one.new_zeros(len(one))
        for linear, mine, its in zip(self.linear, self.features(one), self.features(other), strict=True):
            difference = (_unit_length(mine) - _unit_length(its)).square()
            total = total + F.conv2d(difference, linear).mean((1, 2, 3))
        return total

    def features(self, image: Tensor, depths: int = _DEPTHS) -> list[Tensor]:
        """The classifier's features of pictures (B, 3, H, W) in [0, 1] at its first so many depths, of five.

        Over VGG16 they are those behind the last convolution before each pooling: conv4_3's, rectified, are the fourth.
        """
        x = (image * 2 - 1 - image.new_tensor(_SHIFT)[:, None, None]) / image.new_tensor(_SCALE)[:, None, None]
        taps: list[Tensor] = []
        convolutions = iter(zip(self.kernels, self.biases, strict=True))
        for layer in self._layers:
            if isinstance(layer, tuple):
                padding, stride = layer
                x = F.relu(F.conv2d(x, *next(convolutions), stride=stride, padding=padding))
            elif layer == "pool":
                x = F.max_pool2d(x, self._window, 2)
            else:
                taps.append(x)
                if len(taps) == depths:
                    break
        return taps


def _unit_length(features: Tensor) -> Tensor:
    length: Tensor = torch.linalg.vector_norm(features, dim=1, keepdim=True)
    return features / (length + 1e-10)


def _at(weights: Tree, *path: str) -> Tensor:
    part: Tree | Tensor = weights
    for name in path:
        part = part[name]  # type: ignore[index]
    if not isinstance(part, Tensor):
        raise KeyError(path[-1])
    return part


def _kernel(weights: Tree, *path: str) -> nn.Parameter:
    """Flax keeps kernels as (height, width, in, out)."""
    return nn.Parameter(_at(weights, *path).permute(3, 2, 0, 1).contiguous())


def _convolution(weights: Tree, *path: str) -> tuple[nn.Parameter, nn.Parameter]:
    return _kernel(weights, *path, "kernel"), nn.Parameter(_at(weights, *path, "bias"))
