"""`likeness people draw`: pictures with their truth, made again by their seed."""

import json

import numpy as np
import pytest
from PIL import Image

from explorer.science.training.folders import LAYOUTS
from explorer.studio.app import cli
from explorer.studio.export.provenance import read_provenance
from explorer.studio.reproducing.kinds import command_of

SMALL = ["--size", "32"]


def pixels_of(path):
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people") / "out"
    options = ["--seed", "5", "--count", "2", "--pictures", "2", "--maps", "--sheet", *SMALL]
    assert cli.main(["people", "draw", "--out", str(folder), *options]) == 0
    return folder


def test_every_picture_has_its_truth_and_says_how_it_was_made(drawn):
    pictures = sorted(drawn.glob("person-*.png"))
    assert [path.stem for path in pictures] == ["person-5-0", "person-5-1", "person-6-0", "person-6-1"]
    for path in pictures:
        said = json.loads(path.with_suffix(".json").read_text())
        assert pixels_of(path).shape == (said["size"], said["size"], 3) == (32, 32, 3)
        assert said["scene"]["person"]["seed"] == int(path.stem.split("-")[1])
        assert len(said["landmarks"]) == len(said["landmarks_seen"]) == 68
        assert sum(said["shares"].values()) == pytest.approx(1, abs=1e-4)
        with np.load(path.with_suffix(".npz")) as maps:
            assert maps["depth"].shape == maps["segments"].shape == (32, 32)
            assert maps["normals"].shape == (32, 32, 3)
            assert maps["uv_seen"].shape == (128, 128)
    for path in drawn.iterdir():
        assert read_provenance(path)["program"]["name"] == "likeness"
        assert path.stat().st_mode & 0o077 == 0


def test_the_sheet_shows_the_pictures(drawn):
    sheet = pixels_of(drawn / "contact-sheet.png")
    assert sheet.shape == (32, 4 * 32, 3)
    assert np.array_equal(sheet[:, 32:64], pixels_of(drawn / "person-5-1.png"))


def test_the_same_seed_gives_the_same_pixels_whoever_else_is_drawn(drawn, tmp_path):
    assert cli.main(["people", "draw", "--out", str(tmp_path / "again"), "--seed", "6", *SMALL]) == 0
    again, first = (pixels_of(folder / "person-6-0.png") for folder in (tmp_path / "again", drawn))
    assert np.array_equal(again, first)


def test_a_picture_names_the_command_that_makes_it_again(drawn):
    line = command_of(read_provenance(drawn / "person-5-0.png"))
    assert line.startswith("likeness people draw --seed 5 --count 2 --pictures 2 --size 32")


def test_a_traced_picture_has_the_truth_of_the_drawn_one(drawn, tmp_path):
    options = ["--seed", "5", "--renderer", "path", "--samples", "4", "--spectrum", "infrared", *SMALL]
    assert cli.main(["people", "draw", "--out", str(tmp_path / "out"), *options]) == 0
    traced, raster = (folder / "person-5-0.png" for folder in (tmp_path / "out", drawn))
    pixels = pixels_of(traced)
    assert (np.ptp(pixels, axis=2) == 0).all()
    assert (pixels != pixels_of(raster)).any()
    truths = [json.loads(path.with_suffix(".json").read_text()) for path in (traced, raster)]
    for name in ("scene", "landmarks", "landmarks_seen", "shares"):
        assert truths[0][name] == truths[1][name]
    line = command_of(read_provenance(traced))
    assert "--renderer path --samples 4 --spectrum infrared" in line


def test_an_earlier_result_stays(drawn, tmp_path, capsys):
    folder = tmp_path / "out"
    for _ in range(2):
        assert cli.main(["people", "draw", "--out", str(folder), *SMALL]) == 0
    assert (folder / "person-0-0.png").exists()
    assert (tmp_path / "out-2" / "person-0-0.png").exists()


@pytest.mark.parametrize(
    "options",
    [
        ["--spectrum", "infrared"],
        ["--size", "8"],
        ["--count", "0"],
        ["--seed", "-1"],
        ["--yaw", "120"],
        ["--seed", "2147483647", "--count", "2"],
    ],
)
def test_what_cannot_be_drawn_is_refused_in_a_line(options, tmp_path, capsys):
    assert cli.main(["people", "draw", "--out", str(tmp_path / "out"), *options]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_set_is_written_and_its_reader_takes_it(tmp_path, capsys):
    folder = tmp_path / "set"
    options = ["--layout", "casia", "--count", "1", "--pictures", "1", "--size", "32", "--workers", "1"]
    assert cli.main(["people", "set", "--out", str(folder), *options]) == 0
    assert "calibration: 1 people, 1 pictures" in capsys.readouterr().out
    (face,) = LAYOUTS["casia-webface"].read(folder).faces
    assert pixels_of(face.path).shape == (32, 32, 3)
    line = command_of(json.loads((folder / "set.json").read_text()))
    sizes = "--seed 0 --count 1 --pictures 1 --size 32 --yaw 30 --no-labelled"
    assert line == f"likeness people set --source 3d --layout casia {sizes} --no-maps --per-shard 100 --out DIR"


@pytest.mark.parametrize(
    "words",
    [
        ["set", "--layout", "tar"], ["set", "--source", "painted"], ["set", "--size", "8"],
        ["set", "--seed", "2147483647"], ["set", "--source", "photoreal", "--list", "nowhere.safetensors"],
        ["set", "--source", "photoreal", "--size", "99"], ["photoreal", "--size", "99"],
        ["photoreal", "--list", "nowhere.safetensors"], ["photoreal", "--count", "0"],
        ["set", "--group", "martian"], ["set", "--source", "photoreal", "--labelled"],
    ],
)  # fmt: skip
def test_people_that_there_are_not_are_refused_in_a_line(words, tmp_path, capsys):
    assert cli.main(["people", *words, "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "out").exists()
