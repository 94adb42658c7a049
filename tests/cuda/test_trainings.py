"""Every training's first steps have on a GPU the gradients that they have on the CPU."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest
import torch

from explorer.science.training.loop import Compute
from tests.cuda.devices import GPU_ONLY
from tests.science.training.trainings_kit import TRAININGS, apart, gradients

# Convolutions and products of a GPU round to 10 bits where torch lets them.
_MOST = 0.05


def _kept(values: torch.Tensor, *_: object, **__: object) -> torch.Tensor:
    """In the place of dropout: a GPU leaves out other units than the CPU."""
    return values


def differ(name: str, device: str, folder: Path) -> float:
    """How far a training's gradients on a device are from the CPU's."""
    with patch("torch.nn.functional.dropout", _kept):
        here, there = (gradients(name, folder / place, Compute.on(place)) for place in ("cpu", device))
    return apart(here, there)


@pytest.mark.parametrize("device", GPU_ONLY)
@pytest.mark.parametrize("name", [name for name, training in TRAININGS.items() if "cuda" in training.devices])
def test_gradients_are_those_of_the_cpu(name: str, device: str, tmp_path: Path) -> None:
    assert differ(name, device, tmp_path) < _MOST


@pytest.mark.parametrize("name", ["regressor", "metric", "modification"])
def test_the_cpu_agrees_with_itself(name: str, tmp_path: Path) -> None:
    """Of the cheap ones: what the test above compares is there to be compared."""
    assert differ(name, "cpu", tmp_path) == 0


def test_every_training_says_where_it_runs() -> None:
    assert {name for name, training in TRAININGS.items() if "cuda" not in training.devices} == {"preview_head"}
