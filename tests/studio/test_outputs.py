"""Results: there as a whole or not at all, beside what was there before, and never onto what is read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write, sparing
from explorer.studio.outputs import as_folder, result_files, result_folder, whole_folder


def filled(wanted: Path, *names: str, **more: object) -> tuple[Path, list[str]]:
    """A result of some files; where it is, and what was said of it."""
    said: list[str] = []
    with result_folder(wanted, said.append, **more) as result:  # type: ignore[arg-type]
        written = [atomic_write(result.folder / name, name.encode()) for name in names]
        assert not any((result.place / name).exists() for name in names[:1]), "nothing is there before all of it is"
    assert all(file.is_file() for file in result.settled(written))
    return result.place, said


def everything(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_result_is_its_owners_only_and_nothing_else_is_left(tmp_path: Path) -> None:
    place, said = filled(tmp_path / "out" / "me", "result.png", "run.json")
    assert (place, said) == (tmp_path / "out" / "me", [])
    assert everything(tmp_path) == ["out", "out/me", "out/me/result.png", "out/me/run.json"]
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in ("out", "out/me")} == {0o700}


def test_a_second_result_stands_beside_the_first_and_that_is_said(tmp_path: Path) -> None:
    filled(tmp_path / "me", "result.png", "figure.svg")
    second, said = filled(tmp_path / "me", "result.png")
    third, _ = filled(tmp_path / "me", "result.png")
    assert (second.name, third.name) == ("me-2", "me-3")
    assert everything(tmp_path) == [
        *("me", "me-2", "me-2/result.png", "me-3", "me-3/result.png", "me/figure.svg", "me/result.png")
    ]
    assert said == [f"{tmp_path / 'me'} holds an earlier result, which stays: this one goes to {second}"]


def test_other_things_in_a_folder_are_no_result(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").touch()
    assert filled(tmp_path, "a.png") == (tmp_path, [])
    assert filled(tmp_path, "b.png", mine=lambda name: name == "b.png") == (tmp_path, [])
    place, _ = filled(tmp_path / "sub", "b.png")
    assert place == tmp_path / "sub"
    assert filled(place, "a.png", "b.png", mine=lambda name: False)[0] == tmp_path / "sub-2", "it would mix the two"
    assert everything(tmp_path / "sub") == ["b.png"]


def test_the_folder_one_is_in_has_no_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    filled(Path(), "a.png")
    with pytest.raises(UserError, match="holds an earlier result: choose another folder"):
        filled(Path(), "a.png")


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_what_is_not_finished_leaves_nothing(tmp_path: Path, failure: type[BaseException]) -> None:
    def stop(wanted: Path) -> None:
        with result_folder(wanted, print) as result:
            atomic_write(result.folder / "result.png", b"half")
            raise failure

    def stop_files() -> None:
        with result_files(tmp_path / "new" / "a.csv") as result:
            atomic_write(result.folder / "a.csv", b"half")
            raise failure

    with pytest.raises(failure):
        stop(tmp_path / "out" / "me")
    with pytest.raises(failure):
        stop_files()
    assert everything(tmp_path) == []
    (tmp_path / "mine").mkdir()
    with pytest.raises(failure):
        stop(tmp_path / "mine")
    assert everything(tmp_path) == ["mine"]


def test_a_disk_that_fails_half_way_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes.txt").touch()
    replace, moved = Path.replace, list[Path]()

    def failing(self: Path, target: Path) -> Path:
        if target.parent == tmp_path:
            moved.append(target)
            if len(moved) == 2:
                raise OSError(5, "Input/output error")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(UserError, match=r"cannot write .*Input/output error"):
        filled(tmp_path, "a.png", "b.png", mine=lambda name: False)
    assert everything(tmp_path) == ["notes.txt"]


def test_the_hidden_folder_is_named_to_nobody(tmp_path: Path) -> None:
    def write() -> None:
        with result_folder(tmp_path / "me", print) as result:
            atomic_write(result.folder / "missing" / "a.png", b"")

    with pytest.raises(UserError) as caught:
        write()
    assert ".likeness-" not in str(caught.value)


def test_files_are_replaced_but_for_those_that_are_read(tmp_path: Path) -> None:
    source, other = tmp_path / "face.png", tmp_path / "old.csv"
    source.write_bytes(b"face")
    other.write_bytes(b"old")
    os.link(source, tmp_path / "mesh.mtl")

    def write(name: str, *beside: str) -> list[Path]:
        with result_files(tmp_path / name) as result:
            files = [atomic_write(result.folder / one, b"new") for one in (name, *beside)]
        return result.settled(files)

    with sparing([source]):
        assert write("old.csv", "old.csv.json") == [other, tmp_path / "old.csv.json"]
        with pytest.raises(UserError, match=r"mesh\.mtl is what is read"):
            write("mesh.obj", "mesh.mtl")
    assert other.read_bytes() == b"new"
    assert source.read_bytes() == b"face"
    assert not (tmp_path / "mesh.obj").exists(), "a mesh without its material is no result"
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(UserError, match="there is a folder of that name"):
        write("folder.png")


def test_a_name_of_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "odd.png").mkdir()
    for name in ("new", "run-0.5", "2026.11", "odd.png"):
        assert as_folder(tmp_path / name) == tmp_path / name
    for name in ("file", "face.png", "Mesh.GLB", "table.csv"):
        with pytest.raises(UserError, match="give a folder"):
            as_folder(tmp_path / name)


def test_a_folder_that_was_new_goes_with_its_content_if_the_work_fails(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        with whole_folder(folder):
            (folder / "half").touch()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail(tmp_path / "new" / "one")
    assert everything(tmp_path) == []
    (tmp_path / "there").mkdir()
    with pytest.raises(ZeroDivisionError):
        fail(tmp_path / "there")
    assert everything(tmp_path) == ["there", "there/half"]
