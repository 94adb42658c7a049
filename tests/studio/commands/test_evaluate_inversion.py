"""`likeness evaluate inversion`: what it writes of made-up people, going on, and refusals in one line."""

from __future__ import annotations

import csv
import json

import pytest
from PIL import Image, ImageOps

from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.commands import _evaluate_inversion
from explorer.studio.evaluation.people_judged import PeopleRecord
from explorer.studio.export.provenance import read_provenance
from explorer.studio.inversion.record import InversionRun
from explorer.studio.reproducing.kinds import command_of
from tests.studio.evaluation.people_kit import MadeUpNetworks, made_up_set, without_networks


@pytest.fixture
def chosen():
    """The made-up set that the command takes for its argument; a test may replace it."""
    return {"people": made_up_set(4, 3)}


@pytest.fixture
def runs(monkeypatch, chosen):
    runs = without_networks(monkeypatch)
    monkeypatch.setattr(_evaluate_inversion, "Networks", lambda device: MadeUpNetworks())
    monkeypatch.setattr(_evaluate_inversion, "photograph_set", lambda name: chosen[name])
    monkeypatch.setattr(_evaluate_inversion, "say_missing_encoders", lambda: None)
    return runs


def evaluate(*arguments):
    return cli.main(["evaluate", "inversion", "people", "--device", "cpu", *map(str, arguments)])


