"""`likeness evaluate variation`: what it writes of made-up results, and refusals in one line."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.commands import _evaluate_variation
from explorer.studio.export.provenance import read_provenance
from explorer.studio.inversion.record import InversionRun
from explorer.studio.variation.running import MemberDone, MemberEvent, RandomFaces, Variation
from tests.studio.variation.variation_kit import made_up_variation

pytestmark = pytest.mark.slow

FACE = str(places.resources() / "faces" / "synthetic-p009.jpg")


@pytest.fixture
def made(monkeypatch):
    """The comparison is made up; what was asked for is noted."""
    asked = []

    def run_variation(networks, labellers, target, settings, runs, kept):
        asked.append((target, settings, runs))
        finished = made_up_variation(runs, kind=target.record.kind)
        for number, one in enumerate(finished.results):
            yield MemberEvent(number, None)
            yield MemberDone(number, one)
        yield RandomFaces(3, 24)
        return finished

    monkeypatch.setattr(_evaluate_variation, "run_variation", run_variation)
    monkeypatch.setattr(_evaluate_variation, "load_labellers", lambda device: None)
    return asked


def test_every_run_mean_map_figure_table_and_record_are_written(made, tmp_path, capsys):
    out = tmp_path / "out"
    arguments = ["evaluate", "variation", FACE, "--runs", "3", "--steps", "7", "--seed", "5", "--device", "cpu"]
    assert cli.main([*arguments, "--out", str(out), "--figure", "png,svg"]) == 0
    said = capsys.readouterr().out
    ((target, settings, runs),) = made
    assert (settings.steps, settings.seed, runs, target.record.kind) == (7, 5, 3, "photograph")
    assert "3 inversions of one embedding of arcface-mbf" in said
    assert "smiling" in said
    record = Variation.model_validate_json((out / "variation.json").read_text())
    assert len(record.runs) == 3
    with (out / "table.csv").open(newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)] == [one.name for one in record.agreements]
    for number in (1, 2, 3):
        InversionRun.model_validate_json((out / f"run-{number}" / "run.json").read_text())
        assert (out / f"run-{number}" / "result.png").stat().st_mode & 0o077 == 0
    with Image.open(out / "mean.png") as mean, Image.open(out / "map.png") as spread:
        assert mean.size == spread.size
    assert read_provenance(out / "figure.svg")["seeds"] == [0, 1, 2]
    assert b"photograph<" in (out / "figure.svg").read_bytes()


def test_a_second_call_stands_beside_the_first_and_one_that_fails_leaves_nothing(made, tmp_path, capsys, monkeypatch):
    out = tmp_path / "out"
    arguments = ["evaluate", "variation", FACE, "--runs", "2", "--device", "cpu", "--out", str(out)]
    assert cli.main([*arguments, "--figure", "svg"]) == 0
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert cli.main(arguments) == 0
    assert f"this one goes to {tmp_path / 'out-2'}\n" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before
    assert not (tmp_path / "out-2" / "figure.svg").exists()

    def stopped(*_):
        yield MemberDone(0, made_up_variation(1).results[0])
        raise KeyboardInterrupt

    monkeypatch.setattr(_evaluate_variation, "run_variation", stopped)
    assert cli.main([*arguments[:-1], str(tmp_path / "third")]) == 130
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "out-2"]


def test_a_bare_embedding_will_do_and_the_source_can_be_left_out(made, tmp_path, capsys):
    vector, out = tmp_path / "stolen.npy", tmp_path / "out"
    np.save(vector, np.ones(512, np.float32))
    arguments = ["evaluate", "variation", str(vector), "--runs", "2", "--device", "cpu", "--out", str(out)]
    assert cli.main([*arguments, "--figure", "svg", "--no-source", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["format"] == "likeness-variation/1"
    assert str(out / "figure.svg") in printed["files"]
    assert b"embedding<" not in (out / "figure.svg").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([FACE, "--runs", "1"], "runs"),
        ([FACE, "--figure", "bmp"], "no figure format"),
        ([FACE, "--regressor"], "all starts are random"),
        ([FACE, "--encoder", "secret"], "no encoder called"),
        (["missing.jpg"], "missing.jpg"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(arguments, said, made, tmp_path, capsys):
    out = tmp_path / "out"
    assert cli.main(["evaluate", "variation", *arguments, "--out", str(out), "--device", "cpu"]) == 2
    complaint = capsys.readouterr().err
    assert said in complaint
    assert complaint.count("\n") == 1
    assert not made
    assert not out.exists()
