"""Which networks a run's record names: the preview heads of the sizes that it draws, and no others."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from explorer.science.inversion.guidance import Guidance
from explorer.science.inversion.settings import InversionSettings
from explorer.studio.inversion.record import TargetRecord
from explorer.studio.inversion.running import InversionTarget, network_hashes

TARGET = InversionTarget(
    TargetRecord(kind="vector", name="v.npy", sha256="0" * 64, encoder="sface", norm=1.0), torch.ones(128)
)


@pytest.mark.parametrize(
    ("changes", "warm", "heads"),
    [
        ({"coarse": 0}, False, {"preview-256"}),
        ({"coarse": 20}, False, {"preview-128", "preview-256"}),
        ({"coarse": 20}, True, {"preview-256"}),
        ({"coarse": 20, "resolution": 128}, False, {"preview-128"}),
        ({"coarse": 20, "resolution": 512}, False, {"preview-128"}),
        ({"coarse": 0, "resolution": 1024}, False, set()),
        ({"coarse": 120, "steps": 90, "finish": 14}, False, {"preview-128"}),
    ],
)
def test_the_heads_that_a_run_draws_by_are_recorded(changes: dict[str, Any], warm: bool, heads: set[str]) -> None:
    settings = InversionSettings(encoder="sface", **changes)
    named = network_hashes(settings, TARGET, Guidance(), regressed=False, warm=warm)
    assert {name for name in named if name.startswith("preview")} == heads
