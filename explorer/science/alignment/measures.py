"""How well faces are aligned: landmarks, sharpness of the mean texture, and the pose (thesis, section 5.3.1)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.geometry.rotation import geodesic_distance

FOURTEEN = (8, 17, 21, 22, 26, 30, 31, 35, 36, 39, 42, 45, 48, 54)
"""Chin, ends of the brows, tip and wings of the nose, corners of eyes and mouth: the thesis draws them unnumbered."""
# Where the outer corners of the eyes stand among them.
_CORNERS = FOURTEEN.index(36), FOURTEEN.index(45)
_GREY = (0.299, 0.587, 0.114)


def landmark_distances(found: Tensor, true: Tensor) -> Tensor:
    """The mean distance of landmarks (eq. 5.14), in percent of the true outer eye corners' distance.

    Args:
        found, true: (N, 14, 2), in the same unit.

    Returns:
        (N,), nan where the truth is not known.
    """
    size = (true[:, _CORNERS[0]] - true[:, _CORNERS[1]]).norm(dim=-1)
    distances: Tensor = 100 * (found - true).norm(dim=-1).mean(-1) / size
    return distances


def pose_distances(found: Tensor, true: Tensor) -> Tensor:
    """Degrees between rotations (N, 3, 3), (N,); nan where the truth is not known."""
    return geodesic_distance(found, true).rad2deg()


def image_sharpness(mean: Tensor) -> Tensor:
    """AISM of a mean texture: the mean magnitude of its gradients by Sobel's operators (eqs. 5.15 to 5.17).

    At the border the nearest texels go on.

    Args:
        mean: (H, W) grey, or (3, H, W) RGB, which is made grey.

    Example:
        >>> import torch
        >>> from explorer.science.alignment import image_sharpness
        >>> ramp = torch.arange(5.0).expand(5, 5)  # rises by 1 a texel: Sobel's sums are 8 inside, 4 at both ends
        >>> round(image_sharpness(ramp).item(), 4)
        6.4
    """
    grey = mean if mean.ndim == 2 else (mean * mean.new_tensor(_GREY)[:, None, None]).sum(0)
    across = grey.new_tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
    kernels = torch.stack([across, across.T])[:, None]
    gradients = F.conv2d(F.pad(grey[None, None], (1, 1, 1, 1), mode="replicate"), kernels)[0]
    return gradients.square().sum(0).sqrt().mean()
