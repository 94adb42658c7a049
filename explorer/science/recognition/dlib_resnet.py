"""dlib's face recognition network (ResNet-29 with 27 residual convolutions, 128 numbers), rebuilt in torch."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.networks.dlib_stream import DlibLayer, read_layers
from explorer.science.networks.errors import NetworkFileError

_MEAN_COLOUR = (122.782, 117.001, 104.298)
# Residual blocks in order, as dlib's dnn_face_recognition_ex.cpp defines them: whether each halves the resolution.
_HALVES = (False,) * 3 + (True,) + (False,) * 3 + (True,) + (False,) * 2 + (True,) + (False,) * 2 + (True,)


class _Convolution(nn.Module):
    """A convolution with the affine layer behind it folded in."""

    def __init__(self, convolution: DlibLayer, affine: DlibLayer, channels: int) -> None:
        super().__init__()
        filters, rows, columns, *steps = convolution.settings
        kernel, bias = convolution.parameters.split([filters * channels * rows * columns, filters])
        gain, shift = affine.parameters.split(filters)
        self.register_buffer("weight", kernel.reshape(filters, channels, rows, columns) * gain[:, None, None, None])
        self.register_buffer("bias", bias * gain + shift)
        self.stride, self.padding = (steps[0], steps[1]), (steps[2], steps[3])

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.get_buffer("weight"), self.get_buffer("bias"), self.stride, self.padding)


class _Residual(nn.Module):
    """Two convolutions and a skip; `down` halves the skip by averaging and pads what is missing with zeros."""

    def __init__(self, first: _Convolution, second: _Convolution, down: bool) -> None:
        super().__init__()
        self.first, self.second, self.down = first, second, down

    def forward(self, x: Tensor) -> Tensor:
        inner = self.second(F.relu(self.first(x)))
        skip = F.avg_pool2d(x, 2) if self.down else x
        return F.relu(_padded_sum(inner, skip))


def _padded_sum(one: Tensor, other: Tensor) -> Tensor:
    """dlib's add_prev: the sum over the larger extent of both, zeros where one ends."""
    if one.shape == other.shape:
        return one + other
    shape = [max(a, b) for a, b in zip(one.shape, other.shape, strict=True)]
    return _grown(one, shape) + _grown(other, shape)


def _grown(x: Tensor, shape: list[int]) -> Tensor:
    _, channels, rows, columns = (want - have for want, have in zip(shape, x.shape, strict=True))
    return F.pad(x, (0, columns, 0, rows, 0, channels))


class DlibResNet(nn.Module):
    """Maps (B, 3, 150, 150) RGB in [0, 1] to (B, 128), not normalised; same person below 0.6 Euclidean.

    Args:
        data: the bytes of `dlib_face_recognition_resnet_model_v1.dat`.

    Raises:
        NetworkFileError: the file is not that network.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__()
        layers = read_layers(data)
        kinds = [layer.kind for layer in layers]
        if kinds != ["con_4", "affine_"] * 29 + ["fc_2"]:
            raise NetworkFileError("the dlib file is not the face recognition ResNet v1")
        channels, convolutions = 3, []
        for convolution, affine in zip(layers[:-1:2], layers[1:-1:2], strict=True):
            convolutions.append(_Convolution(convolution, affine, channels))
            channels = convolution.settings[0]
        pairs = zip(convolutions[1::2], convolutions[2::2], _HALVES, strict=True)
        self.stem = convolutions[0]
        self.blocks = nn.Sequential(*(_Residual(first, second, down) for first, second, down in pairs))
        self.register_buffer("head", layers[-1].parameters.reshape(256, 128))
        self.register_buffer("mean_colour", torch.tensor(_MEAN_COLOUR).reshape(1, 3, 1, 1))

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, 150, 150) RGB in [0, 1] to (B, 128)."""
        x = (image * 255 - self.get_buffer("mean_colour")) / 256
        x = F.max_pool2d(F.relu(self.stem(x)), 3, 2)
        features: Tensor = self.blocks(x).mean((2, 3))
        return features @ self.get_buffer("head")
