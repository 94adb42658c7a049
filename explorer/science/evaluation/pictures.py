"""How near a reconstruction comes to the photograph as a picture (thesis table 4.1), in the common frame.

The thesis gives its mean squared error no unit; ours is of colours in [0, 1].
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

# Wang et al. 2004: an 11 x 11 Gaussian window of 1.5 pixels, K1 and K2.
_WINDOW, _SIGMA = 11, 1.5
_C1, _C2 = 0.01**2, 0.03**2
# Wang et al. 2003: the weights of the scales.
_SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
MULTI_SCALE_SIDE = _WINDOW * 2 ** (len(_SCALES) - 1)
"""Side in pixels of the smallest pictures of which MS-SSIM can be told."""


def mean_squared_error(one: Tensor, other: Tensor) -> Tensor:
    """Of images (B, 3, H, W) RGB in [0, 1]: (B,), from 0 to 1.

    Example:
        >>> import torch
        >>> from explorer.science.evaluation import mean_squared_error
        >>> mean_squared_error(torch.zeros(1, 3, 4, 4), torch.full((1, 3, 4, 4), 0.5)).tolist()
        [0.25]
    """
    return (one - other).square().mean((1, 2, 3))


def peak_signal_to_noise(one: Tensor, other: Tensor) -> Tensor:
    """Of images (B, 3, H, W) RGB in [0, 1]: (B,) in dB, infinite where they are the same.

    Example:
        >>> import torch
        >>> from explorer.science.evaluation import peak_signal_to_noise
        >>> round(peak_signal_to_noise(torch.zeros(1, 3, 4, 4), torch.full((1, 3, 4, 4), 0.1)).item(), 3)
        20.0
    """
    return -10 * mean_squared_error(one, other).log10()


def structural_similarity(one: Tensor, other: Tensor) -> Tensor:
    """SSIM (Wang et al. 2004), the mean over the three colours and all places where the window fits.

    Args:
        one, other: (B, 3, H, W) RGB in [0, 1], at least 11 px a side.

    Returns:
        (B,), from -1 to 1.

    Raises:
        ValueError: the images are smaller than the window.

    Example:
        >>> import torch
        >>> from explorer.science.evaluation import structural_similarity
        >>> picture = torch.rand(1, 3, 16, 16)
        >>> round(structural_similarity(picture, picture).item(), 5)
        1.0
    """
    light, contrast = _compared(one, other)
    return (light * contrast).mean((1, 2, 3))


def multi_scale_similarity(one: Tensor, other: Tensor) -> Tensor:
    """MS-SSIM (Wang, Simoncelli and Bovik 2003, eq. 7): contrast and structure at five scales, light at the last.

    Scales whose pictures vary the opposite way count as 0.

    Args:
        one, other: (B, 3, H, W) RGB in [0, 1], at least 176 px a side: the window has to fit after four halvings.

    Returns:
        (B,), from 0 to 1.

    Raises:
        ValueError: the images are smaller.

    Example:
        >>> import torch
        >>> from explorer.science.evaluation import multi_scale_similarity
        >>> picture = torch.rand(1, 3, 176, 176)
        >>> round(multi_scale_similarity(picture, picture).item(), 5)
        1.0
    """
    if min(one.shape[-2:]) < MULTI_SCALE_SIDE:
        raise ValueError(f"MS-SSIM needs images of {MULTI_SCALE_SIDE} px a side at least, not {tuple(one.shape[-2:])}")
    found = torch.ones(len(one), one.shape[1], dtype=one.dtype, device=one.device)
    for scale, weight in enumerate(_SCALES):
        if scale:
            one, other = F.avg_pool2d(one, 2), F.avg_pool2d(other, 2)
        light, contrast = _compared(one, other)
        compared = light * contrast if scale == len(_SCALES) - 1 else contrast
        found = found * compared.mean((2, 3)).clamp_min(0) ** weight
    return found.mean(1)


def _compared(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """How alike light, and contrast with structure, are at all places where the window fits."""
    if min(one.shape[-2:]) < _WINDOW:
        raise ValueError(f"SSIM needs images of at least {_WINDOW} px a side, not {tuple(one.shape[-2:])}")
    x, y = one, other
    mean_x, mean_y = _windowed(x), _windowed(y)
    variance_x = _windowed(x * x) - mean_x.square()
    variance_y = _windowed(y * y) - mean_y.square()
    covariance = _windowed(x * y) - mean_x * mean_y
    light = (2 * mean_x * mean_y + _C1) / (mean_x.square() + mean_y.square() + _C1)
    return light, (2 * covariance + _C2) / (variance_x + variance_y + _C2)


def _windowed(image: Tensor) -> Tensor:
    """Gaussian means, only where the whole window lies in the image."""
    places = torch.arange(_WINDOW, dtype=image.dtype, device=image.device) - _WINDOW // 2
    weights = (-places.square() / (2 * _SIGMA**2)).exp()
    weights = (weights / weights.sum()).expand(image.shape[1], 1, -1)
    channels = image.shape[1]
    across = F.conv2d(image, weights[:, :, None, :], groups=channels)
    return F.conv2d(across, weights[:, :, :, None], groups=channels)
