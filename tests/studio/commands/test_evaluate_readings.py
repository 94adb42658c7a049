"""`likeness evaluate readings`: what it writes of made-up people, going on, and refusals in one line."""

from __future__ import annotations

import csv
import json
from types import SimpleNamespace

import pytest

from explorer.science.evaluation.leakage import judge
from explorer.science.leakage.probes import PROBES
from explorer.studio.app import cli
from explorer.studio.catalogue import reconstructions
from explorer.studio.catalogue.reconstructions import load_picture_calibrations
from explorer.studio.commands import _evaluate_readings
from explorer.studio.evaluation import readings_judged
from explorer.studio.evaluation.readings_judged import ReadingsRecord
from explorer.studio.export.provenance import read_provenance
from explorer.studio.reproducing.kinds import command_of
from tests.science.leakage_kit import untrained
from tests.studio.evaluation.readings_kit import made_up_readings, without_networks


@pytest.fixture
def chosen():
    """The made-up set that the command takes for its argument; a test may replace it."""
    return {"people": made_up_readings(4)}


@pytest.fixture
def reader(monkeypatch, chosen):
    reader = without_networks(monkeypatch)
    probes = SimpleNamespace(probes={name: untrained(PROBES[name]) for name in ("smiling", "gender", "age")})
    # Intervals by person take their time, and are tested where they are made.
    monkeypatch.setattr(readings_judged, "judge", lambda *arguments: judge(*arguments[:-1]))
    monkeypatch.setattr(_evaluate_readings, "Networks", lambda device: reader)
    monkeypatch.setattr(_evaluate_readings, "reading_set", lambda name, each: chosen[name])
    monkeypatch.setattr(_evaluate_readings, "load_bare_probes", lambda encoder: probes)
    return reader


def evaluate(*arguments):
    return cli.main(["evaluate", "readings", "people", "--device", "cpu", *map(str, arguments)])


def test_tables_and_record_are_written(reader, tmp_path, capsys):
    out = tmp_path / "out"
    assert evaluate("--out", out, "--steps", 7, "--runs", 2) == 0
    said, told = capsys.readouterr()
    assert "made-up: 8 photographs of 4 people, 2 runs a vector" in said
    assert "made-up: p0/0 (1 of 8): 2 s" in told, "a line each where no terminal shows a bar"
    record = ReadingsRecord.model_validate_json((out / "readings.json").read_bytes())
    (one,) = record.sets
    assert (one.people, one.photographs, one.runs, record.settings.steps) == (4, 8, 2, 7)
    with (out / "table.csv").open(newline="") as file:
        assert [row["probe"] for row in csv.DictReader(file)] == ["smiling", "gender", "age"]
    with (out / "answers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 24
    assert {row["reconstruction_right"] for row in rows if row["probe"] == "gender"} == {"true"}
    about = read_provenance(out / "table.parquet")
    assert (about["sets"], about["credits"]) == ({"made-up": 8}, ["Made up by nobody"])
    assert command_of(about) == "likeness evaluate readings people --steps 7 --runs 2 --out DIR"
    for path in out.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0


def test_what_is_stopped_goes_on(reader, monkeypatch, tmp_path, capsys):
    out, read = tmp_path / "out", _evaluate_readings.read_photograph

    def stopped(*arguments):
        if len(reader.made) == 3:
            raise KeyboardInterrupt
        return read(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(_evaluate_readings, "read_photograph", stopped)
        assert evaluate("--out", out) == 130
    assert not (out / "table.csv").exists()
    capsys.readouterr()
    assert evaluate("--out", out) == 0
    assert len(reader.made) == 8
    assert "made-up: p0/0 (1 of 8): made before" in capsys.readouterr().err
    assert evaluate("--out", out, "--limit", 2) == 0
    assert len(reader.made) == 8
    assert "4 photographs of 2 people" in capsys.readouterr().out


def test_a_photograph_that_cannot_be_used_is_named_and_the_others_are_done(reader, chosen, tmp_path, capsys):
    chosen["people"] = made_up_readings(4, bad=("p1/0",))
    assert evaluate("--out", tmp_path / "out", "--json") == 2
    said, complaint = capsys.readouterr()
    assert "likeness: no face found in p1/0: use another" in complaint
    (one,) = json.loads(said)["sets"]
    assert (one["photographs"], one["failed"][0]["photograph"]) == (7, "p1/0")


def test_a_set_without_any_face_leaves_nothing(reader, chosen, tmp_path, capsys):
    chosen["people"] = made_up_readings(1, bad=("p0/0", "p0/1"))
    assert evaluate("--out", tmp_path / "out") == 2
    assert capsys.readouterr().out == ""


def test_results_by_other_settings_are_not_overwritten(reader, tmp_path, capsys):
    out = tmp_path / "out"
    assert evaluate("--out", out, "--steps", 7) == 0
    capsys.readouterr()
    assert evaluate("--out", out, "--steps", 8) == 2
    assert "by other settings: choose another --out" in capsys.readouterr().err
    other = tmp_path / "other"
    other.mkdir()
    (other / "table.csv").write_text("mine")
    assert evaluate("--out", other) == 2
    assert "would be overwritten" in capsys.readouterr().err
    assert (other / "table.csv").read_text() == "mine"


def test_what_guides_by_the_photograph_is_refused(reader, tmp_path, capsys):
    assert evaluate("--out", tmp_path / "out", "--targets", "photograph") == 2
    assert "made from the vector alone" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_calibrations_are_fitted_from_what_was_made(reader, chosen, monkeypatch, tmp_path, capsys):
    (tmp_path / "models").mkdir()
    monkeypatch.setattr(reconstructions, "places", type("Places", (), {"models": lambda: tmp_path / "models"}))
    chosen["people"] = made_up_readings(8)
    assert evaluate("--out", tmp_path / "out", "--calibrate") == 0
    assert "reconstruction-arcface-mbf.json" in capsys.readouterr().out
    gender = load_picture_calibrations("arcface-mbf")["gender"]
    assert "labelled by hand" in gender.calibrated_on
    card = (tmp_path / "models" / "reconstruction-arcface-mbf.md").read_text()
    assert "`likeness evaluate readings people --out DIR --calibrate`" in card
    assert "| | |\n|---|---|\n" in card
    (row,) = (line for line in card.splitlines() if line.startswith("| arcface-mbf | Gender |"))
    assert f"| {gender.skill.value:.2f} [{gender.skill.low:.2f}, {gender.skill.high:.2f}] |" in row
    chosen["people"] = made_up_readings(8, by_hand=False)
    assert evaluate("--out", tmp_path / "unlabelled", "--calibrate") == 2
    assert "nothing to calibrate on" in capsys.readouterr().err


@pytest.mark.slow
def test_figures_are_drawn_where_they_are_asked_for(reader, tmp_path):
    out = tmp_path / "out"
    assert evaluate("--out", out) == 0
    assert not list(out.glob("figure-*"))
    assert evaluate("--out", out, "--figure", "png") == 0
    drawn = {path.name for path in out.glob("figure-*.png")}
    assert {"figure-3.2-reconstruction.png", "figure-3.3-reconstruction.png"} <= drawn
    about = read_provenance(out / "figure-3.3-reconstruction.png")
    assert about["table"] == "figure 3.3 of the thesis, reconstruction"
    assert command_of(about) == "likeness evaluate readings people --figure png --out DIR"
