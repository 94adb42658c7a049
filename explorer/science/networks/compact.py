"""Weights in a quarter of their space: matrices and kernels as signed bytes with one scale a row, all else as it is.

A row of a kernel is what makes one of its outputs. Rounding a row to 255 levels moves each weight by at most 1/254 of
the row's largest, far less than training noise.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

_LEVELS = 127
# How many axes matrices and kernels have.
_ROWED = (2, 4)
_SCALE = "/scale"


def quantise_int8(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Make weights small for a file.

    Args:
        weights: floating-point tensors by name.

    Returns:
        Each matrix (rows, columns) and each kernel of a convolution (rows, inputs, height, width) as int8 of the same
        name, and its float32 scales, (rows, 1) or (rows, 1, 1, 1), as `NAME/scale`; every other tensor in float32.
    """
    stored: dict[str, Tensor] = {}
    for name, weight in weights.items():
        values = weight.detach().float().cpu()
        if values.ndim in _ROWED:
            # A row of zeros has no scale of its own; any will do.
            rest = tuple(range(1, values.ndim))
            scale = (values.abs().amax(rest, keepdim=True) / _LEVELS).clamp_min(torch.finfo(torch.float32).tiny)
            stored[name] = (values / scale).round().to(torch.int8).contiguous()
            stored[name + _SCALE] = scale.contiguous()
        else:
            stored[name] = values.contiguous()
    return stored


def dequantise(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The float32 weights that `quantise_int8` made small, each matrix and kernel to within half a level of its row.

    Raises:
        KeyError: a matrix without its scales.

    Example:
        >>> import torch
        >>> from explorer.science.networks import dequantise
        >>> from explorer.science.networks.compact import quantise_int8
        >>> weights = {"layer.weight": torch.randn(8, 64), "layer.bias": torch.randn(8)}
        >>> restored = dequantise(quantise_int8(weights))
        >>> bool((restored["layer.weight"] - weights["layer.weight"]).abs().max() < 0.05)  # a byte a weight
        True
    """
    return {
        name: tensor.float() * stored[name + _SCALE] if tensor.dtype == torch.int8 else tensor
        for name, tensor in stored.items()
        if not name.endswith(_SCALE)
    }
