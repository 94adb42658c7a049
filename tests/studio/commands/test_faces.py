"""`faces`, `embed` and `compare` on real photographs, and on what a user may hand them by mistake."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.science.recognition.registry import ENCODERS, encoder_spec
from explorer.science.recognition.score_reference import ScoreReference
from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.catalogue.networks import Networks
from explorer.studio.export.provenance import sidecar
from explorer.studio.faces.vectors import load_vector, write_vector
from tests.studio.reproducing.again_kit import two_faces

FACES = places.resources() / "faces"
ASTRONAUT, P002, P009 = (str(FACES / name) for name in ("astronaut.png", "synthetic-p002.jpg", "synthetic-p009.jpg"))


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command line; return its exit code, what it said, and its complaints."""

    def run(*arguments: object) -> tuple[int, str, str]:
        code = cli.main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def calibrated(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gallery of random vectors in place of the one that ships, so that its thresholds are known."""

    def calibration(_: Networks, encoder: str) -> ScoreReference:
        spec = encoder_spec(encoder)
        generator = torch.Generator().manual_seed(0)
        gallery = torch.nn.functional.normalize(torch.randn(64, spec.dimension, generator=generator))
        return ScoreReference(spec, gallery)

    monkeypatch.setattr(Networks, "calibration", calibration)


def blank(folder: Path, name: str = "wall.png") -> Path:
    Image.new("RGB", (300, 200), (90, 120, 140)).save(folder / name)
    return folder / name


def tiny(folder: Path) -> Path:
    """The astronaut's face, 14 px wide."""
    picture = Image.new("RGB", (200, 200), (90, 120, 140))
    picture.paste(Image.open(ASTRONAUT).crop((100, 20, 356, 276)).resize((40, 40)), (80, 80))
    picture.save(folder / "far.png")
    return folder / "far.png"


@pytest.mark.slow
def test_faces_are_listed(said: Any) -> None:
    code, out, err = said("faces", ASTRONAUT, P009)
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "astronaut.png: 1 face, 512 x 512 px"
    assert "px wide, from 181,68 to 271,176, score 0.8" in out
    assert "synthetic-p009.jpg: 1 face" in out


def test_faces_as_json_hold_the_five_points(said: Any) -> None:
    code, out, _ = said("faces", ASTRONAUT, "--json")
    assert code == 0
    (photograph,) = json.loads(out)
    assert (photograph["photograph"], photograph["width"], photograph["height"]) == ("astronaut.png", 512, 512)
    (face,) = photograph["faces"]
    eyes = np.array([[204.2, 101.2], [246.6, 102.8]])
    assert np.abs(np.array(face["points"])[:2] - eyes).max() < 2.5
    assert face["usable"] is True
    assert face["number"] == 1


@pytest.mark.slow
def test_one_bad_photograph_does_not_hide_the_others(said: Any, tmp_path: Path) -> None:
    (tmp_path / "letter.jpg").write_text("Dear Sir or Madam")
    code, out, err = said("faces", tmp_path / "letter.jpg", ASTRONAUT, blank(tmp_path))
    assert code == 2
    assert "astronaut.png: 1 face" in out
    first, second = err.splitlines()
    assert first.startswith("likeness: letter.jpg is a text file")
    assert second.startswith("likeness: no face found in wall.png")
    code, out, _ = said("faces", tmp_path / "letter.jpg", ASTRONAUT, "--json")
    assert code == 2
    assert ["error" in photograph for photograph in json.loads(out)] == [True, False]


def test_a_small_face_is_listed_as_too_small(said: Any, tmp_path: Path) -> None:
    code, out, _ = said("faces", tiny(tmp_path))
    assert code == 0
    assert "too small to be used" in out


@pytest.mark.slow
@pytest.mark.parametrize("command", ["embed", "compare"])
def test_mistakes_are_one_line_and_2(said: Any, tmp_path: Path, command: str, calibrated: None) -> None:
    (tmp_path / "cut.jpg").write_bytes(Path(P009).read_bytes()[:20_000])
    second = (ASTRONAUT,) if command == "compare" else ()
    for photograph, told in (
        (tmp_path / "cut.jpg", "cut.jpg is damaged or cut short"),
        (tmp_path / "absent.jpg", "there is no file"),
        (blank(tmp_path), "no face found in wall.png"),
        (tiny(tmp_path), "the face in far.png is only 1"),
    ):
        code, out, err = said(command, photograph, *second)
        assert (code, out) == (2, "")
        assert err.count("\n") == 1
        assert told in err


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["npy", "csv", "json"])
def test_an_embedding_is_written_for_its_owner_only(said: Any, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"stolen.{suffix}"
    code, out, _ = said("embed", ASTRONAUT, "--out", file)
    assert code == 0
    assert "512 numbers of arcface-mbf" in out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    code, out, _ = said("embed", ASTRONAUT, "--json")
    (record,) = json.loads(out)
    np.testing.assert_array_equal(load_vector(file).vector, np.array(record["vector"], np.float32))
    assert record["norm"] == pytest.approx(np.linalg.norm(record["vector"]))


def test_several_embeddings_go_into_a_folder(said: Any, tmp_path: Path) -> None:
    folder = tmp_path / "vectors"
    code, out, _ = said("embed", P002, P009, "--encoder", "sface", "--format", "json", "--out", folder, "--json")
    assert code == 0
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for record, stem in zip(json.loads(out), ("synthetic-p002", "synthetic-p009"), strict=True):
        assert "vector" not in record
        stored = load_vector(folder / f"{stem}.json")
        assert (stored.encoder, len(stored.vector)) == ("sface", 128)


def test_points_by_hand_stand_in_for_detection(said: Any, tmp_path: Path) -> None:
    _, out, _ = said("faces", ASTRONAUT, "--json")
    points = " ".join(f"{x},{y}" for x, y in json.loads(out)[0]["faces"][0]["points"])
    _, out, _ = said("embed", ASTRONAUT, "--json")
    found = np.array(json.loads(out)[0]["vector"])
    code, out, _ = said("embed", ASTRONAUT, "--points", points, "--json")
    assert code == 0
    (record,) = json.loads(out)
    assert record["points_by_hand"]
    placed = np.array(record["vector"])
    assert found @ placed / np.linalg.norm(found) / np.linalg.norm(placed) > 0.999


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--encoder", "nonsense"), "no encoder called 'nonsense'"),
        (("--out", "x.mat"), "x.mat: embeddings are written as"),
        (("--out", "folder", "--format", "mat"), "written as npy, csv or json"),
        (("--points", "1,2 3,4"), "five points"),
        (("--points", "1,2,3"), "is not five points"),
        (("--points", "here"), "is not five points"),
        (("--face", "2", "--out", "folder"), "there is no face 2 in astronaut.png: only 1 face found"),
        (("--face", "1", "--points", "1,2"), "not both"),
    ],
)
def test_what_embed_cannot_do_is_said(
    said: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = said("embed", ASTRONAUT, *arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_an_embedding_of_a_texture_is_remarked_upon(said: Any, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (512, 512, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    points = "190,220 322,220 256,300 205,370 307,370"
    code, out, err = said("embed", tmp_path / "noise.png", "--points", points, "--json")
    assert code == 0
    assert "norm" in json.loads(out)[0]["not_face_like"]
    assert "noise.png is not face-like: norm" in err
    _, out, err = said("embed", ASTRONAUT, "--json")
    assert "not_face_like" not in json.loads(out)[0]
    assert not err


def test_one_file_does_not_hold_two_embeddings(said: Any, tmp_path: Path) -> None:
    code, _, err = said("embed", P002, P009, "--out", tmp_path / "x.npy")
    assert code == 2
    assert "give a folder" in err


@pytest.mark.slow
def test_an_embedding_of_another_photograph_of_the_same_name_stays(said: Any, tmp_path: Path) -> None:
    folder = tmp_path / "vectors"
    first, second = (tmp_path / name / "me.jpg" for name in "ab")
    for copy, original in ((first, P002), (second, P009)):
        copy.parent.mkdir()
        shutil.copy(original, copy)
    code, out, err = said("embed", first, second, "--out", folder, "--json")
    assert code == 0
    assert [Path(record["file"]).name for record in json.loads(out)] == ["me.npy", "me-2.npy"]
    assert (
        err == f"{folder / 'me.npy'} holds another embedding, which stays: that of me.jpg is in {folder / 'me-2.npy'}\n"
    )
    vectors = {name: (folder / name).read_bytes() for name in ("me.npy", "me-2.npy")}
    assert len(set(vectors.values())) == 2
    said("embed", second, "--out", folder)
    code, out, err = said("embed", first, "--out", folder)
    assert (code, err) == (0, "")
    assert vectors == {path.name: path.read_bytes() for path in folder.glob("*.npy")}, "the same faces, the same files"
    (folder / "me.npy.json").unlink()
    code, out, err = said("embed", first, "--out", folder)
    assert "me-3.npy" in err, "a vector without a record is anyone's"
    assert (folder / "me.npy").read_bytes() == vectors["me.npy"]


@pytest.mark.slow
def test_a_file_that_is_named_is_replaced_and_that_is_said(said: Any, tmp_path: Path) -> None:
    file = tmp_path / "me.npy"
    assert said("embed", P002, "--out", file)[2] == ""
    assert said("embed", P002, "--out", file)[2] == ""
    assert said("embed", P009, "--out", file)[2] == f"{file} held something else, which is replaced\n"


@pytest.mark.slow
@pytest.mark.parametrize("command", ["embed", "compare"])
def test_one_bad_source_does_not_end_the_others(said: Any, tmp_path: Path, command: str, calibrated: None) -> None:
    wall = blank(tmp_path)
    code, out, err = said(command, P002, wall, tmp_path, P009, "--encoder", "sface", "--json")
    assert code == 2
    assert [line.partition(":")[0] for line in err.splitlines()] == ["likeness"] * 2
    assert "no face found in wall.png" in err.splitlines()[0]
    assert f"{tmp_path.name} is a folder" in err.splitlines()[1]
    assert "likeness batch" in err.splitlines()[1]
    printed = json.loads(out)
    if command == "compare":
        assert [(pair["a"], pair["b"]) for pair in printed["pairs"]] == [("synthetic-p002.jpg", "synthetic-p009.jpg")]
        assert [one["name"] for one in printed["failed"]] == ["wall.png", tmp_path.name]
    else:
        assert ["vector" in record for record in printed] == [True, False, False, True]
        assert [one["photograph"] for one in printed if "error" in one] == ["wall.png", tmp_path.name]


@pytest.mark.parametrize("name", [".", ""])
def test_an_empty_name_is_said_to_be_none(
    said: Any, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = said("faces", name, P002)
    assert code == 2
    assert err.startswith("likeness: an empty name, or '.', is a folder")
    assert err.count("\n") == 1
    assert "synthetic-p002.jpg: 1 face" in out
    code, out, _ = said("faces", name, "--json")
    assert code == 2
    assert [record["photograph"] for record in json.loads(out)] == ["."]


@pytest.mark.slow
@pytest.mark.parametrize("command", ["embed", "compare"])
def test_that_there_are_other_faces_is_said(said: Any, tmp_path: Path, command: str, calibrated: None) -> None:
    two = two_faces(tmp_path)
    more = ("--encoder", "sface", *((P002,) if command == "compare" else ()))
    code, _, err = said(command, two, *more)
    assert code == 0
    assert err == (
        "two.png: face 1 of 2 is taken, the most prominent one; choose another with --face, as `likeness faces` "
        "numbers them\n"
    )
    assert said(command, two, *more, "--face", "2")[2] == ""


@pytest.mark.slow
def test_comparison_under_every_encoder(said: Any, calibrated: None) -> None:
    code, out, _ = said("compare", P002, P002, P009, "--json")
    assert code == 0
    same, other, again = json.loads(out)["pairs"]
    assert [score["encoder"] for score in same["scores"]] == list(ENCODERS.names())
    for one, two, three in zip(same["scores"], other["scores"], again["scores"], strict=True):
        assert one["score"] == pytest.approx(1.0 if one["measure"] == "cosine" else 0.0, abs=1e-5)
        assert one["passes"]
        assert one["fmr"] == 0
        assert two["score"] == pytest.approx(three["score"])
        assert two["fmr"] >= one["fmr"]
    dlib = {score["encoder"]: score for score in other["scores"]}["dlib-resnet"]
    assert dlib["own_threshold"] == 0.6
    assert dlib["passes_own"] == (dlib["score"] <= 0.6)


@pytest.mark.slow
def test_comparison_in_words(said: Any, calibrated: None) -> None:
    code, out, _ = said("compare", P002, P002)
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "synthetic-p002.jpg and synthetic-p002.jpg"
    assert len(lines) == 2 + len(ENCODERS.names())
    assert all("threshold, FMR below" in line for line in lines[1:-1])
    assert lines[-1] == "  Threshold (at FMR 1e-3) and FMR are among generated faces."


@pytest.mark.slow
def test_a_comparison_says_what_strangers_on_photographs_do_at_each_threshold(said: Any) -> None:
    code, out, _ = said("compare", P002, P002, P009, "--encoder", "sface")
    assert code == 0
    *_, heading, line = out.splitlines()
    assert heading.endswith("among generated faces. Strangers on photographs who pass the threshold:")
    assert line.split()[0] == "sface"
    assert " on ORL, " in line
    assert line.endswith(" % on openpeople")
    assert out.count("ORL") == 1, "said once for all pairs"
    code, out, _ = said("compare", P002, P009, "--encoder", "sface", "--json")
    (score,) = json.loads(out)["pairs"][0]["scores"]
    assert score["population"] == "generated"
    orl, openpeople = score["photographs"]
    assert (orl["population"], orl["people"], orl["pairs"]) == ("orl", 40, 78_000)
    assert orl["low"] <= orl["passing"] / orl["pairs"] <= orl["high"]
    assert openpeople["population"] == "openpeople"


@pytest.mark.slow
def test_a_bare_vector_is_compared_under_its_own_encoder(said: Any, tmp_path: Path, calibrated: None) -> None:
    for suffix in ("json", "npy"):
        said("embed", P002, "--encoder", "sface", "--out", tmp_path / f"x.{suffix}")
    code, out, _ = said("compare", tmp_path / "x.json", P002, "--json")
    assert code == 0
    (score,) = json.loads(out)["pairs"][0]["scores"]
    assert score["encoder"] == "sface"
    assert score["score"] == pytest.approx(1, abs=1e-5)
    code, out, err = said("compare", tmp_path / "x.npy", P002, "--json")
    assert code == 0
    assert "x.npy: 128 numbers of sface, as its record says, norm" in err
    assert [one["encoder"] for one in json.loads(out)["pairs"][0]["scores"]] == ["sface"]
    code, _, err = said("compare", tmp_path / "x.npy", P002, "--encoder", "dlib-resnet")
    assert code == 2
    assert "x.npy is an embedding of sface, not of dlib-resnet, as the record beside it says" in err
    sidecar(tmp_path / "x.npy").unlink()
    code, _, err = said("compare", tmp_path / "x.npy", P002)
    assert code == 2
    assert "give it with --encoder" in err
    code, _, err = said("compare", tmp_path / "x.npy", P002, "--encoder", "arcface-mbf")
    assert code == 2
    assert "x.npy has 128 numbers, but arcface-mbf makes 512" in err
    said("embed", P002, "--encoder", "dlib-resnet", "--out", tmp_path / "y.json")
    code, _, err = said("compare", tmp_path / "x.json", tmp_path / "y.json")
    assert code == 2
    assert "different encoders" in err


@pytest.mark.slow
def test_a_scaled_embedding_is_compared_by_its_direction_and_remarked_upon(
    said: Any, tmp_path: Path, calibrated: None
) -> None:
    for encoder in ("sface", "dlib-resnet"):
        said("embed", P002, "--encoder", encoder, "--out", tmp_path / f"{encoder}.json")
        scaled = load_vector(tmp_path / f"{encoder}.json").vector * np.float32(1e30)
        write_vector(tmp_path / f"{encoder}-scaled.json", scaled, encoder)
    code, out, err = said("compare", tmp_path / "sface.json", tmp_path / "sface-scaled.json", "--json")
    assert code == 0
    assert json.loads(out)["pairs"][0]["scores"][0]["score"] == pytest.approx(1, abs=1e-5)
    assert "note: sface-scaled.json: its norm is" in err
    code, out, err = said("compare", tmp_path / "dlib-resnet.json", tmp_path / "dlib-resnet-scaled.json")
    assert code == 0
    assert "note: dlib-resnet-scaled.json: its norm is" in err
    assert "note: dlib-resnet.json" not in err


def test_comparing_takes_two(said: Any) -> None:
    code, _, err = said("compare", P002)
    assert code == 2
    assert "at least two" in err


@pytest.mark.slow
@pytest.mark.parametrize("name", ["x.npz", "x.pkl", "x.txt"])
def test_an_embedding_is_no_photograph(said: Any, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"1 2 3")
    code, _, err = said("embed", tmp_path / name)
    assert code == 2
    assert f"{name} is by its ending an embedding: a photograph is needed here" in err
    code, _, err = said("compare", tmp_path / name, P002)
    assert code == 2
    assert name in err
    assert "photograph" not in err
