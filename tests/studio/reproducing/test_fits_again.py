"""Fits made again from one of their files alone: the same parameters, of the right face, by the right model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import png_bytes, read_provenance, write_sidecar
from explorer.studio.geometry import fit_numbers
from tests.studio.reproducing.again_kit import P002, P005, made_again, two_faces

pytestmark = pytest.mark.slow

SMALL = ["--texture", "64", "--level", "0"]


def fitted(folder: Path, photograph: Path, *options: str) -> Path:
    """The folder with the files of a fit."""
    assert cli.main(["fit", str(photograph), *SMALL, "--out", str(folder), *options]) == 0
    return folder


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a fit that was refined."""
    return fitted(tmp_path_factory.mktemp("fit"), P002)


@pytest.fixture
def folder(files: Path, tmp_path: Path) -> Path:
    """A copy that a test may write to."""
    return Path(shutil.copytree(files, tmp_path / "fit"))


def test_a_texture_is_made_again_to_the_last_bit(folder: Path) -> None:
    figure = folder / "synthetic-p002-completed.png"
    made = made_again(figure, P002)
    assert made.files == (folder / "synthetic-p002-completed-again.png",)
    assert made.same
    assert made.deviation.largest == 0
    assert made.differences == ()
    np.testing.assert_array_equal(*(np.asarray(Image.open(path)) for path in (figure, made.files[0])))
    then, now = read_provenance(figure), read_provenance(made.files[0])
    assert {**now, "created": ""} == {**then, "created": ""}
    assert then["steps"] > 0
    assert "identity" not in then["fit"], "the shape of a face is not in the record of its pictures"


def test_the_numbers_stand_for_the_whole_fit(folder: Path) -> None:
    before = {path.name for path in folder.iterdir()}
    made = made_again(folder / "synthetic-p002-fit.json", P002)
    assert made.deviation.largest == 0
    assert made.deviation.count > 100, "every parameter was compared"
    assert made.deviation.changed == ()
    again = {path.name for path in folder.iterdir()} - before
    assert "synthetic-p002-again-fit.json" in again
    textures = {name for name in again if name.startswith("material")}
    assert {name.replace("-again", "") for name in again - textures} <= before


def test_meshes_bring_what_belongs_to_them(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "mesh.obj"
    made = made_again(folder / "synthetic-p002.obj", P002, out=out)
    assert out.read_bytes().count(b"\nv ") == (folder / "synthetic-p002.obj").read_bytes().count(b"\nv ")
    assert {out, tmp_path / "mesh.mtl", tmp_path / "mesh.obj.json"} < set(made.files)
    with pytest.raises(UserError, match=r"x\.stl: this part of a fit is written as \.obj"):
        made_again(folder / "synthetic-p002.obj", P002, out=tmp_path / "x.stl")


def test_how_far_a_parameter_lies_is_said(folder: Path) -> None:
    path = folder / "synthetic-p002-fit.json"
    said = json.loads(path.read_text())
    said["identity"][3] += 2
    path.write_text(json.dumps(said))
    made = made_again(path, P002)
    assert made.deviation.largest == pytest.approx(2, abs=1e-4)
    assert made.deviation.where == "identity 3"


def test_of_two_faces_the_right_one_is_fitted(tmp_path: Path) -> None:
    photograph = two_faces(tmp_path)
    folder = fitted(tmp_path / "fit", photograph, "--face", "2", "--no-refine")
    made = made_again(folder / "two-overlay.png", photograph)
    assert made.same
    record = read_provenance(folder / "two-overlay.png")
    assert record["steps"] == 0
    other = {**record, "points": [[x - 360, y] for x, y in record["points"]]}
    (folder / "other.png").write_bytes(png_bytes(np.zeros((8, 8, 3), np.uint8), other))
    assert not made_again(folder / "other.png", photograph).same


def test_a_batch_writes_fits_that_can_be_made_again(tmp_path: Path) -> None:
    source = tmp_path / "in" / "person.jpg"
    source.parent.mkdir()
    shutil.copy(P002, source)
    assert cli.main(["batch", "fit", str(source.parent), "--out", str(tmp_path / "out"), "--no-refine"]) == 0
    (figure,) = (tmp_path / "out").rglob("person-overlay.png")
    assert made_again(figure, source).same


def test_a_model_of_ones_own_is_asked_for_by_its_digest(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "mine.safetensors"
    own.write_bytes((places.models() / "morphable-model.safetensors").read_bytes())
    mine = fitted(tmp_path / "mine", P002, "--no-refine", "--model", str(own))
    figure = mine / "synthetic-p002-overlay.png"
    with pytest.raises(UserError, match=r"by your own model .*: give that file as --source, too"):
        made_again(figure, P002)
    assert made_again(figure, P002, own).same
    monkeypatch.setattr(fit_numbers, "file_digest", lambda path: "0" * 64)
    made = made_again(folder / "synthetic-p002-overlay.png", P002)
    assert [line for line in made.differences if line.startswith("network morphable-model: sha256")]


def test_a_model_that_was_a_folder_is_not_guessed(folder: Path) -> None:
    with pytest.raises(UserError, match="read from a folder"):
        tampered(folder, own_model=True, networks={})


def test_another_photograph_is_refused(folder: Path) -> None:
    with pytest.raises(UserError, match=r"was made from synthetic-p002\.jpg .*, and synthetic-p005\.jpg has"):
        made_again(folder / "synthetic-p002-known.png", P005)


def tampered(folder: Path, **change: Any) -> None:
    mesh = folder / "synthetic-p002.glb"
    write_sidecar(mesh, {**read_provenance(mesh), **change})
    made_again(mesh, P002)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"points": [[0, 0]] * 4}, "points"),
        ({"steps": 10**9}, "steps"),
        ({"level": 9}, "level"),
        ({"texture": 10**6}, "texture"),
        ({"landmarks_by": "luck"}, "landmarks_by"),
        ({"fit": {"yaw": "left"}}, r"fit\.yaw"),
        ({"part": "../../x"}, "part: "),
    ],
)
def test_a_damaged_record_is_one_line(folder: Path, change: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError, match=told) as caught:
        tampered(folder, **change)
    assert "\n" not in str(caught.value)


def test_a_record_of_an_earlier_version_says_so(folder: Path) -> None:
    mesh = folder / "synthetic-p002.glb"
    record = read_provenance(mesh)
    for key in ("fit", "part", "points", "networks"):
        del record[key]
    write_sidecar(mesh, record)
    with pytest.raises(UserError, match="earlier version of this program"):
        made_again(mesh, P002)


@pytest.mark.parametrize("content", ['{"provenance": 7}', "{", '{"provenance": {"format": "else"}}'])
def test_numbers_that_are_none_are_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "x-fit.json").write_text(content)
    with pytest.raises(UserError, match=r"x-fit\.json"):
        read_provenance(tmp_path / "x-fit.json")
