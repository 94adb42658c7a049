"""The Haar transform of feature maps and images, and its inverse.

Both are orthonormal, so each is the other's gradient. They are written as functions of their own because what they cost
is memory traffic: composed of torch's stack and pixel_shuffle, forward and backward take three times as long.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def inverse_haar(x: Tensor) -> Tensor:
    """Inverse Haar transform: (B, 4C, H, W) to (B, C, 2H, 2W), orthonormal.

    The first C channels are the averages; the details follow, three to a channel: vertical, horizontal, diagonal.

    Example:
        >>> import torch
        >>> from explorer.science.generation import haar, inverse_haar
        >>> image = torch.rand(1, 3, 8, 8)
        >>> torch.allclose(inverse_haar(haar(image)), image, atol=1e-6)
        True
    """
    image: Tensor = _InverseHaar.apply(x)  # type: ignore[no-untyped-call]
    return image


def haar(image: Tensor) -> Tensor:
    """Haar transform, the inverse of `inverse_haar`: (B, C, 2H, 2W) to (B, 4C, H, W).

    Example:
        >>> import torch
        >>> from explorer.science.generation import haar
        >>> bands = haar(torch.ones(1, 3, 8, 8))
        >>> bands.shape
        torch.Size([1, 12, 4, 4])
        >>> float(bands[:, 3:].abs().max())  # a plain picture has no details
        0.0
    """
    bands: Tensor = _Haar.apply(image)  # type: ignore[no-untyped-call]
    return bands


class _InverseHaar(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return _merge(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return haar(gradients[0])


class _Haar(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, image: Tensor) -> Tensor:
        return _split(image)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return inverse_haar(gradients[0])


def _merge(x: Tensor) -> Tensor:
    channels, (height, width) = x.shape[1] // 4, x.shape[2:]
    average, details = x[:, :channels], x[:, channels:].unflatten(1, (channels, 3))
    vertical, horizontal, diagonal = details.unbind(2)
    top, bottom = torch.add(average, vertical).mul_(0.5), torch.sub(average, vertical).mul_(0.5)
    above, below = torch.add(horizontal, diagonal).mul_(0.5), torch.sub(horizontal, diagonal).mul_(0.5)
    image = x.new_empty(len(x), channels, height, 2, width, 2)
    torch.add(top, above, out=image[:, :, :, 0, :, 0])
    torch.sub(top, above, out=image[:, :, :, 0, :, 1])
    torch.add(bottom, below, out=image[:, :, :, 1, :, 0])
    torch.sub(bottom, below, out=image[:, :, :, 1, :, 1])
    return image.view(len(x), channels, 2 * height, 2 * width)


def _split(image: Tensor) -> Tensor:
    channels, height, width = image.shape[1], image.shape[2] // 2, image.shape[3] // 2
    corners = image.reshape(len(image), channels, height, 2, width, 2)
    (a, b), (c, d) = (corners[:, :, :, row].unbind(-1) for row in (0, 1))
    top, bottom, above, below = a + b, c + d, a - b, c - d
    bands = image.new_empty(len(image), 4 * channels, height, width)
    details = bands[:, channels:].unflatten(1, (channels, 3))
    torch.add(top, bottom, out=bands[:, :channels])
    torch.sub(top, bottom, out=details[:, :, 0])
    torch.add(above, below, out=details[:, :, 1])
    torch.sub(above, below, out=details[:, :, 2])
    return bands.mul_(0.5)
