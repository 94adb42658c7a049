"""The figures of the ablation: over whom they are means, and what failures do to them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import ablation
from explorer.science.evaluation.reconstruction import MEASURES
from explorer.studio.errors import UserError
from explorer.studio.evaluation.ablation import VARIANTS


def row(person: str, kind: str, variant: str, value: float, found: bool = True) -> dict[str, object]:
    measures = {spec.name: value for spec in MEASURES.enabled().values()} if found else {}
    about = {"person": person, "kind": kind, "variant": variant, "face_found": found}
    return {**about, ablation.HELD_OUT: value / 10, **measures}


@pytest.fixture
def rows() -> list[dict[str, object]]:
    """Two people twice; each variant is better by one, and one result shows no face."""
    return [
        row(person, kind, variant.name, base - step, found=(person, kind, step) != ("P2", "selfie", 2))
        for person, base in (("P1", 8.0), ("P2", 6.0))
        for kind in ("portrait", "selfie")
        for step, variant in enumerate(VARIANTS)
    ]


def test_means_are_over_portraits_that_every_variant_brought_back(rows):
    figures = ablation.headline(rows)
    assert figures["landmark_error_id"] == pytest.approx(22 / 3)
    assert figures["landmark_error_id_landmarks"] == pytest.approx(22 / 3 - 1)
    assert figures["emd_all"] == pytest.approx(22 / 3 - 2)
    assert figures["heldout_cosine_id"] - figures["heldout_cosine_all"] == pytest.approx(0.2)
    table = ablation.means(rows)
    assert table["histogram"]["portraits"] == table["id"]["portraits"] == 3
    assert (table["id"]["without_face"], table["histogram"]["without_face"]) == (0, 1)
    low, high = table["id"]["emd"]["interval"]
    assert (low, high) == (6.0, 8.0), "two people: either may be drawn twice"


def test_differences_are_taken_portrait_by_portrait(rows):
    found = ablation.differences(rows)
    assert found["landmarks"]["landmark_error"] == {"mean": -1.0, "interval": [-1.0, -1.0]}
    assert found["histogram"]["emd"]["interval"] == [-2.0, -2.0]


def test_the_headline_has_the_keys_that_are_asked_for(rows):
    assert set(ablation.headline(rows)) == {
        "landmark_error_id",
        "landmark_error_id_landmarks",
        "emd_id",
        "emd_all",
        "heldout_cosine_id",
        "heldout_cosine_all",
    }


def test_what_is_missing_is_said_in_one_line(monkeypatch, tmp_path: Path):
    def require(networks, settings):
        raise UserError("landmarks-heatmap.safetensors is missing: make it")

    monkeypatch.setattr(ablation, "require", require)
    monkeypatch.setattr(sys, "argv", ["ablation", "--work", str(tmp_path)])
    with pytest.raises(SystemExit, match=r"benchmarks\.ablation: landmarks-heatmap\.safetensors is missing"):
        ablation.main()
