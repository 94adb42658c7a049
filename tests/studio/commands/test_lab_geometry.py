"""`likeness lab geometry`: what it writes of made-up people, going on, and refusals in one line."""

from __future__ import annotations

import csv
import json

import pytest

from explorer.studio.app import cli
from explorer.studio.commands import _lab_geometry
from explorer.studio.export.provenance import read_provenance
from explorer.studio.laboratory.geometry_judged import GeometryRecord
from explorer.studio.laboratory.geometry_text import as_text
from explorer.studio.laboratory.map_files import load_maps
from explorer.studio.laboratory.paired_sets import PairedSet
from explorer.studio.reproducing.kinds import command_of, why_not
from tests.studio.encoder_kit import COLOURS, registered_colours
from tests.studio.laboratory.geometry_kit import KnownFaces, face_set


@pytest.fixture(autouse=True)
def networks(monkeypatch):
    made = KnownFaces()
    monkeypatch.setattr(_lab_geometry, "Networks", lambda device: made)
    monkeypatch.setattr(_lab_geometry, "paired_set", lambda name, each: PairedSet(face_set(each=each or 3)))
    with registered_colours():
        yield made


def lab(*arguments):
    given = ("--set", "people", "--device", "cpu", "--encoder", COLOURS, "--generated", 0, *arguments)
    return cli.main(["lab", "geometry", *map(str, given)])


SHORT = ("--alteration", "rotated-30", "--alteration", "shifted-left")


def test_tables_record_and_maps_are_written(tmp_path, capsys):
    out = tmp_path / "out"
    assert lab("--out", out, *SHORT) == 0
    said = capsys.readouterr().out
    words = "made-up: 18 photographs of 6 people, 18 pairs of one person, 135 of strangers (all pairs)"
    assert " ".join(said.split()).startswith(words)
    assert "without realignment" in said
    assert "with realignment" in said
    assert "others: map fitted on 15 photographs of 5 people (made-up)" in said
    assert max(map(len, said.splitlines()[:-6])) <= 100
    record = GeometryRecord.model_validate_json((out / "geometry.json").read_bytes())
    (table,) = record.encoders
    assert table.upright.tar.value == 1
    assert [(row.alteration, row.mode) for row in table.rows] == [
        ("rotated-30", "template"),
        ("shifted-left", "template"),
        ("rotated-30", "realigned"),
        ("shifted-left", "realigned"),
    ]
    for row in table.rows:
        assert row.generated is None
        assert (row.found, row.photographs.fitted_on.people) == (1, 5)
    with (out / "table.csv").open(newline="") as file:
        assert [row["map"] for row in csv.DictReader(file)] == ["none", *["none", "photographs"] * 4]
    maps = load_maps(out / "maps" / f"{COLOURS}-photographs.safetensors")
    assert {one.fitted_on.people for one in maps} == {6}
    for path in out.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0
    about = read_provenance(out / "table.parquet")
    command = (
        "likeness lab geometry --set people --encoder mean-colours --alteration rotated-30 --alteration shifted-left"
    )
    assert command_of(about) == f"{command} --generated 0 --out DIR"
    assert "likeness lab geometry" in why_not(about, "table.parquet")


def test_the_same_command_goes_on_and_says_the_same(networks, tmp_path, capsys):
    assert lab("--out", tmp_path / "out", *SHORT) == 0
    first, looked = json.loads((tmp_path / "out" / "geometry.json").read_bytes()), networks.looked
    assert lab("--out", tmp_path / "out", *SHORT, "--json") == 0
    assert networks.looked == looked
    second = json.loads(capsys.readouterr().out.partition("\n{")[2].join(["{", ""]))
    assert {name: value for name, value in second.items() if name != "files"} == first
    assert as_text(GeometryRecord.model_validate(first), 80)


def test_maps_of_an_earlier_run_are_not_judged_by_their_own_people(tmp_path, capsys):
    assert lab("--out", tmp_path / "out", *SHORT, "--realignment", "without") == 0
    kept = tmp_path / "out" / "maps" / f"{COLOURS}-photographs.safetensors"
    assert lab("--out", tmp_path / "again", *SHORT, "--realignment", "without", "--maps", kept) == 2
    assert "cannot be judged by the same people" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--alteration", "mirrored"), "no alteration called 'mirrored'"),
        (("--encoder", "nobody"), "no encoder called 'nobody'"),
        (("--maps", "missing.safetensors"), "missing.safetensors"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(tmp_path, capsys, arguments, said):
    assert lab("--out", tmp_path / "out", *arguments) == 2
    *notes, complaint = capsys.readouterr().err.strip().splitlines()
    assert said in complaint
    assert all(note.startswith("note: ") for note in notes)
    assert not (tmp_path / "out").exists()


def test_results_of_another_set_stay(tmp_path, capsys):
    out = tmp_path / "out"
    out.mkdir()
    (out / "geometry.json").write_text('{"set": "another"}')
    assert lab("--out", out, *SHORT) == 2
    assert "of another set" in capsys.readouterr().err
