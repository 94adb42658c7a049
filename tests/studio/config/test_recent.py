"""Recent sessions and folders outlive the program, and leave no trace of a face that is forgotten."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from explorer.studio.config.recent import FILE, MOST, RecentStore


def opened(folder: Path) -> RecentStore:
    store = RecentStore()
    assert store.persist_in(folder) is None
    return store


def test_the_last_one_comes_first_and_each_once(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for name in ("a", "b", "a", "c"):
        store.opened(tmp_path / f"{name}.likeness")
    assert [path.stem for path in opened(tmp_path).sessions] == ["c", "a", "b"]
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_there_are_only_so_many(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for number in range(MOST + 3):
        store.opened(tmp_path / f"{number}.likeness")
    assert [path.stem for path in store.sessions] == [str(number) for number in range(MOST + 2, 2, -1)]


def test_each_kind_of_file_has_its_folder_as_long_as_that_is_there(tmp_path: Path) -> None:
    places = [tmp_path / name for name in ("pictures", "figures")]
    for place in places:
        place.mkdir()
    store = opened(tmp_path)
    store.remember("photographs", places[0])
    store.remember("exports", places[1])
    again = opened(tmp_path)
    assert again.folder("photographs") == places[0]
    assert again.folder("exports") == places[1]
    assert again.folder("vectors") is None
    places[1].rmdir()
    assert again.folder("exports") is None


def test_forgetting_drops_every_folder_and_the_sessions_that_are_called_after_the_face(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.remember("photographs", tmp_path)
    paths = [tmp_path / name for name in ("Ann Example 2.likeness", "annual.likeness", "ann-example/work.likeness")]
    for path in paths:
        store.opened(path)
    store.forget(["ann_example.jpg"])
    assert store.sessions == (paths[1],), "a name is a word of its own"
    assert store.folders == {}
    assert "xample" not in (tmp_path / FILE).read_text()
    assert str(tmp_path) in (tmp_path / FILE).read_text(), "sessions of others stay"


def test_forgetting_a_face_without_a_name_spares_sessions(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.opened(tmp_path / "work.likeness")
    store.forget(["", "...", "home.jpg"])
    assert len(store.sessions) == 1


def test_clearing_leaves_nothing(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.opened(tmp_path / "work.likeness")
    store.remember("exports", tmp_path)
    store.clear()
    assert (store.sessions, store.folders) == ((), {})
    assert "work" not in (tmp_path / FILE).read_text()


def test_changes_are_told_where_sessions_come_or_go(tmp_path: Path) -> None:
    store = opened(tmp_path)
    told: list[int] = []
    store.changed.connect(lambda: told.append(1))
    store.opened(tmp_path / "work.likeness")
    store.opened(tmp_path / "work.likeness")
    store.remember("exports", tmp_path)
    assert len(told) == 1
    store.drop(tmp_path / "work.likeness")
    assert len(told) == 2


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
def test_a_name_that_is_not_utf_8_is_remembered(tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"\xff.likeness")
    store = opened(tmp_path)
    store.opened(odd)
    assert store.sessions == (odd,)
    assert opened(tmp_path).sessions == (odd,)


@pytest.mark.parametrize("content", [b"{", b'{"sessions": 3}', b" " * 1_000_000, b'{"version": 2}'])
def test_a_file_that_cannot_be_read_is_said_and_nothing_is_remembered(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    store = RecentStore()
    trouble = store.persist_in(tmp_path)
    assert trouble is not None
    assert FILE in trouble
    assert store.sessions == ()


def test_a_strangers_file_brings_no_odd_paths(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(
        '{"sessions": ["relative", "", "/a\\u0000b", "/fine.likeness"], "folders": {"x": "y"}}'
    )
    store = opened(tmp_path)
    assert store.sessions == (Path("/fine.likeness"),)
    assert store.folders == {}
