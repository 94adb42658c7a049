"""The benchmark on photographs: its parts come together in one file, and a trial writes nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import common, photographs
from benchmarks.common import Part
from benchmarks.photographs import FIGURES, PARTS, Plan, made_for_type_2, measure_type_2, measure_type_2_orl
from explorer.science.inversion.settings import InversionSettings
from explorer.studio.places import private_folder
from tests.studio.evaluation.people_kit import MadeUpNetworks, made_up_set, without_networks


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(common, "RESULTS", tmp_path / "results")
    monkeypatch.setenv("LIKENESS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "results" / "photographs.json"


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    without_networks(monkeypatch)
    monkeypatch.setattr(photographs, "Networks", lambda device: MadeUpNetworks())
    monkeypatch.setattr(photographs, "photograph_set", lambda name: made_up_set(4, 3))


def test_the_headline_is_the_lowest_share_over_held_out_encoders(
    made_up: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    part = measure_type_2(Plan(InversionSettings(steps=7), None, tmp_path))
    assert part.headline == {"type_1_success": 1.0, "type_2_success": 1.0, "type_2_original": 1.0}
    found = part.details["type_2"]
    assert found["lowest_held_out"]["type_2"] == {"share": 1.0, "encoder": "dlib-resnet"}
    assert (found["made"], found["each"], found["set"]) == (8, 2, "made-up")
    assert set(part.headline) <= set(FIGURES)
    assert "made-up: 8 faces" in capsys.readouterr().out


def test_readings_take_the_faces_that_type_2_made_by_the_same_settings(
    made_up: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, faces = InversionSettings(steps=7), private_folder(tmp_path / "type_2_orl")
    measure_type_2_orl(Plan(settings, None, faces))
    monkeypatch.setattr(photographs, "draw", lambda networks, latent, settings: latent)
    monkeypatch.setattr(photographs, "_finished", lambda running: pytest.fail("made again"))
    chosen = made_up_set(4, 3)
    for person in chosen.people:
        first = chosen.of(person)[0]
        found = made_for_type_2(MadeUpNetworks(), Plan(settings, None, tmp_path / "readings"), "orl", first, begun())
        kept = json.loads(next(faces.glob(f"people/{person}/*/run.json")).read_text())
        assert found.run.model_dump(mode="json") == kept
    monkeypatch.setattr(photographs, "_finished", lambda running: "made anew")
    for other, name in ((InversionSettings(steps=8), "orl"), (settings, "openpeople")):
        plan = Plan(other, None, tmp_path / "readings")
        assert made_for_type_2(MadeUpNetworks(), plan, name, first, begun()) == "made anew"


def begun() -> Any:
    """A search that fails as soon as it is begun."""
    pytest.fail("a search is begun")
    yield


def test_a_part_leaves_what_others_measured(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(PARTS, "type_2", lambda plan: Part({"type_2_success": 0.5}, {"type_2": {"made": 20}}))
    monkeypatch.setitem(PARTS, "type_2_orl", lambda plan: Part({}, {"type_2_orl": {"made": 40}}))
    monkeypatch.setitem(PARTS, "regressor", lambda plan: Part({"regressor_cosine_portraits": 0.3}, {}))
    for part in ("type_2", "type_2_orl", "regressor"):
        monkeypatch.setattr(sys, "argv", ["photographs", part])
        photographs.main()
    found = json.loads(results.read_text())
    assert found["headline"] == {"type_2_success": 0.5, "regressor_cosine_portraits": 0.3}
    assert (found["type_2"], found["type_2_orl"]) == ({"made": 20}, {"made": 40})
    assert set(found["measured_at"]) == {"type_2", "type_2_orl", "regressor"}
    capsys.readouterr()


@pytest.mark.parametrize("trial", [["--people", "2"], ["--steps", "3"]])
def test_a_trial_writes_no_results(
    trial: list[str],
    made_up: None,
    results: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["photographs", "type_2", *trial])
    photographs.main()
    assert not results.exists()
    assert "faces made from embeddings" in capsys.readouterr().out


def test_an_unknown_part_is_refused(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["photographs", "luck"])
    with pytest.raises(SystemExit):
        photographs.main()
    assert not results.exists()
