"""Preferences are bounded, kept whole for their owner alone, and a file that cannot be read harms nothing."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from explorer.studio import places
from explorer.studio.config.preferences import FILE, LARGEST, Preferences, PreferenceStore
from explorer.studio.errors import UserError


def kept(folder: Path) -> Preferences:
    store = PreferenceStore()
    assert store.persist_in(folder) is None
    return store.preferences


def test_what_is_set_is_there_at_the_next_start(tmp_path: Path) -> None:
    folder = tmp_path / "config" / "likeness"
    store = PreferenceStore()
    assert store.persist_in(folder) is None
    store.set("theme", "light")
    store.set("note_seconds", 20)
    store.remember(("undo", "start"))
    again = PreferenceStore()
    assert again.persist_in(folder) is None
    assert (again.preferences.theme, again.preferences.note_seconds) == ("light", 20)
    assert again.recent_actions == ("undo", "start")


def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "likeness"
    store = PreferenceStore()
    store.persist_in(folder)
    store.set("theme", "dark")
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_nothing_is_written_before_something_is_changed_or_a_folder_named(tmp_path: Path) -> None:
    store = PreferenceStore()
    store.set("theme", "dark")
    store.persist_in(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert store.preferences == Preferences(), "what was set before belongs to no folder"


@pytest.mark.parametrize(
    ("name", "value"), [("note_seconds", 1), ("note_seconds", 61), ("theme", "pink"), ("text_size", "large"), ("x", 1)]
)
def test_what_is_out_of_bounds_is_refused_and_changes_nothing(tmp_path: Path, name: str, value: object) -> None:
    store = PreferenceStore()
    store.persist_in(tmp_path)
    with pytest.raises(UserError, match=name):
        store.set(name, value)
    assert store.preferences == Preferences()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"[]",
        b'{"version": 2}',
        b'{"preferences": {"note_seconds": 9999}}',
        b"[" * 50_000,
        b" " * (LARGEST + 1),
    ],
    ids=["empty", "text", "bytes", "list", "later", "bounds", "deep", "large"],
)
def test_a_bad_file_gives_the_defaults_and_says_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    store = PreferenceStore()
    said = store.persist_in(tmp_path)
    assert said is not None
    assert FILE in said
    assert store.preferences == Preferences()
    store.set("theme", "light")
    assert kept(tmp_path).theme == "light", "the next change makes it whole again"


def test_a_preference_of_another_version_is_left_out(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"preferences": {"theme": "light", "of_the_future": 3}}')
    assert kept(tmp_path).theme == "light"


def test_those_who_listen_hear_of_a_change_once(tmp_path: Path) -> None:
    store = PreferenceStore()
    heard: list[Preferences] = []
    store.changed.connect(heard.append)
    store.set("theme", "light")
    store.set("theme", "light")
    assert [one.theme for one in heard] == ["light"]


def test_reset_gives_the_defaults(tmp_path: Path) -> None:
    store = PreferenceStore()
    store.persist_in(tmp_path)
    store.set("theme", "light")
    store.reset()
    assert kept(tmp_path) == Preferences()


def test_every_preference_explains_itself_and_every_number_is_bounded() -> None:
    for name, info in Preferences.model_fields.items():
        assert info.description, name
        assert info.default is not PydanticUndefined, name
        if info.annotation is int:
            assert len(info.metadata) >= 2, f"{name} needs bounds"
            assert isinstance(info.json_schema_extra, dict)
            assert info.json_schema_extra["unit"], name


def test_the_folder_can_be_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(places.CONFIG_VARIABLE, str(tmp_path / "elsewhere"))
    assert places.config() == tmp_path / "elsewhere"


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = PreferenceStore()
    store.persist_in(tmp_path / "file" / "below")
    with pytest.raises(UserError):
        store.set("theme", "light")
