"""`likeness probe --by reconstruction` and its batch: what it prints, writes and refuses."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from explorer.science.inversion.settings import InversionSettings
from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.batch import work
from explorer.studio.catalogue.networks import Networks
from explorer.studio.commands import _probe_by_reconstruction
from explorer.studio.export.provenance import read_provenance
from explorer.studio.faces.vectors import write_vector
from tests.studio.leakage.three_ways_kit import VECTOR, three_readings

PORTRAIT = places.resources() / "faces" / "synthetic-p009.jpg"
BY = ("--encoder", "sface", "--by", "reconstruction")
QUICK = ("--steps", "1", "--starts", "1", "--contest", "0", "--finish", "0", "--resolution", "128", "--no-regressor")


@pytest.fixture
def vector(tmp_path) -> Path:
    return write_vector(tmp_path / "face.npy", VECTOR, "sface")


@pytest.fixture
def read(monkeypatch):
    """Inversions that end at once; what was asked for."""
    asked = []

    def three_ways(networks, probes, subject, settings, runs):
        asked.append((subject, settings, runs))
        yield from ()
        return three_readings(range(1, runs + 1), photograph=subject.face is not None, at_chance="hat")

    monkeypatch.setattr(_probe_by_reconstruction, "read_three_ways", three_ways)
    monkeypatch.setattr(work, "read_three_ways", three_ways)
    monkeypatch.setattr(Networks, "labellers", lambda self: None)
    return asked


def run(capsys, *arguments):
    code = cli.main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


def test_every_attribute_is_printed_beside_its_probe(vector, read, capsys):
    code, out, err = run(capsys, "probe", vector, *BY, "--runs", 3, "--steps", 7, "--seed", 4)
    assert code == 0, err
    ((subject, settings, runs),) = read
    assert (settings.steps, settings.seed, settings.encoder, runs) == (7, 4, "sface", 3)
    np.testing.assert_array_equal(subject.vector, VECTOR)
    lines = out.splitlines()
    head = next(line for line in lines if "vector probe" in line)
    assert "reconstruction" in head
    assert "photograph" not in head
    age = next(line for line in lines if line.startswith("  Age "))
    assert "32 years (3 runs: 30 to 34 years)" in age
    assert "3 faces made from the vector" in out
    assert "not calibrated on photographs" in out
    folded = lines.index("  At chance on photographs, whichever way it is read:")
    assert folded > lines.index(age)


def test_one_run_says_that_it_has_no_interval(vector, read, capsys):
    _, out, _ = run(capsys, "probe", vector, *BY)
    assert "(one run: no interval)" in out
    assert read[0][2] == 1


def test_json_holds_all_three(vector, read, capsys):
    code, out, _ = run(capsys, "probe", vector, *BY, "--runs", 2, "--json")
    (record,) = json.loads(out)
    assert code == 0
    assert (record["by"], len(record["runs"]), record["photograph"]) == ("reconstruction", 2, None)
    made = {one["probe"]: one for one in record["reconstruction"]}
    assert set(made) == {one["probe"] for one in record["readouts"]}
    assert made["age"]["interval"][0] < made["age"]["value"] < made["age"]["interval"][1]
    assert np.array(made["landmarks"]["value"]).shape == np.array(made["landmarks"]["spread"]).shape == (68, 2)
    assert sum(made["gender"]["probabilities"].values()) == pytest.approx(1)


def test_an_altered_vector_is_inverted_as_it_is_altered(vector, read, capsys):
    code, out, _ = run(capsys, "probe", vector, *BY, "--bits", 2, "--json")
    assert code == 0
    assert len(np.unique(read[0][0].vector)) <= 4
    assert json.loads(out)[0]["vector_edit"]["bits"] == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--runs", "3"), "--runs belongs to inversions: give --by reconstruction"),
        (("--steps", "3"), "--steps belongs to inversions"),
        (("--no-regressor",), "--regressor belongs to inversions"),
        (("--weight", "prior=1"), "--weight belongs to inversions"),
        (("--by", "reconstruction", "--targets", "photograph"), "from the vector alone"),
        (("--by", "reconstruction", "--weight", "beauty=1"), "no loss term called 'beauty'"),
        (("--by", "reconstruction", "--preset", "best"), "--preset best: there are default, paper"),
        (("--by", "reconstruction", "--out", "a.xls"), "a.xls: readouts are written as"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(vector, read, capsys, words, told):
    code, _, err = run(capsys, "probe", vector, *words)
    assert code == 2
    assert told in err
    assert read == []


@pytest.mark.slow
def test_a_photograph_is_read_three_ways_by_the_real_networks(tmp_path, capsys):
    table = tmp_path / "read.csv"
    words = ("probe", PORTRAIT, "--encoder", "sface", "--by", "reconstruction", "--runs", 2, *QUICK)
    code, out, err = run(capsys, *words, "--out", table)
    assert code == 0, err
    assert "photograph" in next(line for line in out.splitlines() if "vector probe" in line)
    with table.open() as file:
        rows = list(csv.DictReader(file))
    assert {row["subject"] for row in rows} == {"vector probe", "reconstruction", "photograph"}
    record = read_provenance(table)
    assert [one["settings"]["seed"] for one in record["inversions"]] == [0, 1]
    assert {"face-parsing", "scrfd-500m", "probes-sface"} <= set(record["networks"])


def batch(capsys, folder, out, *words):
    return run(capsys, "batch", "probe", folder, "--out", out, "--encoder", "sface", *words)


@pytest.mark.slow
def test_a_batch_has_columns_of_all_three_and_goes_on_by_the_same_command(vector, read, tmp_path, capsys):
    folder = tmp_path / "in"
    folder.mkdir()
    write_vector(folder / "a.npy", VECTOR, "sface")
    words = ("--by", "reconstruction", "--runs", 2, "--steps", 9)
    code, _, err = batch(capsys, folder, tmp_path / "out", *words)
    assert code == 0, err
    ((_, settings, runs),) = read
    assert (settings.steps, settings.encoder, runs) == (9, "sface", 2)
    with (tmp_path / "out" / "table.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert (row["age_reconstruction"], row["runs"], row["without_face"]) == ("31.5", "2", "0")
    assert float(row["age_reconstruction_low"]) < 31.5 < float(row["age_reconstruction_high"])
    assert row["gender_reconstruction"] in ("male", "female")
    assert 0.5 <= float(row["gender_reconstruction_probability"]) <= 1
    assert "gender_probability" in row
    assert batch(capsys, folder, tmp_path / "out", *words)[0] == 0
    assert len(read) == 1, "what was finished is not made again"
    code, _, err = batch(capsys, folder, tmp_path / "out", "--by", "reconstruction", "--runs", 3)
    assert code == 2
    assert "other settings" in err


def test_a_batch_refuses_what_does_not_fit(read, tmp_path, capsys):
    folder = tmp_path / "in"
    folder.mkdir()
    write_vector(folder / "a.npy", VECTOR, "sface")
    assert "--runs belongs to inversions" in batch(capsys, folder, tmp_path / "out", "--runs", 2)[2]
    code, _, err = batch(capsys, folder, tmp_path / "out", "--by", "reconstruction", "--targets", "photograph")
    assert code == 2
    assert "from the vector alone" in err


def test_flags_are_those_of_invert(capsys):
    _, out, _ = run(capsys, "probe", "--help")
    plain = [name for name, field in InversionSettings.model_fields.items() if field.annotation in (int, float, bool)]
    for name in plain:
        assert f"--{name.replace('_', '-')}" in out
