"""Pictures at another side."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def sized(pictures: Tensor, side: int) -> Tensor:
    """Pictures (B, 3, S, S) at another side; what is larger is averaged, what is smaller enlarged smoothly."""
    given = pictures.shape[-1]
    if given == side:
        return pictures
    if given % side == 0:
        return F.avg_pool2d(pictures, given // side)
    return F.interpolate(pictures, (side, side), mode="bilinear", align_corners=False, antialias=side < given)
