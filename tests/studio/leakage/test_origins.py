"""What is read is what its file says or what the user says; it is saved, taken back, and asked for with the reading."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.studio.faces.requests import OpenPhotographs
from explorer.studio.faces.state import FACES, ORIGINS, PHOTOGRAPHS, SELECTED, origin_of
from explorer.studio.leakage.readings import FaceRead, Reading
from explorer.studio.leakage.reconstructions import PhotographRead
from explorer.studio.leakage.requests import ReadFace, ReadPhotograph
from explorer.studio.leakage.state import PROBING
from explorer.studio.session.saving.archive import read_session, write_session
from explorer.studio.session.snapshot import capture
from explorer.studio.session.state import DOCUMENT, NOTIFICATIONS
from tests.canned_program import open_photographs
from tests.studio.session.session_kit import Program


def drawn(request: OpenPhotographs, control) -> Generator:
    """Photographs whose files say that this program drew them."""
    for report in open_photographs(request, control):
        photograph = getattr(report, "photograph", None)
        yield report if photograph is None else replace(report, photograph=replace(photograph, generated=True))


def read_face(request: ReadFace, control) -> Generator:
    yield from ()
    reading = Reading(request.encoder, request.vector, ())
    return FaceRead(request.key, request.encoder, request.edits, request.before or reading, reading, "", request.origin)


def read_photograph(request: ReadPhotograph, control) -> Generator:
    yield from ()
    return PhotographRead(request.key, ())


@pytest.fixture
def program() -> Program:
    made = Program()
    made.engine._handlers |= {ReadFace: read_face, ReadPhotograph: read_photograph}
    made.bench.probes.watch(True)
    return made


def asked(program: Program) -> list[str]:
    """As what the embedding was read, one time after the other."""
    return [one.request.origin for one in program.engine.submitted if isinstance(one.request, ReadFace)]


def test_a_file_that_says_so_is_read_as_generated_and_that_is_said(program: Program) -> None:
    program.engine._handlers[OpenPhotographs] = drawn
    key = program.open()
    assert origin_of(program.session, key) == "generated"
    assert asked(program) == ["generated"]
    (said,) = [one for one in program.session[NOTIFICATIONS] if "Likeness drew" in one.title]
    assert said.title == "one.png shows a face that Likeness drew"
    assert "calibrates on generated faces" in said.text


def test_any_other_file_is_read_as_a_photograph(program: Program) -> None:
    key = program.open()
    assert origin_of(program.session, key) == "photograph"
    assert asked(program) == ["photograph"]
    assert not [one for one in program.session[NOTIFICATIONS] if "Likeness drew" in one.title]


def test_the_user_goes_before_the_file_and_can_take_that_back(program: Program) -> None:
    key = program.open()
    program.bench.probes.read_as("generated")
    program.settle()
    assert asked(program) == ["photograph", "generated"]
    assert program.session[PROBING].face.origin == "generated"
    assert program.session[DOCUMENT].undo == "choose what is read"
    program.bench.undo()
    program.settle()
    assert origin_of(program.session, key) == "photograph"
    assert program.session[PROBING].face.origin == "photograph"
    program.bench.redo()
    program.settle()
    assert program.session[PROBING].face.origin == "generated"
    program.bench.probes.read_as("photograph")
    assert program.session[ORIGINS] == {}, "what the file says needs no word of the user"


def test_the_answer_to_an_older_choice_is_not_shown(program: Program) -> None:
    program.open()
    program.bench.probes.read_as("generated")
    program.bench.probes.read_as("photograph")
    program.settle()
    assert program.session[PROBING].face.origin == "photograph"
    assert not program.session[PROBING].reading


def test_both_are_saved_with_the_session(program: Program, tmp_path: Path) -> None:
    plain = program.open()
    path = write_session(tmp_path / "plain.likeness", capture(program.session))
    assert not next(iter(read_session(path, program.session.codecs)[PHOTOGRAPHS].values())).photograph.generated
    program.bench.probes.read_as("generated")
    assert program.session[DOCUMENT].modified
    again = read_session(write_session(path, capture(program.session)), program.session.codecs)
    assert again[ORIGINS] == {plain: "generated"}
    program.bench.faces.remove_face(plain)
    program.engine._handlers[OpenPhotographs] = drawn
    key = program.open()
    again = read_session(write_session(path, capture(program.session)), program.session.codecs)
    assert again[ORIGINS] == {}
    assert again[PHOTOGRAPHS][again[FACES][key].photograph_key].photograph.generated


def test_a_removed_face_comes_back_as_what_it_was_read(program: Program) -> None:
    key = program.open()
    program.bench.probes.read_as("generated")
    program.bench.faces.close_face(key)
    assert program.session[ORIGINS] == {}
    program.bench.undo()
    assert program.session[ORIGINS] == {key: "generated"}


def test_nothing_is_chosen_where_nothing_is_selected(program: Program) -> None:
    assert program.session[SELECTED] is None
    program.bench.probes.read_as("generated")
    assert program.session[ORIGINS] == {}
