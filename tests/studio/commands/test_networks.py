"""`likeness networks`: what is imported is a choice of every command from then on, and what is wrong is one line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.catalogue.brought_encoders import register_brought_encoders
from explorer.studio.catalogue.networks import Networks
from tests.studio.bringing.network_kit import NUMBERS, PaintedDetector, paint_files, projection_file

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(places.STATE_VARIABLE, str(tmp_path / "state"))
    monkeypatch.setattr(Networks, "detector", lambda self: PaintedDetector())
    yield
    monkeypatch.setenv(places.STATE_VARIABLE, str(tmp_path / "nothing"))
    register_brought_encoders()


@pytest.fixture
def people(tmp_path: Path) -> Path:
    assert len(list(paint_files(tmp_path / "painted"))) == 30
    return tmp_path / "painted"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return projection_file(tmp_path / "Tiny.onnx")


def test_import_list_use_and_remove(
    file: Path, people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["networks", "import", str(file), "--licence", "for tests", "--people", str(people), "--no-gallery"]
    assert cli.main(given) == 0
    said = capsys.readouterr().out
    assert f"{NUMBERS} numbers by the layer vector, from faces of 112 x 112 px" in said
    assert "*  1 1.000 [1.000, 1.000]" in said
    assert "* is proposed: under it the 6 people of painted are told apart best" in said
    assert "no threshold at FMR 1e-3: too few pairs of strangers" in said
    assert "licence: for tests (no commercial use); from Tiny.onnx" in said
    assert cli.main(["networks", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["built_in"][:1] == ["arcface-mbf"]
    assert [one["id"] for one in listed["own"]] == ["tiny"]
    photo, out = people / "p1" / "0.png", tmp_path / "vector.json"
    assert cli.main(["embed", str(photo), "--encoder", "tiny", "--out", str(out)]) == 0
    assert out.exists()
    capsys.readouterr()
    assert cli.main(["networks", "remove", "tiny"]) == 0
    assert "tiny is removed; it came from Tiny.onnx" in capsys.readouterr().out
    assert cli.main(["embed", str(photo), "--encoder", "tiny", "--out", str(tmp_path / "other.json")]) == 2
    said = capsys.readouterr().err
    assert "no encoder called 'tiny'" in said
    assert said.count("\n") == 1


def test_the_record_holds_card_and_table_and_another_line_can_be_taken(
    file: Path, people: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["networks", "import", str(file), "--licence", "own", "--name", "mine", "--people", str(people)]
    assert cli.main([*given, "--no-gallery", "--choose", "2", "--commercial", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["id"], record["chosen"], record["proposed"], record["commercial"]) == ("mine", 2, False, True)
    assert Path(record["path"]).read_bytes() == file.read_bytes()
    assert Path(record["card"]).read_text().startswith("# mine: an encoder of your own")
    taken = record["table"][1]
    assert (record["input"]["framing"], record["input"]["colour"]) == (taken["framing"], taken["colour"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "under which terms may the network be used?"),
        (["--licence", "any", "--name", "sface"], "called sface already"),
        (["--licence", "any", "--template", "oval"], "--template oval: take one of arcface, box, frame"),
        (["--licence", "any", "--template", "arcface:2"], "only a box has a factor"),
        (["--licence", "any", "--size", "big"], "--size big: give pixels"),
        (["--licence", "any", "--colour", "grb"], "--colour grb: take one of rgb, bgr"),
        (["--licence", "any", "--normalisation", "z"], "--normalisation z: take one of 127.5, 128, unit"),
        (["--licence", "any", "--similarity", "dot"], "--similarity dot: take one of cosine, euclidean"),
        (["--licence", "any", "--people", "/no/such"], "there is no folder"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_done(
    file: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert cli.main(["networks", "import", str(file), *options]) == 2
    complaint = capsys.readouterr().err
    assert said in complaint
    assert complaint.count("\n") == 1


@pytest.mark.parametrize("content", [b"no network", b"\x80\x04cos\nsystem\n."])
def test_a_file_that_is_no_network_is_one_line(
    tmp_path: Path, people: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.onnx").write_bytes(content)
    given = ["networks", "import", str(tmp_path / "a.onnx"), "--licence", "any", "--people", str(people)]
    assert cli.main(given) == 2
    complaint = capsys.readouterr().err
    assert complaint.startswith("likeness: a.onnx: ")
    assert complaint.count("\n") == 1


def test_a_network_that_tells_nobody_is_refused(
    tmp_path: Path, people: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The people change their pictures with each other, so that a person is as near as anybody."""
    for number in range(5):
        for person in range(6):
            source = people / f"p{person}" / f"{number}.png"
            source.rename(people / f"p{(person + number) % 6}" / f"{number}-moved.png")
    network = projection_file(tmp_path / "tiny.onnx")
    given = ["networks", "import", str(network), "--licence", "any", "--people", str(people), "--no-gallery"]
    assert cli.main(given) == 2
    assert "the same person is not nearer than others under any convention" in capsys.readouterr().err
