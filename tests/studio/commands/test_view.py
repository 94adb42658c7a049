"""`visibility` and what `render` refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import save_file

from explorer.science.geometry.morphable_model import to_tensors
from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.commands.visibility import parsed_degrees
from explorer.studio.errors import UserError
from explorer.studio.geometry.fitting import load_morphable_model

P002 = places.resources() / "faces" / "synthetic-p002.jpg"


def test_degrees_are_read_with_both_ends() -> None:
    assert parsed_degrees("-90:90:5") == [float(yaw) for yaw in range(-90, 91, 5)]
    assert parsed_degrees("-30,0,12.5") == [-30, 0, 12.5]
    assert parsed_degrees("20") == [20]
    for wrong in ("", "a:b:c", "0:10:0", "-120:0:10", "0:90:0.01"):
        with pytest.raises(UserError, match="--yaw"):
            parsed_degrees(wrong)


def test_the_mean_face_is_seen_most_from_the_front(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    arguments = ["visibility", "--yaw", "-60:60:60", "--size", "32", "--out", str(tmp_path / "maps"), "--json"]
    assert cli.main(arguments) == 0
    record = json.loads(capsys.readouterr().out)
    left, front, right = (row["exact_share"] for row in record["yaws"])
    assert front > left == pytest.approx(right, abs=0.03)
    assert [Path(row["file"]).exists() for row in record["yaws"]] == [True] * 3


@pytest.mark.slow
def test_a_photograph_is_rendered_turned(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "new" / "turned.png"
    assert (
        cli.main(["render", str(P002), "--no-refine", "--yaw", "30", "--size", "96", "--out", str(out), "--json"]) == 0
    )
    assert json.loads(capsys.readouterr().out)["scene"]["yaw"] == 30
    picture = np.asarray(Image.open(out)).astype(int)
    assert picture.shape == (96, 96, 3)
    # Skin in the middle: more red than blue.
    assert (picture[30:60, 40:60, 0] - picture[30:60, 40:60, 2]).mean() > 10


def test_maps_of_other_angles_stand_beside_the_first(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    maps = tmp_path / "maps"
    for yaw, folder in (("0", "maps"), ("10", "maps-2")):
        assert cli.main(["visibility", "--yaw", yaw, "--size", "32", "--out", str(maps), "--json"]) == 0
        said, told = capsys.readouterr()
        (row,) = json.loads(said)["yaws"]
        assert Path(row["file"]).parent == tmp_path / folder
        assert list((tmp_path / folder).iterdir()) == [Path(row["file"])]
        assert told.count("\n") == (folder == "maps-2")


def test_a_folder_is_no_photograph(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for command in (["fit"], ["visibility"], ["render", "--out", str(tmp_path / "x.png")]):
        assert cli.main([*command, str(tmp_path)]) == 2
        told = capsys.readouterr().err
        assert f"{tmp_path.name} is a folder" in told
        assert "likeness batch" in told
        assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--out", "x.stl"), "written are .png"),
        (("--out", "x.png", "--surface", "gold"), "--surface gold"),
        (("--out", "x.png", "--tint", "red"), "--tint red"),
    ],
)
def test_mistakes_are_one_line_and_2(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: str) -> None:
    assert cli.main(["render", str(P002), *arguments]) == 2
    assert told in capsys.readouterr().err


@pytest.fixture
def bare_model(tmp_path: Path) -> Path:
    """A model of the user's own, without texture coordinates."""
    tensors, about = to_tensors(replace(load_morphable_model(), uv=None, uv_triangles=None, name="Bare"))
    path = tmp_path / "bare.safetensors"
    save_file(tensors, path, about)
    return path


@pytest.mark.parametrize("command", ["render", "visibility"])
def test_a_model_without_texture_coordinates_is_refused_with_what_writes_its_mesh(
    bare_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    given = [str(P002), "--out", str(tmp_path / "x.png")] if command == "render" else []
    assert cli.main([command, *given, "--model", str(bare_model)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "Bare has no texture coordinates" in said
    assert "likeness fit" in said


@pytest.mark.slow
def test_a_model_without_texture_coordinates_is_fitted(bare_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert cli.main(["fit", str(P002), "--no-refine", "--model", str(bare_model), "--out", str(out)]) == 0
    assert {path.suffix for path in out.iterdir()} == {".glb", ".obj", ".png", ".json"}
