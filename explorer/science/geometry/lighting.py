"""Diffuse light on a face as spherical harmonics up to the second order (Ramamoorthi and Hanrahan 2001)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

HARMONICS = 9


def harmonics(normals: Tensor) -> Tensor:
    """The nine basis functions at unit normals, already weighted by the half cosine lobe.

    Args:
        normals: (..., 3) in the camera's axes.

    Returns:
        (..., 9); the first is 1, so that an ambient light of 1 leaves colours as they are.
    """
    x, y, z = normals.unbind(-1)
    # Band factors of the cosine lobe against the constant's: 2/3 and 1/4; band normalisations against 1/sqrt(4 pi).
    first, second = 2 / 3 * math.sqrt(3), 1 / 4 * math.sqrt(15)
    return torch.stack(
        [
            torch.ones_like(x),
            *(first * y, first * z, first * x),
            *(second * x * y, second * y * z, second * (3 * z * z - 1) / math.sqrt(12)),
            *(second * x * z, second * (x * x - y * y) / 2),
        ],
        -1,
    )


def shade(albedo: Tensor, normals: Tensor, light: Tensor) -> Tensor:
    """Colours of lit vertices: albedo times irradiance.

    Args:
        albedo: (..., V, 3).
        normals: (..., V, 3) unit, in the camera's axes.
        light: (..., 9, 3), one column for each colour.

    Returns:
        (..., V, 3), not clamped.
    """
    return albedo * (harmonics(normals) @ light)


def estimate_light(colours: Tensor, albedo: Tensor, normals: Tensor, weights: Tensor, ridge: float = 1e-2) -> Tensor:
    """The light under which an albedo comes nearest to colours, by weighted least squares.

    Args:
        colours, albedo, normals: (V, 3).
        weights: (V,), 0 where a colour is not known.
        ridge: pull of the eight directional terms toward 0, in units of the mean weight.

    Returns:
        (9, 3).
    """
    basis = harmonics(normals)
    columns = []
    pull = ridge * weights.sum() * torch.eye(HARMONICS, dtype=basis.dtype, device=basis.device)
    pull[0, 0] = 1e-8
    for channel in range(3):
        design = basis * albedo[:, channel : channel + 1]
        square = design.mT @ (design * weights[:, None])
        columns.append(torch.linalg.solve(square + pull, design.mT @ (weights * colours[:, channel])))
    return torch.stack(columns, 1)
