"""Readings three ways made again from the file alone: the same vector, as many runs from the same seeds."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from explorer.studio.app import cli
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import read_provenance
from explorer.studio.faces.vectors import write_vector
from explorer.studio.reproducing.three_ways import ThreeWaysReproducer
from tests.studio.leakage import test_three_ways_export as exports
from tests.studio.leakage.three_ways_kit import VECTOR, subject, three_readings
from tests.studio.reproducing.again_kit import made_again

BY = ("--encoder", "sface", "--by", "reconstruction")
QUICK = ("--steps", "1", "--starts", "1", "--contest", "0", "--finish", "0", "--resolution", "128")


@pytest.mark.slow
def test_a_vector_is_inverted_and_read_again(networks, tmp_path: Path, capsys) -> None:
    source, table = write_vector(tmp_path / "v.npy", VECTOR, "sface"), tmp_path / "read.csv"
    words = ["probe", str(source), *BY, "--runs", "2", *QUICK, "--bits", "6", "--out", str(table)]
    assert cli.main(words) == 0, capsys.readouterr().err
    made = made_again(table, source, networks=networks)
    assert made.same is True, "the runs come to the same latents"
    assert made.deviation.largest == 0
    assert made.deviation.changed == ()
    assert made.differences == ()
    assert made.files[0] == tmp_path / "read-again.csv"
    assert made.files[0].read_text() == table.read_text()
    then, now = read_provenance(table), read_provenance(made.files[0])
    assert {**now, "created": ""} == {**then, "created": ""}


@pytest.fixture
def record(monkeypatch, tmp_path: Path):
    monkeypatch.setattr(exports.three_ways_export, "_networks", lambda three: {})
    _, beside = exports.export_three_ways(tmp_path / "out.csv", three_readings(), subject())
    return json.loads(beside.read_text())


def test_a_run_that_was_steered_is_not_made_again_by_its_settings(record) -> None:
    record["inversions"][1]["steered"] = True
    with pytest.raises(UserError, match=r"out\.csv is read off a run that was steered"):
        ThreeWaysReproducer.of(record, "out.csv")


def test_a_record_says_all_that_it_takes(record, tmp_path: Path) -> None:
    made = ThreeWaysReproducer.of(record, "out.csv")
    assert len(made.recipe.inversions) == 3
    assert np.array(made.recipe.points).shape == (5, 2)
    with pytest.raises(UserError, match=r"person\.jpg with the sha256 ab"):
        made.check({}, tmp_path / "again.csv")
    with pytest.raises(UserError, match=r"again\.xls: readouts are written as"):
        made.check({"ab" * 32: tmp_path / "person.jpg"}, tmp_path / "again.xls")


@pytest.mark.parametrize("change", [{"inversions": []}, {"encoder": None}, {"readouts": []}, {"points": None}])
def test_a_damaged_record_is_said_in_one_line(record, change) -> None:
    with pytest.raises(UserError, match="out") as caught:
        ThreeWaysReproducer.of(record | change, "out.csv")
    assert "\n" not in str(caught.value)
