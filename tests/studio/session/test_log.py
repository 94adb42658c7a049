"""The log says what was opened, run and written, and nothing of a face that was forgotten."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from explorer.studio.app.features import new_session
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.engine.reports import Event, Failure
from explorer.studio.engine.requests import Ticket
from explorer.studio.faces.requests import EmbedFace
from explorer.studio.inversion.state import RUN
from explorer.studio.session.activities import _KEPT_ENTRIES, Activities
from explorer.studio.session.state import LOG, NOTIFICATIONS
from tests.studio.session.session_kit import Program

NOON = datetime(2026, 1, 1, 12)


def lines(program: Program) -> list[tuple[str, str, str]]:
    return [(one.what, one.name, one.text) for one in program.session[LOG]]


def test_what_is_opened_is_said_with_what_was_found() -> None:
    program = Program()
    program.open(b"2", "two.png")
    program.bench.faces.open_vectors([Path("stolen.npy")], "sface")
    program.settle()
    assert lines(program) == [("opened", "two.png", "2 faces"), ("opened", "stolen.npy", "12 numbers of sface")]


def test_a_run_is_said_with_its_encoder_and_what_it_reached() -> None:
    program = Program()
    key = program.open()
    program.invert()
    begun, ended = program.session[LOG][-2:]
    assert (begun.what, begun.name, begun.about) == ("started", "one.png", (key,))
    assert begun.text.startswith("run 1 under arcface-mbf, ")
    assert ended.what == "finished"
    run = program.session[RUN].result
    assert f"arcface-mbf cosine {run.steps[run.best_index].cosine:.3f} after {len(run.steps) - 1} step" in ended.text


def test_each_run_begins_and_ends_once_also_where_undo_brings_it_back() -> None:
    program = Program()
    program.open()
    program.invert()
    program.bench.undo()
    program.bench.redo()
    program.bench.inversion.start()
    program.bench.inversion.start()  # in place of the one under way
    program.settle()
    said = [(what, text.split(" under ")[0].split(":")[0]) for what, _, text in lines(program)[1:]]
    assert said == [
        ("started", "run 1"), ("finished", "run 1"), ("started", "run 2"), ("ended", "run 2"), ("started", "run 3"),
        ("finished", "run 3"),
    ]  # fmt: skip


def test_sessions_that_are_opened_are_said_and_saved_ones_have_their_path(tmp_path: Path) -> None:
    program = Program()
    program.open()
    path = tmp_path / "work.likeness"
    program.bench.files.save(path)
    program.settle()
    assert program.session[NOTIFICATIONS][-1].path == path
    program.bench.files.open(path)
    program.settle()
    assert lines(program)[-1] == ("opened", "work.likeness", "a session")


def test_what_is_said_of_an_answer_is_of_the_face_that_was_asked_about() -> None:
    program = Program()
    key = program.open()
    request = EmbedFace(key, None, None)  # type: ignore[arg-type]
    program.bench._activities.apply(Event(Ticket(request, 10**6), Failure("memory", "Out of memory", "one.png", "")))
    assert program.session[NOTIFICATIONS][-1].about == (key,)
    program.bench.notify("info", "Later", "of nobody")
    assert program.session[NOTIFICATIONS][-1].about == ()
    program.bench.faces.remove_face(key)
    assert [one.title for one in program.session[NOTIFICATIONS]] == ["Later"]


def test_lines_have_their_time_and_the_oldest_go() -> None:
    session = new_session()
    activities = Activities(session, FakeEngine({}), now=lambda: NOON)
    for number in range(_KEPT_ENTRIES + 1):
        activities.log("opened", f"{number}.png")
    assert len(session[LOG]) == _KEPT_ENTRIES
    assert session[LOG][0].name == "1.png"
    assert {one.at for one in session[LOG]} == {NOON}


def test_the_log_is_in_no_session_file(tmp_path: Path) -> None:
    program = Program()
    program.open(b"1", "a-name-in-the-log.png")
    assert LOG.unsaved
    program.bench.files.new()
    program.settle()
    path = tmp_path / "empty.likeness"
    program.bench.files.save(path)
    program.settle()
    assert b"a-name-in-the-log" not in path.read_bytes()
