"""The session keeps itself: soon after a change, at once after something was forgotten, and whatever the disk says."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from explorer.studio.engine.protocol import Control
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.errors import UserError
from explorer.studio.faces.state import EMBEDDINGS, FACES
from explorer.studio.inversion.state import RUNS
from explorer.studio.session.requests import Autosave
from explorer.studio.session.saving.generations import abandoned
from explorer.studio.session.snapshot import capture
from explorer.studio.session.state import DOCUMENT, NOTIFICATIONS
from tests.studio.session.session_kit import Clock, Program, assert_same_session


@pytest.fixture
def program(tmp_path: Path) -> Program:
    program = Program()
    program.bench.files.persist_in(tmp_path / "kept")
    program.settle()
    return program


def autosaves(program: Program) -> int:
    return sum(isinstance(one.request, Autosave) for one in program.engine.submitted)


def on_disk(program: Program) -> bytes:
    folder = program.bench.files._generations.folder
    return b"".join(file.read_bytes() for file in folder.iterdir())


def test_a_change_is_kept_at_the_next_tick_and_rest_writes_nothing(program: Program) -> None:
    program.open(b"1")
    program.bench.files.tick()
    program.settle()
    kept = autosaves(program)
    for _ in range(5):
        program.bench.files.tick()
        program.settle()
    assert autosaves(program) == kept
    program.bench.settings.change("steps", 9)
    program.bench.files.tick()
    assert autosaves(program) == kept + 1


def test_one_autosave_is_under_way_at_a_time(program: Program) -> None:
    """Were each to replace the one before, none would ever end on a slow disk."""
    program.open(b"1")
    for value in range(5):
        program.bench.settings.change("seed", value)
        program.bench.files.tick()
    assert autosaves(program) == 1
    program.settle()
    program.bench.files.tick()
    program.settle()
    assert b'"seed": 4' in on_disk(program)


def test_what_is_forgotten_leaves_the_disk_at_once(program: Program) -> None:
    key = program.open(b"1", "secret.png")
    photograph = program.session[FACES][key].photograph_key
    program.invert()
    program.bench.files.tick()
    program.settle()
    vector = program.session[EMBEDDINGS][key]["sface"].tobytes()
    assert vector in on_disk(program)
    program.bench.faces.remove_face(key)
    program.settle()
    left = on_disk(program)
    assert vector not in left
    assert b"secret" not in left
    assert photograph.encode() not in left


def test_forgetting_again_and_again_keeps_no_autosave_from_its_end(program: Program) -> None:
    """What is under way is finished, and the state behind the last of them is written right after it."""
    for number in range(6):
        program.open(b"1" + bytes([number]), f"secret-{number}.png")
    first = next(iter(program.session[FACES]))
    program.bench.faces.remove_face(first)
    assert autosaves(program) == 1
    for key in list(program.session[FACES])[:4]:
        program.bench.faces.remove_face(key)
    assert autosaves(program) == 1
    program.settle()
    assert autosaves(program) == 2
    left = on_disk(program)
    assert b"secret-5" in left
    assert not any(f"secret-{number}".encode() in left for number in range(5))


def test_a_disk_that_is_full_is_said_once_and_tried_again() -> None:
    full = [True]

    def keep(request: Autosave, control: Control) -> Generator[Report, None, object]:
        yield Progress("keeping the session")
        if full[0]:
            raise UserError("cannot write: the disk is full")
        return (yield from whole(request, control))

    program = Program()
    whole = program.engine._handlers[Autosave]
    program.engine._handlers[Autosave] = keep
    clock = program.bench.files._clock = Clock()
    program.bench.files._generations = _Nowhere()
    program.open(b"1")
    for _ in range(6):
        program.bench.files.tick()
        program.settle()
        clock.now += 20
    said = [one for one in program.session[NOTIFICATIONS] if one.level == "error"]
    assert len(said) == 1
    assert "full" in said[0].text
    full[0] = False
    program.bench.files.tick()
    program.settle()
    assert program.bench.files._generations.saved == 1


class _Nowhere:
    saved = 0

    def save(self, snapshot: object, path: object, should_stop: object) -> int:
        self.saved += 1
        return 0


def test_a_restored_session_replaces_what_it_came_from_only_when_it_is_kept_anew(tmp_path: Path) -> None:
    first = Program()
    first.bench.files.persist_in(tmp_path)
    first.settle()
    first.open(b"2", "two.png")
    first.invert()
    first.bench.files.tick()
    first.settle()
    was = capture(first.session)
    first.bench.files._generations._lock.release()  # as when the program is killed
    second = Program()
    second.bench.files.persist_in(tmp_path)
    second.settle()
    assert len(second.bench.files.left_behind) == 1
    second.bench.files.restore()
    second.settle()
    assert_same_session(was, capture(second.session))
    assert second.session[DOCUMENT].modified
    assert list(tmp_path.iterdir()) == [second.bench.files._generations.folder]
    assert abandoned(tmp_path) == []


def test_saving_goes_on_while_another_session_is_begun(program: Program, tmp_path: Path) -> None:
    program.open(b"1")
    path = tmp_path / "work.likeness"
    program.bench.files.save(path)
    program.bench.files.new()
    program.settle()
    assert path.exists()


def test_looking_at_steps_and_selecting_changes_nothing(program: Program, tmp_path: Path) -> None:
    program.open(b"2", "two.png")
    program.invert()
    program.bench.files.save(tmp_path / "work.likeness")
    program.settle()
    program.bench.inversion.show_step(2)
    program.settle()
    program.bench.faces.select_face(next(iter(program.session[FACES])))
    assert not program.session[DOCUMENT].modified
    program.invert()
    assert program.session[DOCUMENT].modified


def test_runs_of_an_opened_session_go_on_counting(program: Program, tmp_path: Path) -> None:
    program.open(b"1")
    program.invert()
    program.bench.files.save(tmp_path / "work.likeness")
    program.settle()
    program.bench.files.open(tmp_path / "work.likeness")
    program.settle()
    program.invert()
    assert [run.number for run in program.session[RUNS].values()] == [1, 2]
