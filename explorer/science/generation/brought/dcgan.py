"""DCGAN (Radford et al. 2016, arXiv:1511.06434): a latent through transposed convolutions to an image."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.generation.brought.operators import refuse_large
from explorer.science.generation.brought.parts import Part
from explorer.science.networks.errors import NetworkFileError

_EPSILON = 1e-5
_MOST_LAYERS = 10


class Synthesis(nn.Module):
    """One style, which is the latent itself, to an image.

    Args:
        part: its layers in order, by number: transposed 4x4 convolutions, with a batch norm behind each but the last.

    Raises:
        NetworkFileError: it is no such network.
    """

    style_layers = 1

    def __init__(self, part: Part) -> None:
        super().__init__()
        layers = [part.parts[name] for name in sorted(part.parts, key=int)]
        kernels = [layer for layer in layers if "running_mean" not in layer.tensors]
        if not 2 <= len(kernels) <= _MOST_LAYERS:
            raise NetworkFileError(f"it has {len(kernels)} convolutions, not the 2 to {_MOST_LAYERS} of a DCGAN")
        self.steps = nn.ModuleList()
        channels: int | None = None
        for index, layer in enumerate(kernels):
            norm = _behind(layers, layer)
            if (norm is None) != (index == len(kernels) - 1):
                raise NetworkFileError("it is no DCGAN: a batch norm stands behind each convolution but the last")
            step = _Step(layer, channels, norm, first=index == 0)
            channels = step.outputs
            refuse_large(channels, 4 << index)
            self.steps.append(step)
        self.width = int(kernels[0].tensor("weight").shape[0])
        self.resolution, self.colours = 4 << (len(kernels) - 1), channels or 0

    def forward(self, styles: Tensor, random: torch.Generator | None = None) -> Tensor:
        """(B, 1, K) to (B, 1 or 3, R, R) in [-1, 1]; there is no noise in it that `random` could draw."""
        x = styles[:, 0, :, None, None]
        for step in self.steps:
            x = step(x)
        return torch.tanh(x)


class _Step(nn.Module):
    """A transposed convolution; its batch norm is folded into it, a ReLU follows where there is one."""

    def __init__(self, part: Part, inputs: int | None, norm: Part | None, *, first: bool) -> None:
        super().__init__()
        weight = part.tensor("weight", inputs, None, 4, 4)
        self.outputs = weight.shape[1]
        bias = part.optional("bias")
        bias = torch.zeros(self.outputs) if bias is None else part.tensor("bias", self.outputs)
        self.first, self.rectified = first, norm is not None
        if norm is not None:
            mean, variance = norm.tensor("running_mean", self.outputs), norm.tensor("running_var", self.outputs)
            scale = norm.tensor("weight", self.outputs) * (variance.clamp_min(0) + _EPSILON).rsqrt()
            weight = weight * scale[None, :, None, None]
            bias = (bias - mean) * scale + norm.tensor("bias", self.outputs)
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias)

    def forward(self, x: Tensor) -> Tensor:
        stride, padding = (1, 0) if self.first else (2, 1)
        x = F.conv_transpose2d(x, self.get_buffer("weight"), self.get_buffer("bias"), stride, padding)
        return F.relu(x) if self.rectified else x


def _behind(layers: list[Part], layer: Part) -> Part | None:
    """The batch norm that follows a layer."""
    after = layers[layers.index(layer) + 1 :][:1]
    return after[0] if after and "running_mean" in after[0].tensors else None
