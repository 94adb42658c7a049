from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write, fitting_name, record_beside, replacing, sparing


def test_bytes_and_writers_arrive_whole_and_are_the_owners_only(tmp_path: Path):
    one = atomic_write(tmp_path / "one", b"content")
    other = atomic_write(tmp_path / "other", lambda file: file.write(b"content"), mode=0o644)
    assert one.read_bytes() == other.read_bytes() == b"content"
    assert stat.S_IMODE(one.stat().st_mode) == 0o600
    assert stat.S_IMODE(other.stat().st_mode) == 0o644


@pytest.mark.parametrize(
    ("code", "advice"),
    [(errno.ENOSPC, "disk is full"), (errno.EACCES, "may not write"), (errno.EROFS, "read-only")],
)
def test_a_failing_disk_leaves_what_was_there_and_nothing_else(code, advice, tmp_path: Path):
    path = tmp_path / "figure.png"
    path.write_bytes(b"before")

    def fail(file) -> None:
        file.write(b"half")
        raise OSError(code, os.strerror(code))

    with pytest.raises(UserError, match=f"figure.png.*{advice}"):
        atomic_write(path, fail)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_noticed_only_when_syncing_is_reported_too(tmp_path: Path, monkeypatch):
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match="disk is full"):
        atomic_write(tmp_path / "figure.png", b"content")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path: Path):
    with pytest.raises(UserError, match="folder does not exist"):
        atomic_write(tmp_path / "nowhere" / "figure.png", b"")


def test_an_error_in_the_writer_itself_passes_through_and_leaves_nothing(tmp_path: Path):
    def stumble() -> None:
        with replacing(tmp_path / "film.mp4") as temporary:
            assert temporary.suffix == ".mp4"
            assert stat.S_IMODE(temporary.stat().st_mode) == 0o600
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stumble()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("link", [os.link, os.symlink, lambda source, target: None])
def test_nothing_is_written_onto_what_is_read(link, tmp_path: Path):
    source, target = tmp_path / "face.png", tmp_path / "other.png"
    source.write_bytes(b"face")
    if link(source, target) is None and not target.exists():
        target = source
    with sparing([source, tmp_path / "missing.png"]):
        for name in (target, target.parent / "." / target.name):
            with pytest.raises(UserError, match="is what is read"):
                atomic_write(name, b"figure")
        assert atomic_write(tmp_path / "new.png", b"figure").read_bytes() == b"figure"
    assert source.read_bytes() == target.read_bytes() == b"face"
    assert atomic_write(target, b"figure").read_bytes() == b"figure", "it is spared while it is read only"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted({"face.png", "new.png", target.name})


LONG = [b"x" * 251, b"x" * 255, "ü".encode() * 127, b"\xff" * 200 + b"." + b"y" * 50, b"x" * 240 + b".npy"]


@pytest.mark.parametrize("name", LONG)
def test_a_name_that_the_program_makes_fits_with_its_record(name: bytes, tmp_path: Path) -> None:
    stem = os.fsdecode(name)
    made = fitting_name(stem, "-overlay.png")
    assert made.endswith("-overlay.png")
    for path in (tmp_path / made, record_beside(tmp_path / made)):
        path.touch()
    assert fitting_name(stem, "-overlay.png") == made
    assert fitting_name(os.fsdecode(name[:-1] + b"z"), "-overlay.png") != made


def test_a_name_that_fits_stays_as_it_is() -> None:
    assert fitting_name("me, 3", ".npy") == "me, 3.npy"
    assert record_beside(Path("out/film.mp4")) == Path("out/film.mp4.json")


@pytest.mark.parametrize("name", LONG)
def test_whatever_name_a_file_system_takes_is_written_with_a_record_beside_it(name: bytes, tmp_path: Path) -> None:
    path = atomic_write(tmp_path / os.fsdecode(name), b"content")
    beside = atomic_write(record_beside(path), b"{}")
    assert path != beside
    assert sorted(tmp_path.iterdir()) == sorted([path, beside])
