"""Weights in a quarter of their space: matrices as signed bytes with one scale a row, everything else as it is.

Rounding a row to 255 levels moves each weight by at most 1/254 of the row's largest, far less than training noise.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

_LEVELS = 127
_SCALE = "/scale"


def quantise_int8(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Make weights small for a file.

    Args:
        weights: floating-point tensors by name.

    Returns:
        Each matrix (rows, columns) as int8 of the same name, and its float32 scales (rows, 1) as `NAME/scale`; every
        other tensor in float32.
    """
    stored: dict[str, Tensor] = {}
    for name, weight in weights.items():
        values = weight.detach().float().cpu()
        if values.ndim == 2:
            # A row of zeros has no scale of its own; any will do.
            scale = (values.abs().amax(1, keepdim=True) / _LEVELS).clamp_min(torch.finfo(torch.float32).tiny)
            stored[name] = (values / scale).round().to(torch.int8).contiguous()
            stored[name + _SCALE] = scale.contiguous()
        else:
            stored[name] = values.contiguous()
    return stored


def dequantise(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The float32 weights that `quantise_int8` made small, each matrix to within half a level of its row.

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
