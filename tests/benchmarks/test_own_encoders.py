"""The figures of the optional encoders: headlines are those that the results list, areas come with their pairs."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from benchmarks import own, own_encoders
from explorer.science.recognition.registry import ENCODERS
from explorer.studio.evaluation.strangers import EmbeddedSet


def test_areas_are_of_all_pairs_and_headlines_of_the_encoders_that_are_checked() -> None:
    people = torch.arange(12) // 3
    unlike = torch.eye(16)[people] + 0.01 * torch.randn(12, 16, generator=torch.Generator().manual_seed(0))
    embedded = EmbeddedSet((), people, dict.fromkeys(own_encoders.ENCODERS, unlike), ())
    found: dict[str, dict[str, Any]] = {name: own_encoders.areas(embedded) for name in own_encoders.SETS}
    assert found["orl"]["people"] == 4
    assert found["orl"]["facenet-irv1"]["area"] == 1.0
    assert found["orl"]["facenet-irv1"]["pairs"] == [12, 54]
    headline = own_encoders.headline(found)
    assert headline == dict.fromkeys(
        ("facenet_auc_openpeople", "facenet_auc_orl", "hse_auc_openpeople", "hse_auc_orl"), pytest.approx(1.0)
    )
    assert set(headline) <= set(own.FIGURES)
    assert all(ENCODERS[name].spec.optional for name in own_encoders.ENCODERS)
