"""`likeness invert`: a real run from a photograph and from its bare embedding, and refusals in one line."""

import json

import numpy as np
import pytest
from PIL import Image

from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.export.provenance import read_provenance
from explorer.studio.inversion.record import InversionRun

FACE = places.resources() / "faces" / "synthetic-p002.jpg"
POINTS = "262,253 370,250 318,317 276,368 363,366"
QUICK = ["--steps", "2", "--starts", "2", "--contest", "1", "--finish", "1", "--resolution", "128", "--device", "cpu"]


@pytest.mark.slow
def test_a_photograph_and_its_bare_embedding_give_the_same_face(tmp_path, capsys):
    vector = tmp_path / "stolen.npy"
    assert cli.main(["embed", str(FACE), "--encoder", "arcface-mbf", "--out", str(vector)]) == 0
    capsys.readouterr()
    out = tmp_path / "out"
    assert cli.main(["invert", str(FACE), str(vector), "--out", str(out), *QUICK, "--figure", "png,svg", "--json"]) == 0
    photograph, bare = json.loads(capsys.readouterr().out)
    assert [score["encoder"] for score in bare["scores"]] == ["arcface-mbf"]
    assert {score["encoder"] for score in photograph["scores"]} == {"arcface-mbf", "sface", "edgeface-s", "dlib-resnet"}
    assert photograph["steps"][-1]["cosine"] == pytest.approx(bare["steps"][-1]["cosine"], abs=1e-4)
    for folder in (out / FACE.stem, out / "stolen"):
        with Image.open(folder / "result.png") as result:
            assert result.size == (1024, 1024)
        InversionRun.model_validate_json((folder / "run.json").read_text())
        assert (folder / "figure.svg").exists()
        assert (folder / "figure.png").stat().st_mode & 0o077 == 0
    assert read_provenance(out / FACE.stem / "figure.png")["settings"]["steps"] == 2


@pytest.mark.slow
def test_points_placed_by_hand_are_those_of_the_run(tmp_path, capsys):
    assert cli.main(["invert", str(FACE), "--points", POINTS, "--out", str(tmp_path), *QUICK, "--json"]) == 0
    (run,) = json.loads(capsys.readouterr().out)
    assert run["target"]["points"] == [[float(x) for x in pair.split(",")] for pair in POINTS.split()]
    assert run["target"]["points_by_hand"]


def blank(path):
    Image.new("RGB", (300, 300), "grey").save(path)


def tiny(path):
    Image.open(FACE).resize((40, 40)).save(path)


def text(path):
    path.write_text("this is no photograph")


def truncated(path):
    path.write_bytes(FACE.read_bytes()[:2000])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (blank, "no face"),
        (tiny, "face"),
        (text, "input.jpg"),
        (truncated, "input.jpg"),
        (lambda path: None, "input.jpg"),
    ],
    ids=["no face", "tiny face", "text", "truncated", "missing"],
)
def test_a_picture_that_cannot_be_used_is_one_line_and_exit_code_2(make, message, tmp_path, capsys):
    path = tmp_path / "input.jpg"
    make(path)
    assert cli.main(["invert", str(path), "--out", str(tmp_path / "out"), *QUICK]) == 2
    complaint = capsys.readouterr().err
    assert message in complaint
    assert complaint.count("\n") == 1
    assert not (tmp_path / "out").exists(), "what came to nothing leaves nothing behind"


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--encoder", "facenet"], "no encoder called 'facenet'"),
        (["--weight", "beauty=1"], "no loss term called 'beauty'"),
        (["--weight", "identity=much"], "give a number"),
        (["--preset", "secret"], "there are default, paper"),
        (["--targets", "mine"], "targets"),
        (["--figure", "bmp"], "no figure format"),
        (["--film", "avi"], "mp4 or gif"),
        (["--space", "S"], "space"),
        (["--device", "cuda:99"], "no such device"),
        (["--face", "7"], "only 1 face"),
        (["--points", "1,2 3,4"], "is not five points"),
        (["--points", POINTS, "--face", "1"], "not both"),
        (["--points", POINTS, str(FACE)], "one photograph at a time"),
    ],
)
def test_a_wrong_flag_is_one_line_and_exit_code_2(flags, message, tmp_path, capsys):
    assert cli.main(["invert", str(FACE), "--out", str(tmp_path / "out"), *QUICK, *flags]) == 2
    complaint = capsys.readouterr().err
    assert message in complaint
    assert complaint.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_vector_of_another_encoder_is_refused(tmp_path, capsys):
    path = tmp_path / "vector.npy"
    np.save(path, np.ones(128, np.float32))
    out = ["--out", str(tmp_path / "out"), *QUICK]
    assert cli.main(["invert", str(path), *out, "--encoder", "arcface-mbf"]) == 2
    assert "512" in capsys.readouterr().err
    assert cli.main(["invert", str(path), *out]) == 2
    assert "sface and dlib-resnet make so many; give it with --encoder" in capsys.readouterr().err


def test_a_vector_has_no_photograph_to_take_targets_from(tmp_path, capsys):
    path = tmp_path / "vector.npy"
    np.save(path, np.ones(128, np.float32))
    out = tmp_path / "out"
    assert (
        cli.main(["invert", str(path), "--out", str(out), *QUICK, "--targets", "photograph", "--encoder", "sface"]) == 2
    )
    complaint = capsys.readouterr().err
    assert "--targets vector" in complaint
    assert complaint.count("\n") == 1
    assert not out.exists()


def test_a_vector_has_no_points(tmp_path, capsys):
    assert cli.main(["invert", str(tmp_path / "v.npy"), "--points", POINTS, "--out", str(tmp_path / "out")]) == 2
    assert "v.npy is an embedding" in capsys.readouterr().err
