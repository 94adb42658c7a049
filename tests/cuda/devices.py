"""On which devices a test runs: on a GPU where there is one, and on the CPU so that its words stay true."""

from __future__ import annotations

import pytest
import torch

from explorer.studio.catalogue.networks import Networks

DEVICES = ("cpu", pytest.param("cuda", marks=pytest.mark.cuda))
"""For a test that costs little on the CPU."""

GPU_ONLY = (pytest.param("cuda", marks=pytest.mark.cuda),)
"""For one that costs much."""

_loaded: dict[str, Networks] = {}


def networks_on(device: str, here: Networks) -> Networks:
    """The real networks on a device, loaded once."""
    if torch.device(device) == here.device:
        return here
    if device not in _loaded:
        _loaded[device] = Networks(device)
    return _loaded[device]


def cosine(one: torch.Tensor, other: torch.Tensor) -> float:
    """Of two tensors of any shape, wherever they lie."""
    first, second = (values.detach().cpu().flatten().double() for values in (one, other))
    return float(torch.cosine_similarity(first, second, dim=0))
