"""Several sources: one that cannot be used is named, the others are done; and where the results of inversions go."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from explorer.science.faces.face import FaceError
from explorer.studio.app import cli
from explorer.studio.commands import invert as inverting
from explorer.studio.errors import Cancelled
from explorer.studio.files import atomic_write
from explorer.studio.inversion.running import FinishedInversion
from tests.studio.export.made_up import made_up_picture, made_up_run


@pytest.fixture
def invert(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., tuple[int, str, list[str]]]:
    """Invert made-up files: one of b"!" shows no face, b"stop" ends as if the user had, b"end" by a signal."""

    def open_target(networks: Any, path: Path, *_: Any) -> Any:
        data = path.read_bytes()
        if data == b"!":
            raise FaceError(f"no face found in {path.name}: use another")
        return SimpleNamespace(target=SimpleNamespace(name=path.name, data=data))

    def run_inversion(networks: Any, target: Any, settings: Any, decoded: bool) -> Iterator[Any]:
        assert not decoded, "nobody asked for it"
        yield "a step"
        if target.data == b"stop":
            raise Cancelled
        if target.data == b"end":
            os.kill(os.getpid(), signal.SIGTERM)
            yield "the signal is heard"
        run = made_up_run(steps=10, name=target.name)
        return FinishedInversion(run, made_up_picture(1, 8), torch.zeros(4), ())

    def write(networks: Any, opened: Any, finished: Any, folder: Path, formats: list[str], film: Any, *_: Any) -> Any:
        names = ["result.png", "run.json", *(f"figure.{kind}" for kind in formats), *([f"film.{film}"] if film else [])]
        return [atomic_write(folder / name, opened.target.data) for name in names]

    monkeypatch.setattr(inverting, "open_target", open_target)
    monkeypatch.setattr(inverting, "altered_target", lambda opened, edit: opened)
    monkeypatch.setattr(inverting, "run_inversion", run_inversion)
    monkeypatch.setattr(inverting, "_write", write)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, str, list[str]]:
        code = cli.main(["invert", *map(str, arguments), "--out", "out", "--device", "cpu"])
        out, err = capsys.readouterr()
        return code, out, err.splitlines()

    return run


def made(folder: Path, content: bytes = b"me", name: str = "me.jpg") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    return folder / name


def everything(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_second_run_never_mixes_with_the_first(invert: Any, tmp_path: Path) -> None:
    first, second = made(tmp_path / "a", b"one"), made(tmp_path / "b", b"two")
    assert invert(first, "--figure", "svg", "--film", "gif")[0] == 0
    before = everything(tmp_path / "out")
    code, said, err = invert(second)
    assert code == 0
    assert err == ["out/me holds an earlier result, which stays: this one goes to out/me-2"]
    assert "  out/me-2/run.json" in said.splitlines()
    after = everything(tmp_path / "out")
    assert {name: data for name, data in after.items() if name.startswith("me/")} == before
    assert set(before.values()) == {b"one"}
    assert {data for name, data in after.items() if name.startswith("me-2/")} == {b"two"}
    assert set(after) - set(before) == {"me-2/figure.png", "me-2/result.png", "me-2/run.json"}


def test_sources_of_one_name_get_numbers(invert: Any, tmp_path: Path) -> None:
    code, out, _ = invert(made(tmp_path / "a", b"one"), made(tmp_path / "b", b"two"), "--json")
    assert code == 0
    assert [Path(run["files"][0]).parent.name for run in json.loads(out)] == ["me", "me-2"]
    assert [(tmp_path / "out" / name / "run.json").read_bytes() for name in ("me", "me-2")] == [b"one", b"two"]


def test_a_bad_source_is_named_and_the_others_are_done(invert: Any, tmp_path: Path) -> None:
    good = [made(tmp_path, b"good", f"{name}.jpg") for name in "ac"]
    bad, folder = made(tmp_path, b"!", "bad.jpg"), tmp_path / "folder"
    folder.mkdir()
    code, out, err = invert(good[0], bad, folder, tmp_path / "missing.jpg", good[1], "--json")
    assert code == 2
    assert len(err) == 3
    assert err[0] == "likeness: no face found in bad.jpg: use another"
    assert "folder is a folder" in err[1]
    assert "likeness batch invert folder" in err[1]
    assert "missing.jpg" in err[2]
    records = json.loads(out)
    assert [record["source"] for record in records if "error" in record] == ["bad.jpg", "folder", "missing.jpg"]
    assert [record["target"]["name"] for record in records if "error" not in record] == ["a.jpg", "c.jpg"]
    assert {name.partition("/")[0] for name in everything(tmp_path / "out")} == {"a", "c"}


def test_what_was_finished_is_in_the_json_whatever_ends_the_rest(invert: Any, tmp_path: Path) -> None:
    good, stopped = made(tmp_path, b"good", "a.jpg"), made(tmp_path, b"stop", "b.jpg")
    code, out, err = invert(good, stopped, "--json")
    assert (code, err) == (130, ["likeness: stopped"])
    assert [record["target"]["name"] for record in json.loads(out)] == ["a.jpg"]


def test_a_run_that_is_ended_leaves_nothing_and_says_so(invert: Any, tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    code, out, err = invert(made(tmp_path, b"end"), "--json")
    assert (code, out, err) == (143, "", ["likeness: ended by SIGTERM"])
    assert not (tmp_path / "out").exists()
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_folder_that_is_a_files_name_is_refused(
    invert: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["invert", str(made(tmp_path)), "--out", "result.png", "--device", "cpu"]) == 2
    assert "result.png is a file's name" in capsys.readouterr().err
    assert not (tmp_path / "result.png").exists()
