"""`likeness lab attack`: what it writes of one photograph and of a set, going on, making again, and refusals."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from PIL import Image

from explorer.studio.app import cli
from explorer.studio.commands import _lab_attack, _lab_attack_set, reproduce
from explorer.studio.export.provenance import read_provenance
from explorer.studio.laboratory.attack_sets_judged import AttackSetRecord
from explorer.studio.laboratory.attack_values import AttackRecord
from explorer.studio.reproducing import attacks
from explorer.studio.reproducing.kinds import command_of
from tests.studio.laboratory.attack_kit import SmallNetworks, in_small_world, picture, small_set


@pytest.fixture
def world(monkeypatch):
    in_small_world(monkeypatch, _lab_attack, attacks)
    for module in (_lab_attack, _lab_attack_set, reproduce):
        monkeypatch.setattr(module, "Networks", lambda device: SmallNetworks())
    for module in (_lab_attack, _lab_attack_set):
        monkeypatch.setattr(module, "say_missing_encoders", lambda: None)
    monkeypatch.setattr(_lab_attack_set, "photograph_set", lambda name: small_set(4, 3))


def attack(*arguments):
    return cli.main(["lab", "attack", "--device", "cpu", *map(str, arguments)])


def test_a_photograph_goes_towards_another(world, tmp_path, capsys):
    source, aim, out = picture(tmp_path, 0), picture(tmp_path, 1), tmp_path / "out"
    assert attack(source, "--towards", aim, "--budget", 16, "--method", "bim", "--steps", 5, "--out", out) == 0
    said = capsys.readouterr().out
    assert said.startswith("p0-0.png: Iterative FGSM (BIM), within 16/255, on arcface-mbf, towards p1-0.png")
    record = AttackRecord.model_validate_json((out / "attack.json").read_bytes())
    assert len(record.scores) == 6
    apart = np.array(Image.open(out / "adversarial.png")).astype(int) - np.array(Image.open(source))
    assert 0 < np.abs(apart).max() == record.largest <= 16
    assert sorted(path.name for path in out.iterdir()) == [
        *("adversarial.png", "attack.json", "perturbation.png", "table.csv", "table.csv.json")
    ]
    assert attack(source, "--away", "--json", "--out", out) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["aim"] is None
    assert all("out-2" in file for file in again["files"]), "what is there stays"


def test_a_softmax_goes_over_those_who_are_named(world, tmp_path, capsys):
    source, others = picture(tmp_path, 0), [picture(tmp_path, person) for person in (1, 2)]
    among = [word for other in others for word in ("--among", other)]
    assert attack(source, "--away", "--objective", "softmax", *among, "--json", "--out", tmp_path / "out") == 0
    assert json.loads(capsys.readouterr().out)["people"] == ["2: p1-0.png", "3: p2-0.png"]


@pytest.mark.parametrize("name", ["adversarial.png", "perturbation.png", "table.csv"])
def test_an_attack_is_made_again_from_its_files(world, tmp_path, capsys, name):
    source, aim, out = picture(tmp_path, 0), picture(tmp_path, 1), tmp_path / "out"
    assert attack(source, "--towards", aim, "--defence", "blur", "--knowing", "--out", out) == 0
    capsys.readouterr()
    given = ["--source", str(source), "--source", str(aim)]
    assert cli.main(["reproduce", str(out / name), *given, "--device", "cpu", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["largest_difference"] == 0
    assert said["differences"] == said["changed"] == []
    assert said["same"] is (None if name == "table.csv" else True)
    if name != "table.csv":
        again = out / name.replace(".png", "-again.png")
        assert np.array_equal(np.array(Image.open(again)), np.array(Image.open(out / name)))
    assert cli.main(["reproduce", str(out / name), "--source", str(source), "--device", "cpu"]) == 2
    assert "p1-0.png" in capsys.readouterr().err


def test_an_attack_by_a_softmax_over_others_is_not_made_again(world, tmp_path, capsys):
    source, other = picture(tmp_path, 0), picture(tmp_path, 1)
    assert attack(source, "--away", "--objective", "softmax", "--among", other, "--out", tmp_path / "out") == 0
    assert cli.main(["reproduce", str(tmp_path / "out/adversarial.png"), "--source", str(source)]) == 2
    assert "only names are recorded" in capsys.readouterr().err


def test_a_set_is_attacked_and_gone_on_with(world, tmp_path, capsys):
    out = tmp_path / "out"
    words = ["--set", "small", "--each", 2, "--defence", "blur", "--knowing", "--out", out]
    assert attack(*words) == 0
    first = capsys.readouterr()
    assert first.out.startswith("small: FGSM, one signed step within 8/255 on arcface-mbf, towards another person")
    assert "made before" not in first.err
    record = AttackSetRecord.model_validate_json((out / "attacks.json").read_bytes())
    assert (record.people, record.photographs, record.attacked) == (4, 12, 8)
    with (out / "table.csv").open(newline="") as file:
        assert {row["defence_known"] for row in csv.DictReader(file)} == {"true", "false"}
    about = read_provenance(out / "table.parquet")
    wanted = "likeness lab attack --set small --defence blur --knowing --out DIR"
    assert command_of(about) == wanted
    assert cli.main(["reproduce", str(out / "table.parquet")]) == 2
    assert wanted in capsys.readouterr().err
    assert attack(*words) == 0
    assert capsys.readouterr().err.count("made before") == 8
    again = AttackSetRecord.model_validate_json((out / "attacks.json").read_bytes())
    assert again.model_copy(update={"created": record.created}) == record


def test_results_of_others_are_kept(world, tmp_path, capsys):
    out = tmp_path / "out"
    assert attack("--set", "small", "--people", 2, "--out", out) == 0
    assert attack("--set", "small", "--people", 2, "--budget", 4, "--out", out) == 2
    assert "other settings: choose another --out" in capsys.readouterr().err
    other = tmp_path / "other"
    other.mkdir()
    (other / "table.csv").write_text("mine")
    assert attack("--set", "small", "--out", other) == 2
    assert (other / "table.csv").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["PHOTO"], "either a photograph or vector to go --towards, or --away"),
        (["PHOTO", "--towards", "PHOTO", "--away"], "either"),
        ([], "give a photograph"),
        (["PHOTO", "--away", "--among", "PHOTO"], "--objective softmax"),
        (["PHOTO", "--away", "--objective", "softmax"], "--among"),
        (["PHOTO", "--away", "--people", 3], "--set"),
        (["PHOTO", "--away", "--defence", "blur"], "--knowing"),
        (["PHOTO", "--away", "--knowing"], "one --defence"),
        (["PHOTO", "--away", "--defence", "prayer", "--knowing"], "there are jpeg, blur"),
        (["PHOTO", "--away", "--encoder", "nobody"], "no encoder called 'nobody'"),
        (["PHOTO", "--away", "--encoder", "mobilefacenet-192"], "mobilefacenet-192"),
        (["PHOTO", "--away", "--budget", -1], "budget"),
        (["PHOTO", "--away", "--budget", 65], "budget"),
        (["PHOTO", "--away", "--method", "magic"], "method"),
        (["FOLDER", "--away"], "is a folder"),
        (["MISSING", "--away"], "missing.png"),
        (["PHOTO", "--set", "small"], "it is all attacked"),
        (["--set", "small", "--towards", "PHOTO"], "it is all attacked"),
        (["--set", "small", "--knowing"], "name one by --defence"),
        (["--set", "small", "--people", 1], "--away"),
    ],
)
def test_a_mistake_is_said_in_one_line_and_leaves_nothing(world, tmp_path, capsys, words, said):
    named = {"PHOTO": picture(tmp_path, 0), "FOLDER": tmp_path, "MISSING": tmp_path / "missing.png"}
    out = tmp_path / "out"
    assert attack(*(named.get(word, word) for word in words), "--out", out) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.strip().splitlines()) == 1
    assert not out.exists()
