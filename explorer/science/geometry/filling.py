"""Plausible colours where a texture is not known: what is known nearby, spread smoothly over the gap.

Pull-push (Gortler et al. 1996, The Lumigraph, section 3.4.2): averages of what is known on coarser and coarser levels,
and back down again wherever a level knows too little. Nothing in the gap is measured; whoever shows it says so.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

BLOCK = 4  # texels
_NEAR = 6  # blocks


def fill(texture: Tensor, known: Tensor) -> Tensor:
    """Fill a texture where it is not known; what is known entirely stays exactly as it is.

    Far from what is known the two halves of the map, left and right, are filled alike.

    Args:
        texture: (C, S, S), premultiplied by how much of it is known, as `uv.complete` gives it.
        known: (1, S, S) in [0, 1].

    Returns:
        (C, S, S), not premultiplied; 0 where nothing at all is known.

    Example:
        >>> import torch
        >>> from explorer.science.geometry.filling import fill
        >>> texture, known = torch.full((3, 8, 8), 0.4), torch.ones(1, 8, 8)
        >>> texture[:, 2:5, 2:5], known[:, 2:5, 2:5] = 0.0, 0.0
        >>> bool(torch.allclose(fill(texture, known), torch.full((3, 8, 8), 0.4)))
        True
    """
    whole = torch.cat([texture, known])[None]
    means = functional.avg_pool2d(whole, BLOCK, ceil_mode=True, count_include_pad=False)[0]
    result: Tensor = texture + (1 - known) * enlarged(spread(means), *texture.shape[-2:])
    return result


def spread(means: Tensor) -> Tensor:
    """What `fill` fills in, found by blocks: it is smooth.

    Args:
        means: (C + 1, H, W) of blocks of `BLOCK` x `BLOCK` texels: premultiplied colours, and last how much is known.

    Returns:
        (C, H, W), for `enlarged`.
    """
    levels = [_saturated(means[None])]
    while max(levels[-1].shape[-2:]) > 1:
        levels.append(_saturated(functional.avg_pool2d(levels[-1], 2, ceil_mode=True, count_include_pad=False)))
    colours, share = levels[-1][:, :-1], levels[-1][:, -1:]
    filled = colours / share.clamp_min(1e-6)
    for level in reversed(levels[:-1]):
        filled = level[:, :-1] + (1 - level[:, -1:]) * enlarged(filled[0], *level.shape[-2:])[None]
    result: Tensor = torch.lerp(filled, (filled + filled.flip(-1)) / 2, _remote(levels[0][:, -1:]))[0]
    return result


def enlarged(coarse: Tensor, height: int, width: int) -> Tensor:
    """(C, h, w) to (C, height, width)."""
    fine: Tensor = functional.interpolate(coarse[None], size=(height, width), mode="bilinear", align_corners=False)[0]
    return fine


def _saturated(level: Tensor) -> Tensor:
    """A texel of which a quarter is known counts as known, so that gaps close quickly."""
    share = level[:, -1:]
    enough = (4 * share).clamp_max(1)
    return torch.cat([level[:, :-1] / share.clamp_min(1e-6) * enough, enough], 1)


def _remote(known: Tensor) -> Tensor:
    """How far from all that is known, 0 to 1: (1, 1, H, W) shares. There both halves get the same colours, so that they
    meet behind the head."""
    around = known
    for sides in ((1, 0), (0, 1)):  # the mean of a square is the mean of its rows' means, at a sixth of the work
        size, pad = [1 + 2 * _NEAR * side for side in sides], [_NEAR * side for side in sides]
        around = functional.avg_pool2d(around, size, 1, pad, count_include_pad=False)
    return (1 - 3 * around).clamp_min(0)
