"""Formats are measured without downloads: what is here is held to a reference, and what is not is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import own_formats


def nothing(folder: Path) -> Iterator[tuple[str, float]]:
    yield from ()


@pytest.mark.slow
def test_small_files_lie_within_the_bound_and_what_is_absent_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIKENESS_CACHE", str(tmp_path))
    for large in ("_pytorch", "_keras"):
        monkeypatch.setattr(own_formats, large, nothing)
    errors, left_out = own_formats.measure_formats()
    assert set(errors) == {"ONNX", "TensorFlow Lite", "TensorFlow.js"}
    assert max(errors.values()) < own_formats.READ
    assert left_out == [f"ONNX {one}: its file is not here" for one in own_formats.SHIPPED]


def test_a_difference_is_told_in_parts_of_the_largest_number() -> None:
    assert own_formats.off_by(torch.tensor([1.0, 4.0]), np.array([1.0, 5.0])) == pytest.approx(0.2)
