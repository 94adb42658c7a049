"""`likeness batch`: a folder embedded for real, gone on with, and refusals in one line."""

import csv
import json
import shutil

import numpy as np
import pytest
from PIL import Image

from explorer.studio import places
from explorer.studio.app import cli
from tests.studio.reproducing.again_kit import two_faces

FACES = places.resources() / "faces"


@pytest.mark.slow
def test_a_folder_is_embedded_and_what_is_finished_is_not_done_again(tmp_path, capsys):
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    shutil.copy(FACES / "synthetic-p002.jpg", folder)
    Image.new("RGB", (300, 300), "grey").save(folder / "blank.jpg")
    command = ["batch", "embed", str(folder), "--out", str(out), "--encoder", "sface", "--device", "cpu"]
    assert cli.main([*command, "--json"]) == 2
    said, told = capsys.readouterr()
    assert told.splitlines()[-1].startswith("likeness: ")
    said = json.loads(said)
    assert said["files"] == 2
    (failed,) = said["failed"]
    assert failed["file"] == "blank.jpg"
    assert "no face found" in failed["reason"]
    (row,) = said["rows"]
    vector = np.load(out / row["folder"] / "embedding.npy")
    assert row["norm"] == pytest.approx(float(np.linalg.norm(vector)))
    lines = csv.DictReader((out / "table.csv").read_text().splitlines())
    assert [line["status"] for line in lines] == ["failed", "done"]
    assert cli.main(command) == 2, "what failed before has failed"
    said, told = capsys.readouterr()
    assert told.count("finished before") == 2
    assert told.splitlines()[-1].startswith("likeness: ")
    assert "blank.jpg" in told.splitlines()[-1]
    assert "1 of 2 files finished; --retry tries the others again" in said
    (folder / "blank.jpg").unlink()
    assert cli.main(command) == 0
    assert "1 of 1 files finished\n" in capsys.readouterr().out


@pytest.mark.slow
def test_a_photograph_of_several_faces_is_named_and_counted(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    two_faces(tmp_path / "in")
    shutil.copy(FACES / "synthetic-p002.jpg", tmp_path / "in")
    out = tmp_path / "out"
    command = ["batch", "embed", str(tmp_path / "in"), "--out", str(out), "--encoder", "sface", "--device", "cpu"]
    assert cli.main([*command, "--json"]) == 0
    said, told = capsys.readouterr()
    assert {row["file"]: row["faces"] for row in json.loads(said)["rows"]} == {"synthetic-p002.jpg": 1, "two.png": 2}
    assert "two.png shows several faces" in told
    assert "`likeness embed PHOTO --face`" in told


def refused(arguments, capsys) -> str:
    assert cli.main(arguments) == 2
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    return complaint


def test_wrong_folders_are_refused(tmp_path, capsys):
    missing = ["batch", "embed", str(tmp_path / "missing"), "--out", str(tmp_path / "out")]
    assert "is not a folder" in refused(missing, capsys)
    assert "no photographs" in refused(["batch", "fit", str(tmp_path), "--out", str(tmp_path / "out")], capsys)
    (tmp_path / "a.jpg").write_bytes(b"x")
    inside = ["batch", "embed", str(tmp_path), "--out", str(tmp_path / "out")]
    assert "would be taken for photographs" in refused(inside, capsys)


def test_unknown_encoders_and_formats_are_refused(tmp_path, capsys):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"x")
    out = str(tmp_path / "out")
    assert "no encoder called" in refused(["batch", "embed", str(folder), "--out", out, "--encoder", "facenet"], capsys)
    assert "figure" in refused(["batch", "invert", str(folder), "--out", out, "--figure", "bmp"], capsys)
    assert not (tmp_path / "out").exists()
