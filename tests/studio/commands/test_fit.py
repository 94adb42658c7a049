"""`fit` on a synthetic portrait: what it says, what it writes, and what it refuses."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image

from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.geometry.fitting import load_morphable_model
from tests.science.geometry.model_writers import geometry, write_surrey

P002 = places.resources() / "faces" / "synthetic-p002.jpg"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command line; return its exit code, what it said, and its complaints."""

    def run(*arguments: object) -> tuple[int, str, str]:
        code = cli.main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.mark.slow
def test_a_portrait_is_fitted_and_exported(said: Any, tmp_path: Path) -> None:
    folder = tmp_path / "fit"
    code, out, err = said("fit", P002, "--no-refine", "--texture", 128, "--level", 0, "--out", folder, "--json")
    assert (code, err) == (0, "")
    record = json.loads(out)
    assert record["relative_landmark_error"] < 0.04
    assert abs(record["pose"]["yaw"]) < 30
    assert set(record["expression"]) >= {"jawOpen", "mouthSmileLeft"}
    for name in record["files"]:
        assert stat.S_IMODE(Path(name).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    stem = folder / "synthetic-p002"
    for kind in ("glb", "obj"):
        mesh = trimesh.load(f"{stem}.{kind}", force="mesh", process=False)
        assert len(mesh.faces) == 6326
        assert mesh.visual.uv is not None
        assert np.ptp(mesh.vertices, axis=0)[1] > 150
    completed, visible = (np.asarray(Image.open(f"{stem}-{kind}.png")) for kind in ("completed", "visibility"))
    assert completed.shape == (128, 128, 3)
    # The middle of the face is seen, and has the colour of skin: more red than blue.
    assert visible[70:90, 54:74].mean() > 200
    assert completed[70:90, 54:74, 0].mean() > completed[70:90, 54:74, 2].mean()
    assert json.loads(Path(f"{stem}-fit.json").read_text())["sha256"] == record["sha256"]


@pytest.mark.slow
def test_the_fit_says_its_angles(said: Any) -> None:
    code, out, _ = said("fit", P002, "--no-refine")
    assert code == 0
    assert out.startswith("synthetic-p002.jpg: Likeness head, yaw ")
    assert "of the outer eye corners' distance" in out


@pytest.mark.slow
def test_one_file_of_a_fit_is_written_where_its_ending_says_so(said: Any, tmp_path: Path) -> None:
    code, out, _ = said(
        "fit", P002, "--no-refine", "--texture", 64, "--level", 0, "--out", tmp_path / "face.glb", "--json"
    )
    assert code == 0
    assert json.loads(out)["files"] == [str(tmp_path / name) for name in ("face.glb", "face.glb.json")]
    assert trimesh.load(tmp_path / "face.glb", force="mesh", process=False).visual.uv is not None
    assert said("fit", P002, "--no-refine", "--out", tmp_path / "new" / "numbers.json")[0] == 0
    assert json.loads((tmp_path / "new" / "numbers.json").read_text())["photograph"] == P002.name
    assert sorted(path.name for path in tmp_path.iterdir()) == ["face.glb", "face.glb.json", "new"]


@pytest.mark.slow
def test_a_second_fit_of_the_same_name_stands_beside_the_first(said: Any, tmp_path: Path) -> None:
    arguments = ("--no-refine", "--texture", 64, "--level", 0, "--out", tmp_path / "fit")
    other = tmp_path / P002.name
    shutil.copy(P002.with_name("synthetic-p005.jpg"), other)
    said("fit", P002, *arguments)
    before = {path.name: path.read_bytes() for path in (tmp_path / "fit").iterdir()}
    code, _, err = said("fit", other, *arguments)
    assert code == 0
    assert err == f"{tmp_path / 'fit'} holds an earlier result, which stays: this one goes to {tmp_path / 'fit-2'}\n"
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "fit").iterdir()}
    assert set(before) == {path.name for path in (tmp_path / "fit-2").iterdir()}
    assert said("fit", other.rename(tmp_path / "another.jpg"), *arguments)[2] == "", "other names are no mixture"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--landmarks", "luck"), "landmarks are found by dlib or mediapipe"),
        (("--model", "absent.mat"), "absent.mat: there is no such file or folder"),
        (("--model", "absent.safetensors"), "there is no such file"),
        (("--face", "3"), "there is no face 3"),
        (("--out", "face.png"), "give a folder, or a name that ends in .glb, .obj, .json"),
        (("--out", "face.stl"), "give a folder, or a name that ends in .glb, .obj, .json"),
    ],
)
def test_mistakes_are_one_line_and_2(
    said: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = said("fit", P002, "--no-refine", "--out", "x", *arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert told in err
    assert list(tmp_path.iterdir()) == []


def test_a_photograph_without_a_face_is_refused(said: Any, tmp_path: Path) -> None:
    Image.new("RGB", (300, 300), (90, 120, 90)).save(tmp_path / "wall.png")
    code, _, err = said("fit", tmp_path / "wall.png")
    assert code == 2
    assert "no face found in wall.png" in err


def test_a_foreign_model_file_is_refused(said: Any, tmp_path: Path) -> None:
    for name in ("model.pkl", "model.h5", "model.safetensors"):
        (tmp_path / name).write_bytes(b"Dear Sir or Madam")
        code, _, err = said("fit", P002, "--model", tmp_path / name)
        assert code == 2
        assert name in err


@pytest.mark.slow
def test_a_model_in_its_makers_layout_is_fitted_textured_exported_and_fitted_again(said: Any, tmp_path: Path) -> None:
    head = geometry(load_morphable_model(), seed=1)
    assert head.landmarks is not None
    model, marked = write_surrey(tmp_path, head), tmp_path / "mine.txt"
    marked.write_text("\n".join(map(str, head.landmarks.tolist())))
    cheap = ("--no-refine", "--texture", 128, "--level", 0, "--json")
    out = tmp_path / "fit"
    code, told, err = said("fit", P002, *cheap, "--out", out, "--model", model, "--landmarks", marked)
    assert (code, err) == (0, "")
    record = json.loads(told)
    assert record["relative_landmark_error"] < 0.04
    assert record["model_landmarks"] == head.landmarks.tolist()
    completed = np.asarray(Image.open(out / "synthetic-p002-completed.png"))
    assert completed[60:80, 54:74, 0].mean() > completed[60:80, 54:74, 2].mean()
    assert trimesh.load(out / "synthetic-p002.obj", force="mesh", process=False).visual.uv is not None
    marked.unlink()
    sources = ("--source", P002, "--source", model)
    code, told, err = said("reproduce", out / "synthetic-p002-fit.json", *sources, "--out", tmp_path / "again-fit.json")
    assert (code, err) == (0, ""), "the record says where the landmarks are"


def test_a_file_of_landmarks_wants_a_model_of_ones_own(said: Any, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("1 " * 68)
    code, _, err = said("fit", P002, "--no-refine", "--landmarks", tmp_path / "mine.txt")
    assert code == 2
    assert "the landmarks of this model are known" in err
