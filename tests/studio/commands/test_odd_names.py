"""Photographs of any name: on one line each on the screen, and their results in files that are found again."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.export.provenance import read_provenance, sidecar

P002 = places.resources() / "faces" / "synthetic-p002.jpg"
ODD = {b"caf\xe9.jpg": "caf%E9.jpg", b"a\nb.jpg": "a%0Ab.jpg", b"\x1b[2Jc.jpg": "%1B[2Jc.jpg"}
# So long that a vector's name leaves no room for that of its record.
LONG = "x" * 250 + ".jpg"


@pytest.fixture
def photographs(tmp_path: Path) -> list[str]:
    made = [tmp_path / "in" / os.fsdecode(name) for name in ODD]
    made[0].parent.mkdir()
    for path in made:
        shutil.copy(P002, path)
    return list(map(str, made))


@pytest.mark.slow
def test_embeddings_are_written_and_named_on_one_line_each(
    photographs: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert cli.main(["embed", *photographs, "--encoder", "sface", "--out", str(out)]) == 0
    said = capfd.readouterr().out
    assert [line.partition(": ")[0] for line in said.splitlines()] == list(ODD.values())
    assert "\x1b" not in said
    for name in ODD.values():
        vector = out / f"{Path(name).stem}.npy"
        assert np.load(vector).shape == (128,)
        assert read_provenance(vector)["source"]["name"] == name
    assert cli.main(["embed", *photographs, "--encoder", "sface", "--json"]) == 0
    assert [one["photograph"] for one in json.loads(capfd.readouterr().out)] == list(ODD.values())


@pytest.mark.slow
def test_the_longest_name_gets_vector_and_record(tmp_path: Path) -> None:
    photograph, out = tmp_path / LONG, tmp_path / "out"
    shutil.copy(P002, photograph)
    assert cli.main(["embed", str(photograph), "--encoder", "sface", "--out", str(out)]) == 0
    (vector,) = out.glob("*.npy")
    assert sidecar(vector).is_file()
    assert read_provenance(vector)["source"]["name"] == LONG


@pytest.mark.slow
def test_faces_are_listed_with_names_that_can_be_shown(
    photographs: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["faces", *photographs]) == 0
    said = capfd.readouterr().out
    assert len(said.splitlines()) == 2 * len(ODD)
    assert "\x1b" not in said


@pytest.mark.slow
def test_a_fit_of_such_a_photograph_is_written(photographs: list[str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    for photograph in photographs:
        assert cli.main(["fit", photograph, "--no-refine", "--texture", "64", "--level", "0", "--out", str(out)]) == 0
    for name in ODD.values():
        stem = Path(name).stem
        assert json.loads((out / f"{stem}-fit.json").read_text())["photograph"] == name
        for ending in (".obj", ".mtl", ".glb", "-overlay.png"):
            assert (out / f"{stem}{ending}").is_file()


def test_a_name_that_is_nowhere_is_refused_in_a_line_for_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / os.fsdecode(b"\x1b[31m\n\xff.npy"))
    for command in (["compare", missing, missing], ["reproduce", missing], ["embed", missing, "--encoder", "sface"]):
        assert cli.main(command) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == command.count(missing)
        assert said.count("%1B[31m") >= command.count(missing)


@pytest.mark.parametrize("command", ["faces", "embed", "invert", "fit", "render", "reproduce"])
@pytest.mark.parametrize("name", ["pipe.jpg", "pipe.npy", "endless.png"])
def test_no_command_waits_for_a_pipe_or_reads_a_device(
    command: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    if name.startswith("pipe"):
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    out = {"invert": ["--out", str(tmp_path / "out")], "render": ["--out", str(tmp_path / "out.png")]}
    assert cli.main([command, str(path), *out.get(command, [])]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "not a file but" in said


@pytest.mark.parametrize("command", ["fit", "render", "visibility"])
def test_a_model_that_is_a_pipe_is_refused(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "model.h5")
    photograph = [] if command == "visibility" else [str(P002)]
    out = ["--out", str(tmp_path / "out.png")] if command == "render" else []
    assert cli.main([command, *photograph, "--model", str(tmp_path / "model.h5"), *out]) == 2
    assert "not a file but a pipe" in capsys.readouterr().err