def test_every_face_table_and_record_are_written(runs, tmp_path, capsys):
    out = tmp_path / "out"
    assert evaluate("--out", out, "--steps", 7, "--seed", 5, "--each", 2) == 0
    said = capsys.readouterr().out
    assert said.startswith("made-up: 8 faces made from embeddings of arcface-mbf, 4 people, 12 photographs")
    assert "lowest of held out" in said
    record = PeopleRecord.model_validate_json((out / "evaluation.json").read_bytes())
    assert (record.settings.steps, record.settings.seed, record.each, record.made) == (7, 5, 2, 8)
    with (out / "table.csv").open(newline="") as file:
        assert [row["encoder"] for row in csv.DictReader(file)] == ["arcface-mbf", "sface", "dlib-resnet"]
    with (out / "pairs.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 3 * 8 * 5
    assert len(list(out.glob("people/*/*/result.png"))) == 8
    for path in out.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0
    about = read_provenance(out / "table.parquet")
    assert (about["set"], about["faces"], about["failed"]) == ("made-up", 8, 0)
    assert command_of(about) == "likeness evaluate inversion people --steps 7 --seed 5 --each 2 --out DIR"


def test_the_same_command_goes_on_where_it_was_left(runs, chosen, tmp_path, capsys):
    out = tmp_path / "out"
    assert evaluate("--out", out, "--people", 2) == 0
    assert len(runs.made) == 2
    before = {path: path.stat().st_mtime_ns for path in out.glob("people/*/*/*")}
    capsys.readouterr()
    assert evaluate("--out", out) == 0
    assert "p0/0 (1 of 4): made before" in capsys.readouterr().err
    assert len(runs.made) == 4
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    assert "4 people, 12 photographs" in (evaluate("--out", out) or capsys.readouterr().out)
    assert len(runs.made) == 4


def test_what_is_stopped_goes_on_and_is_whole(runs, monkeypatch, tmp_path):
    out, make_face = tmp_path / "out", _evaluate_inversion.make_face

    def stopped(*arguments):
        if len(runs.made) == 2:
            raise KeyboardInterrupt
        return make_face(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(_evaluate_inversion, "make_face", stopped)
        assert evaluate("--out", out) == 130
    assert not (out / "table.csv").exists()
    assert evaluate("--out", out) == 0
    assert len(runs.made) == 4


def test_a_photograph_that_cannot_be_used_is_named_and_the_others_are_done(runs, chosen, tmp_path, capsys):
    chosen["people"] = made_up_set(4, 3, bad=("p1/0", "p2/2"))
    assert evaluate("--out", tmp_path / "out", "--json") == 2
    said, complaint = capsys.readouterr()
    assert [line for line in complaint.splitlines() if line.startswith("likeness:")] == [
        "likeness: p1/0: no face found in 0: use another",
        "likeness: p2/2: no face found in 2: use another",
    ]
    printed = json.loads(said)
    assert [one["photograph"] for one in printed["failed"]] == ["p1/0", "p2/2"]
    assert (printed["made"], printed["photographs"]) == (4, 10)
    assert str(tmp_path / "out" / "pairs.parquet") in printed["files"]


def test_a_set_without_any_face_leaves_nothing(runs, chosen, tmp_path, capsys):
    chosen["people"] = made_up_set(1, 2, bad=("p0/0", "p0/1"))
    assert evaluate("--out", tmp_path / "out") == 2
    assert capsys.readouterr().out == ""
    assert not (tmp_path / "out").exists()


def test_results_of_others_are_not_overwritten(runs, chosen, tmp_path, capsys):
    out = tmp_path / "out"
    assert evaluate("--out", out, "--steps", 7) == 0
    chosen["people"] = made_up_set(2, 2)
    chosen["people"] = type(chosen["people"])("others", chosen["people"].photographs)
    capsys.readouterr()
    for arguments in (["--steps", 7], ["--steps", 8]):
        assert evaluate("--out", out, *arguments) == 2
        assert "another set or by other settings" in capsys.readouterr().err
    other = tmp_path / "other"
    other.mkdir()
    (other / "table.csv").write_text("mine\n")
    assert evaluate("--out", other) == 2
    assert "is of no such evaluation" in capsys.readouterr().err
    assert (other / "table.csv").read_text() == "mine\n"


def test_results_among_the_photographs_are_refused(runs, chosen, tmp_path, capsys):
    chosen[str(tmp_path)] = chosen["people"]
    assert cli.main(["evaluate", "inversion", str(tmp_path), "--out", str(tmp_path / "out"), "--device", "cpu"]) == 2
    assert "would be taken for people" in capsys.readouterr().err
    assert not runs.made


def test_faces_by_other_settings_are_not_overwritten_though_no_table_was_reached(runs, tmp_path, capsys):
    out = tmp_path / "out"
    assert evaluate("--out", out, "--steps", 7) == 0
    for path in [path for path in out.iterdir() if path.is_file() and path.suffix in (".csv", ".parquet", ".json")]:
        path.unlink()
    assert evaluate("--out", out, "--steps", 8) == 2
    assert "other settings" in capsys.readouterr().err
    assert len(runs.made) == 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--each", "0"], "each"),
        (["--encoder", "secret"], "no encoder called"),
        (["--steps", "-1"], "steps"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(arguments, said, runs, tmp_path, capsys):
    out = tmp_path / "out"
    assert evaluate(*arguments, "--out", out) == 2
    complaint = capsys.readouterr().err
    assert said in complaint
    assert not runs.made
    assert not out.exists()


def test_a_folder_that_is_not_there_is_refused(tmp_path, capsys):
    out = tmp_path / "out"
    assert cli.main(["evaluate", "inversion", str(tmp_path / "nobody"), "--out", str(out), "--device", "cpu"]) == 2
    assert "nobody" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.slow
def test_what_the_networks_say_is_what_the_runs_say_of_themselves(tmp_path, capsys):
    folder, out = tmp_path / "people", tmp_path / "out"
    for person in ("synthetic-p002", "synthetic-p009"):
        (folder / person).mkdir(parents=True)
        with Image.open(places.resources() / "faces" / f"{person}.jpg") as picture:
            picture.save(folder / person / "1.png")
            ImageOps.mirror(picture).save(folder / person / "2.png")
    (folder / "synthetic-p009" / "3.jpg").write_bytes(b"no picture")
    short = ["--steps", "2", "--finish", "1", "--starts", "1", "--contest", "0", "--no-regressor"]
    arguments = ["evaluate", "inversion", str(folder), "--out", str(out), "--device", "cpu", "--json", *short]
    assert cli.main(arguments) == 2
    said, complaint = capsys.readouterr()
    assert "synthetic-p009/3.jpg" in complaint
    record = json.loads(said)
    assert (record["people"], record["photographs"], record["made"], record["different_pairs"]) == (2, 4, 2, 4)
    runs = [InversionRun.model_validate_json(path.read_bytes()) for path in sorted(out.glob("people/*/*/run.json"))]
    for one in record["encoders"]:
        scores = [score.score for run in runs for score in run.scores if score.encoder == one["encoder"]]
        assert one["closeness"]["type_1"]["value"] == pytest.approx(sum(scores) / 2, abs=1e-3)
        assert one["generated"]["original"]["value"] == 1, "a mirrored face is the same person's"
        assert one["attacked"] == (one["encoder"] == "arcface-mbf")
    times = {path: path.stat().st_mtime_ns for path in out.glob("people/*/*/*")}
    assert cli.main(arguments) == 2
    again = json.loads(capsys.readouterr().out)
    assert again["encoders"] == record["encoders"]
    assert {path: path.stat().st_mtime_ns for path in out.glob("people/*/*/*")} == times
