"""Layouts of one's own outlive the program, and a file that cannot be read harms nothing."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from explorer.studio.config.layouts import FILE, LONGEST_NAME, MOST, Layout, LayoutStore
from explorer.studio.errors import UserError


def opened(folder: Path) -> LayoutStore:
    store = LayoutStore()
    assert store.persist_in(folder) is None
    return store


def test_layouts_come_back_as_they_were_saved(tmp_path: Path) -> None:
    store = opened(tmp_path)
    assert store.save("  my   desk ", Layout.of(b"\x00\xffstate", (-5, 3, 800, 600), True)) == "my desk"
    store.leave(Layout.of(b"last"))
    again = opened(tmp_path)
    assert again.own["my desk"].docks() == b"\x00\xffstate"
    assert again.own["my desk"].place == (-5, 3, 800, 600)
    assert again.own["my desk"].maximised
    assert again.last is not None
    assert again.last.docks() == b"last"
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_a_deleted_layout_stays_deleted(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.save("one", Layout.of(b"1"))
    store.save("two", Layout.of(b"2"))
    store.delete("one")
    store.delete("never there")
    assert list(opened(tmp_path).own) == ["two"]


@pytest.mark.parametrize("name", ["", "   ", "x" * (LONGEST_NAME + 1)])
def test_a_name_is_neither_empty_nor_endless(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="name"):
        opened(tmp_path).save(name, Layout.of(b""))


def test_there_are_only_so_many(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for number in range(MOST):
        store.own[f"layout {number}"] = Layout.of(b"")
    with pytest.raises(UserError, match="delete one"):
        store.save("one more", Layout.of(b""))
    store.save("layout 3", Layout.of(b"again"))
    assert store.own["layout 3"].docks() == b"again"


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"last": {"state": "no base64 !"}}', b'{"own": 3}', b"[" * 100_000, b" " * 2_000_000]
)
def test_a_bad_file_is_said_and_left_out(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    store = LayoutStore()
    said = store.persist_in(tmp_path)
    assert said is not None
    assert FILE in said
    assert store.own == {}
    assert store.last is None
