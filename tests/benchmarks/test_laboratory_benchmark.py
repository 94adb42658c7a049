"""The laboratory's benchmark: each headline is a number of a command's record, with what it is of beside it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks import common, laboratory, laboratory_faces
from benchmarks.common import Part
from benchmarks.laboratory import FIGURES, PARTS
from benchmarks.laboratory_faces import attack_figures, measure_attacks, measure_geometry, measure_templates
from benchmarks.laboratory_kit import Plan, command_words, part_of, run, shortened
from explorer.science.laboratory.defences import Decoded
from explorer.studio.commands import _lab_attack, _lab_attack_set, _lab_geometry, _lab_template
from explorer.studio.evaluation.photograph_sets import PhotographSet
from explorer.studio.laboratory.attack_sets_judged import AttackSetRecord
from explorer.studio.laboratory.geometry_judged import GeometryRecord
from explorer.studio.laboratory.paired_sets import PairedSet
from explorer.studio.laboratory.templates_seen import SeenPhotographs
from tests.studio.encoder_kit import COLOURS, registered_colours
from tests.studio.laboratory.attack_kit import SmallNetworks, in_small_world, small_set
from tests.studio.laboratory.geometry_kit import KnownFaces, face_set


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(common, "RESULTS", tmp_path / "results")
    monkeypatch.setenv("LIKENESS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "results" / "laboratory.json"


def told(part: Part, key: str) -> dict[str, Any]:
    """What stands beside a headline; it is of the same value."""
    (about,) = part.details.values()
    beside: dict[str, Any] = about["figures"][key]
    assert beside["value"] == pytest.approx(part.headline[key], abs=1e-4)
    assert key in FIGURES
    return beside


@pytest.mark.slow
def test_geometry_is_what_the_command_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    networks = KnownFaces()
    monkeypatch.setattr(_lab_geometry, "Networks", lambda device: networks)
    monkeypatch.setattr(_lab_geometry, "paired_set", lambda name, each: PairedSet(face_set(people=4, each=2)))
    with registered_colours():
        plan = Plan(tmp_path, sets=("made-up",), encoders=(COLOURS,), generated=0)
        part = measure_geometry(plan)
        looked = networks.looked
        assert measure_geometry(plan) == part
        assert networks.looked == looked, "what was seen is not seen again"
    record = GeometryRecord.model_validate_json((tmp_path / "made-up" / "geometry.json").read_bytes())
    (table,) = record.encoders
    row = next(one for one in table.rows if (one.alteration, one.mode) == ("rotated-30", "template"))
    assert row.photographs is not None
    assert part.headline == {
        "tar_rotated": row.without.tar.value,
        "tar_rotated_mapped": row.photographs.tar.value,
        "tar_upright": table.upright.tar.value,
    }
    beside = told(part, "tar_rotated")
    assert (beside["set"], beside["encoder"]) == ("made-up", COLOURS)
    words = f"likeness lab geometry --set made-up --realignment without --encoder {COLOURS} --generated 0 --out DIR"
    assert beside["command"] == words
    assert beside["false_match_rate"]["value"] == row.without.passing / record.impostors
    found = part.details["geometry"]["sets"]["made-up"]["without realignment"]["encoders"][COLOURS]
    assert len(found["rows"]) == len(table.rows)
    assert all(one.partition(",")[0] in {row["alteration"] for row in found["rows"]} for one in found["cosine_falls"])
    again = part.details["geometry"]["sets"]["made-up"]["with realignment"]["encoders"][COLOURS]
    assert [row["alteration"] for row in again["rows"]] == ["rotated-30", "shifted-left", "scaled-0.5"]
    assert "4 people" in capsys.readouterr().out


def test_templates_of_one_photograph_and_of_the_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    random, whose = np.random.default_rng(0), np.repeat(np.arange(3), 11)
    vectors = (random.standard_normal((3, 128))[whose] + 2 * random.standard_normal((33, 128))).astype(np.float32)
    signals = dict.fromkeys(("score", "size", "sharpness"), np.ones(33))
    conditions = ("upright", "noise", "blur", "32px")
    vectors_by = {name: {"sface": vectors} for name in conditions}
    seen = SeenPhotographs(tuple("abc"), whose, vectors_by, dict.fromkeys(conditions, signals), ())
    monkeypatch.setattr(_lab_template, "Networks", lambda device: SimpleNamespace())
    monkeypatch.setattr(_lab_template, "photograph_set", lambda name: PhotographSet("openpeople", (), "By nobody"))
    monkeypatch.setattr(_lab_template, "see_set", lambda *given: seen)
    part = measure_templates(Plan(tmp_path, sets=("openpeople",), encoders=("sface",)))
    rows = part.details["templates"]["sets"]["openpeople"]["rows"]
    points = next(row["points"] for row in rows if (row["condition"], row["weighting"]) == ("upright", "equal"))
    for number in (1, 10):
        beside = told(part, f"tar_template_{number}")
        assert {key: beside[key] for key in ("value", "low", "high")} == points[number - 1]["tar"]
        assert beside["low"] <= beside["value"] <= beside["high"]
        assert 0 <= beside["false_match_rate"]["value"] <= 1e-3
    assert beside["command"] == "likeness lab templates --set openpeople --encoder sface --out DIR"
    assert "templates of 1 to 10 photographs" in capsys.readouterr().out


def test_attacks_stand_beside_the_strangers_who_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    in_small_world(monkeypatch, _lab_attack)
    monkeypatch.setattr(_lab_attack_set, "Networks", lambda device: SmallNetworks())
    monkeypatch.setattr(_lab_attack_set, "say_missing_encoders", lambda: None)
    monkeypatch.setattr(_lab_attack_set, "photograph_set", lambda name: small_set(3, 2))
    monkeypatch.setattr(laboratory_faces, "decoder_file", lambda encoder: tmp_path / "none")
    part = measure_attacks(Plan(tmp_path, sets=("small",), encoders=("arcface-mbf",)))
    said = capsys.readouterr().out
    assert "attack_success_defended is not measured: no decoder for arcface-mbf: train one with `likeness" in said
    assert list(part.headline) == ["attack_success"]
    record = AttackSetRecord.model_validate_json((tmp_path / "small" / "attacks.json").read_bytes())
    assert (record.settings.method, record.settings.budget, record.away) == ("fgsm", 8, False)
    first = record.encoders[0].views[0]
    assert first.generated is not None
    assert first.generated.false_matches is not None
    beside = told(part, "attack_success")
    assert beside["value"] == pytest.approx(first.generated.attacked.aimed.value, abs=1e-4)
    assert beside["false_match_rate"]["value"] == pytest.approx(first.generated.false_matches.value, abs=1e-4)
    assert "--defence jpeg --defence blur --knowing --out DIR" in beside["command"]
    # Behind the decoder it is the picture of the attack that does not know it.
    renamed = [
        view.model_copy(update={"defence": Decoded.name}) if view.defence == "blur" else view
        for view in record.encoders[0].views
    ]
    decoded = record.model_copy(update={"encoders": (record.encoders[0].model_copy(update={"views": renamed}),)})
    figures = attack_figures(decoded, "arcface-mbf", "likeness lab attack")
    unknown = next(view for view in renamed if view.defence == Decoded.name and not view.knowing)
    assert unknown.generated is not None
    assert figures["attack_success_defended"].value == unknown.generated.attacked.aimed.value
    assert "does not know" in figures["attack_success_defended"].of


def test_a_part_leaves_what_others_measured_and_a_trial_writes_nothing(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = iter([Part({"tar_upright": 0.9}, {"geometry": {}}), Part({"decode_ms": 9.0}, {"decoder": {}})])
    plans = list[Plan]()

    def measured(plan: Plan) -> Part:
        plans.append(plan)
        return next(made) if not plan.trial else Part({"tar_upright": 0.1}, {"geometry": {}})

    for part in ("geometry", "decoder"):
        monkeypatch.setitem(PARTS, part, measured)
        monkeypatch.setattr(sys, "argv", ["laboratory", part, "--corpus", "there"])
        laboratory.main()
    for trial in (["--set", "mine"], ["--encoder", "sface"], ["--generated", "9"]):
        monkeypatch.setattr(sys, "argv", ["laboratory", "geometry", *trial])
        laboratory.main()
    found = json.loads(results.read_text())
    assert found["headline"] == {"decode_ms": 9, "tar_upright": 0.9}
    assert set(found["measured_at"]) == {"geometry", "decoder"}
    assert [plan.work.name for plan in plans[:2]] == ["geometry", "decoder"]
    assert plans[0].corpus == Path("there")
    capsys.readouterr()


def test_an_unknown_part_is_refused(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["laboratory", "luck"])
    with pytest.raises(SystemExit):
        laboratory.main()
    assert not results.exists()


def test_no_folder_of_this_machine_is_named_and_numbers_are_short() -> None:
    assert command_words(["lab", "geometry", "--out", Path("/home/me")]) == "likeness lab geometry --out DIR"
    assert shortened({"a": (0.123456, 3, None, "x")}) == {"a": [0.1235, 3, None, "x"]}
    assert part_of("geometry", {}, more=1).details == {"geometry": {"figures": {}, "more": 1}}


def test_a_command_that_fails_ends_the_part(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as failed:
        run(["lab", "geometry", "--set", "nowhere-at-all", "--out", Path("out"), "--encoder", "nobody"])
    assert failed.value.code == 2
    assert "nobody" in capsys.readouterr().err
