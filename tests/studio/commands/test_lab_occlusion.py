"""`likeness lab occlusion`: parts of faces hidden, the figure and the table of them, and both made again."""

from __future__ import annotations

import csv
import json

import pytest

from explorer.science.laboratory.occlusion import Occlusion
from explorer.science.leakage.edits import Patch
from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.commands._lab_occlusion import chosen_occlusions
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import read_provenance

ONE, OTHER = places.resources() / "faces" / "synthetic-p005.jpg", places.resources() / "faces" / "synthetic-p009.jpg"


def lab(*arguments):
    return cli.main(["lab", "occlusion", *map(str, arguments)])


def test_options_say_what_is_hidden():
    found = chosen_occlusions("eyes, mouth", ["0.25,0.25,0.25,0.5"], ["0.2,0.4 0.8,0.4 0.1"])
    assert found == (
        Occlusion(name="eyes", regions=("eyes",)),
        Occlusion(name="mouth", regions=("mouth",)),
        Occlusion(name="rectangle", patches=(Patch.rectangle(0.25, 0.25, 0.5, 0.75),)),
        Occlusion(name="stroke", patches=(Patch(points=((0.2, 0.4), (0.8, 0.4)), width=0.1),)),
    )
    (whole,) = chosen_occlusions("eyes,mouth", ["0.1,0.2,0.3,0.4"], [], together=True)
    assert (whole.name, whole.regions, len(whole.patches)) == ("eyes, mouth, rectangle", ("eyes", "mouth"), 1)
    several = chosen_occlusions("", ["0,0,1,1", "0,0,0.5,0.5"], [])
    assert [one.name for one in several] == ["rectangle 1", "rectangle 2"]


@pytest.mark.parametrize(
    ("hide", "rectangles", "strokes", "said"),
    [
        ("ears", [], [], "no region called ears; there are eyes"),
        ("", [], [], "nothing is hidden"),
        ("", ["0.1,0.2,0.3"], [], "--rectangle 0.1,0.2,0.3: give X,Y,W,H"),
        ("", ["0.1,0.2,0,0.3"], [], "have to be above 0"),
        ("", ["a,b,c,d"], [], "give X,Y,W,H"),
        ("", ["0.1,0.2,nan,0.3"], [], "give X,Y,W,H"),
        ("", [], [""], "--stroke"),
        ("", [], ["0.2,0.4"], "--stroke 0.2,0.4"),
        ("", [], ["0.2,0.4 0"], "a width above 0"),
    ],
)
def test_what_cannot_be_hidden_is_refused(hide, rectangles, strokes, said):
    with pytest.raises(UserError, match=said):
        chosen_occlusions(hide, rectangles, strokes)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--hide", "eyes", "--out", "table.txt"), "written as .png"),
        (("--hide", "eyes", "--colour", "red"), "give six hexadecimal digits"),
        (("--hide", "eyes", "--encoder", "nobody"), "no encoder called 'nobody'"),
        ((), "nothing is hidden"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(capsys, arguments, said):
    assert lab(ONE, *arguments) == 2
    *notes, complaint = capsys.readouterr().err.strip().splitlines()
    assert said in complaint
    assert all(note.startswith("note: ") for note in notes)


@pytest.mark.slow
def test_a_table_and_a_figure_are_made_again(tmp_path, capsys):
    table, figure = tmp_path / "hidden.csv", tmp_path / "hidden.png"
    given = ("--hide", "eyes,mouth", "--rectangle", "0,0,0.1,0.1", "--encoder", "sface")
    assert lab(ONE, OTHER, *given, "--out", table, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert [one["photograph"] for one in said] == [ONE.name, OTHER.name]
    with table.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["what"] == "cosine"]
    scores = {(row["photograph"], row["hidden"]): float(row["after"]) for row in rows}
    for name in (ONE.name, OTHER.name):
        assert scores[name, "eyes"] < scores[name, "mouth"] + 0.3 < 1.3
        assert scores[name, "eyes"] < 0.9
        assert scores[name, "rectangle"] > 0.999  # a corner of the frame that the encoder hardly sees
    record = read_provenance(table)
    assert record["kind"] == "occlusion"
    assert [one["name"] for one in record["sources"]] == [ONE.name, OTHER.name]
    assert "embedding" not in json.dumps(record)
    for path in (table, table.with_name("hidden.csv.json")):
        assert path.stat().st_mode & 0o077 == 0
    assert cli.main(["reproduce", str(table), "--source", str(ONE), "--source", str(OTHER), "--device", "cpu"]) == 0
    told = capsys.readouterr().out
    assert "faces with parts hidden: the same to the last bit; largest difference 0.0e+00" in told
    assert (tmp_path / "hidden-again.csv").read_bytes() == table.read_bytes()
    assert cli.main(["reproduce", str(table), "--source", str(ONE), "--device", "cpu"]) == 2
    assert OTHER.name in capsys.readouterr().err
    assert lab(ONE, *given, "--fill", "blur", "--realign", "--out", figure) == 0
    assert "sface        cosine" in capsys.readouterr().out
    assert read_provenance(figure)["cover"] == {"fill": "blur", "colour": [0, 0, 0]}
    assert cli.main(["reproduce", str(figure), "--source", str(ONE), "--device", "cpu"]) == 0
    assert (tmp_path / "hidden-again.png").is_file()


def test_a_damaged_record_is_refused(tmp_path, capsys):
    table = tmp_path / "hidden.csv"
    table.write_text("a,b\n")
    record = {"format": "likeness-provenance/1", "kind": "occlusion", "sources": [], "occlusions": [], "encoders": []}
    table.with_name("hidden.csv.json").write_text(json.dumps(record))
    assert cli.main(["reproduce", str(table), "--source", str(ONE), "--device", "cpu"]) == 2
    assert "cannot be used" in capsys.readouterr().err
