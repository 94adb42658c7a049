"""Readings three ways in files: every number in the table, no text on another in the figure, a record in both."""

from __future__ import annotations

import csv
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from explorer.studio.errors import UserError
from explorer.studio.export.drawings import ReadoutsSpec
from explorer.studio.export.provenance import read_provenance
from explorer.studio.leakage import three_ways_export
from explorer.studio.leakage.three_ways_export import export_three_ways, three_ways_rows
from explorer.studio.leakage.three_ways_figure import draw_three_ways
from tests.studio.leakage.three_ways_kit import VECTOR, labels_of, subject, three_readings


@pytest.fixture(autouse=True)
def weights(monkeypatch):
    monkeypatch.setattr(three_ways_export, "_networks", lambda three: {"probes-sface": "cd" * 32})


def of(rows, subject, probe):
    return [row for row in rows if (row["subject"], row["probe"]) == (subject, probe)]


def test_the_table_holds_every_number_of_all_three():
    three = three_readings()
    rows = three_ways_rows(three)
    assert list(dict.fromkeys(row["subject"] for row in rows)) == ["vector probe", "reconstruction", "photograph"]
    by_probe = {one.probe: one for one in three.reconstruction.readouts}
    for where in ("vector probe", "reconstruction", "photograph"):
        assert {row["probe"] for row in rows if row["subject"] == where} == set(by_probe)
        assert sum(row["read"] for row in of(rows, where, "expression")) == pytest.approx(1, abs=1e-4)
        assert len(of(rows, where, "landmarks")) == 136
    (age,) = of(rows, "reconstruction", "age")
    assert (age["read"], age["unit"], age["pictures"]) == (32.0, "years", 3)
    assert (age["low"], age["high"], age["spread"]) == (*by_probe["age"].interval, 1.0)
    gender = {row["part"]: row for row in of(rows, "reconstruction", "gender")}
    assert gender["male"]["low"] == pytest.approx(1 - gender["female"]["high"])
    expected = np.mean([labels_of(seed).landmarks for seed in (1, 2, 3)], 0)
    np.testing.assert_allclose(
        [row["read"] for row in of(rows, "reconstruction", "landmarks")], expected.ravel(), rtol=1e-5
    )
    assert {row["part"] for row in of(rows, "vector probe", "landmarks")} == {
        row["part"] for row in of(rows, "reconstruction", "landmarks")
    }


def test_of_one_run_and_of_a_photograph_there_is_no_interval():
    rows = three_ways_rows(three_readings((1,)))
    assert {row["low"] for row in rows if row["subject"] != "vector probe"} == {None}
    assert {row["pictures"] for row in rows if row["subject"] == "photograph"} == {1}
    assert not [row for row in three_ways_rows(three_readings(photograph=False)) if row["subject"] == "photograph"]


@pytest.mark.parametrize("kind", ["csv", "parquet", pytest.param("svg", marks=pytest.mark.slow)])
def test_a_file_says_how_it_was_made_and_holds_no_vector(tmp_path, kind):
    three = three_readings()
    path, beside = export_three_ways(tmp_path / f"out.{kind}", three, subject(), ReadoutsSpec(dpi=72))
    record = read_provenance(beside)
    assert record["kind"] == "readings three ways"
    assert record["source"] == {"name": "person.jpg", "sha256": "ab" * 32}
    assert [one["settings"]["seed"] for one in record["inversions"]] == [0, 1, 2]
    assert set(record["readouts"]) == {"vector probe", "reconstruction", "photograph"}
    assert f"{VECTOR[0]:.5f}" not in beside.read_text()
    assert path.stat().st_mode & 0o077 == 0
    if kind == "csv":
        with path.open() as file:
            assert len(list(csv.DictReader(file))) == len(three_ways_rows(three))
    else:
        assert read_provenance(path) == record


def test_directories_stay_at_home(tmp_path):
    _, beside = export_three_ways(tmp_path / "out.csv", three_readings(), subject("vector"))
    assert "a/person" not in beside.read_text()


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"out\.xls: readouts are written as \.csv"):
        export_three_ways(tmp_path / "out.xls", three_readings(), subject())


@pytest.mark.slow
@pytest.mark.parametrize("photograph", [True, False])
@pytest.mark.parametrize("width", [80.0, 122.0, 180.0])
def test_the_figure_keeps_to_its_width_and_no_text_lies_on_another(width, photograph):
    three = three_readings(photograph=photograph, at_chance="smiling")
    source = subject().frame if photograph else None
    figure = draw_three_ways(three, sha256="ab", source=source, width=width, dpi=100)
    boxes = [text.get_window_extent() for text in figure.texts if text.get_text()]
    page = figure.bbox
    assert all(box.x0 >= -0.5 and box.x1 <= page.x1 + 0.5 and box.y0 >= 0 and box.y1 <= page.y1 for box in boxes)
    boxes = [box.padded(-0.12 * box.height) for box in boxes]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    said = " ".join(text.get_text() for text in figure.texts)
    assert "cannot tell" in said
    assert ("photograph" in [text.get_text() for text in figure.texts]) is photograph


@pytest.mark.slow
def test_the_photograph_is_in_the_figure_only_where_it_was_asked_for(tmp_path):
    count = [
        export_three_ways(tmp_path / f"{shown}.svg", three_readings(), subject(), ReadoutsSpec(source=shown))[0]
        .read_text()
        .count("<image")
        for shown in (False, True)
    ]
    assert count == [3, 4]


@pytest.mark.slow
def test_a_vector_of_which_no_face_came_is_drawn_all_the_same():
    three = three_readings(photograph=False)
    lost = replace(three.reconstruction, readouts=(), pictures=0, faces=(), without_face=3)
    figure = draw_three_ways(replace(three, reconstruction=lost), sha256="ab", dpi=72)
    assert "3 pictures without a face left out" in " ".join(text.get_text() for text in figure.texts)
