"""Colours of an image at points between its pixels (thesis, eq. 5.7)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from explorer.science.faces.alignment import gather_bilinear


def sample_bilinear(image: Tensor, positions: Tensor) -> Tensor:
    """Bilinear samples, differentiable in the image and in the positions; black outside of the image.

    Eq. 5.7, max(0, 1 - |x - k|) max(0, 1 - |y - j|) summed over pixels, with pixel k's centre at k + 0.5.

    Args:
        image: (B, C, H, W).
        positions: (B, N, 2) pixels, x right, y down.

    Returns:
        (B, C, N).
    """
    if image.is_cuda and torch.is_grad_enabled():
        return gather_bilinear(image, positions, "zeros")
    height, width = image.shape[-2:]
    grid = positions * (2 / positions.new_tensor([width, height])) - 1
    sampled = functional.grid_sample(
        image, grid[:, :, None], mode="bilinear", padding_mode="zeros", align_corners=False
    )
    return sampled[..., 0]
