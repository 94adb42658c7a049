"""Faces are renamed, exported and opened one after another; what is selected stays sensible meanwhile."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.studio.export.provenance import read_provenance
from explorer.studio.faces.controller import LONGEST_NAME
from explorer.studio.faces.feature import FEATURE
from explorer.studio.faces.handlers import FaceHandlers
from explorer.studio.faces.requests import ExportEmbedding
from explorer.studio.faces.state import EMBEDDINGS, FACES, OPENING, PHOTOGRAPHS, SELECTED, VECTORS
from explorer.studio.faces.vectors import load_vector
from explorer.studio.session.saving.archive import read_session, write_session
from explorer.studio.session.snapshot import capture
from explorer.studio.session.state import DOCUMENT, LOG, NOTIFICATIONS
from tests.studio.session.session_kit import Program


@pytest.fixture
def program() -> Program:
    exporting = FaceHandlers(device=None).table()[ExportEmbedding]  # type: ignore[arg-type]
    made = Program()
    made.engine._handlers[ExportEmbedding] = exporting
    return made


def opened_vector(program: Program) -> str:
    program.bench.faces.open_vectors([Path("stolen.npy")], "sface")
    program.settle()
    return next(iter(program.session[VECTORS]))


def test_a_face_is_renamed_and_back(program: Program) -> None:
    key = program.open()
    program.bench.faces.rename(key, "  Ada \n Lovelace ")
    assert program.session[FACES][key].name == "Ada Lovelace"
    assert program.session[DOCUMENT].undo == "rename one.png"
    program.bench.undo()
    assert program.session[FACES][key].name == "one.png"
    program.bench.redo()
    assert program.session[FACES][key].name == "Ada Lovelace"
    assert key in program.session[EMBEDDINGS], "its embedding stays"


def test_a_vector_is_renamed_and_back(program: Program) -> None:
    key = opened_vector(program)
    program.bench.faces.rename(key, "template")
    assert program.session[VECTORS][key].name == "template"
    program.bench.undo()
    assert program.session[VECTORS][key].name == "stolen.npy"


@pytest.mark.parametrize("name", ["", " \n ", "one.png", "\x00\x1b"])
def test_no_name_and_the_same_change_nothing(program: Program, name: str) -> None:
    key = program.open()
    before, undo = program.session[FACES], program.session[DOCUMENT].undo
    program.bench.faces.rename(key, name)
    program.bench.faces.rename("nobody", "Ada")
    assert program.session[FACES] is before
    assert program.session[DOCUMENT].undo == undo


def test_a_name_is_not_endless_and_on_one_line(program: Program) -> None:
    key = program.open()
    program.bench.faces.rename(key, "x" * 1000)
    assert len(program.session[FACES][key].name) == LONGEST_NAME
    program.bench.faces.rename(key, "a\u202eb\x1b[0m")
    assert program.session[FACES][key].name.isprintable()


def test_a_name_is_saved_and_makes_the_session_modified(program: Program, tmp_path: Path) -> None:
    face, vector = program.open(), opened_vector(program)
    program.bench.files.save(tmp_path / "work.likeness")
    program.settle()
    for key in (face, vector):
        program.bench.faces.rename(key, f"called {key[:4]}")
        assert program.session[DOCUMENT].modified
        program.bench.undo()
        assert not program.session[DOCUMENT].modified
    for key in (face, vector):
        program.bench.faces.rename(key, f"called {key[:4]}")
    path = write_session(tmp_path / "again.likeness", capture(program.session))
    again = read_session(path, program.session.codecs)
    assert again[FACES][face].name == f"called {face[:4]}"
    assert again[VECTORS][vector].name == f"called {vector[:4]}"


def test_a_forgotten_name_is_left_nowhere(program: Program) -> None:
    key = program.open()
    program.bench.faces.rename(key, "Ada")
    program.bench.faces.remove_face(key)
    assert program.session[DOCUMENT].undo is None
    assert program.session[LOG] == ()


def test_what_is_being_opened_is_listed_until_it_is_there(program: Program) -> None:
    program.bench.faces.open_bytes(b"1", "one.png")
    program.bench.faces.open_bytes(b"!", "broken.png")
    assert [one.name for one in program.session[OPENING]] == ["one.png", "broken.png"]
    program.settle()
    assert program.session[OPENING] == ()


def test_what_is_cancelled_is_opened_no_more(program: Program) -> None:
    program.bench.faces.open_bytes(b"1", "one.png")
    program.bench.cancel()
    program.settle()
    assert program.session[OPENING] == ()
    assert program.session[PHOTOGRAPHS] == {}


def test_a_photograph_without_a_face_leaves_the_selection(program: Program) -> None:
    first = program.open()
    program.bench.faces.open_bytes(b"0", "nobody.png")
    program.settle()
    assert len(program.session[PHOTOGRAPHS]) == 2
    assert program.session[SELECTED] == first


def test_the_embedding_is_written_with_its_record(program: Program, tmp_path: Path) -> None:
    key = program.open()
    path = tmp_path / "ada.npy"
    program.bench.faces.export_embedding(path)
    program.settle()
    vector = program.session[EMBEDDINGS][key]["arcface-mbf"]
    np.testing.assert_array_equal(load_vector(path).vector, vector)
    record = read_provenance(tmp_path / "ada.npy.json")
    assert (record["kind"], record["encoder"]) == ("embedding", "arcface-mbf")
    assert record["source"]["sha256"] == key.partition("/")[0]
    np.testing.assert_array_equal(record["points"], program.session[FACES][key].face.points)
    told = program.session[NOTIFICATIONS][-1]
    assert (told.path, told.about) == (path, (key,))


def test_a_bare_vector_is_written_in_another_format(program: Program, tmp_path: Path) -> None:
    key = opened_vector(program)
    program.bench.faces.export_embedding(tmp_path / "again.json", key)
    program.settle()
    stored = load_vector(tmp_path / "again.json")
    assert stored.encoder == "sface"
    np.testing.assert_array_equal(stored.vector, program.session[VECTORS][key].vector)
    assert read_provenance(tmp_path / "again.json.json")["source"]["name"] == "stolen.npy"


def test_what_is_written_about_a_forgotten_face_leaves_log_and_notifications(program: Program, tmp_path: Path) -> None:
    other, key = program.open(b"2", "two.png"), program.open(b"1", "one.png")
    program.bench.faces.export_embedding(tmp_path / "ada.npy", key)
    program.settle()
    program.bench.faces.remove_face(key)
    assert all(key not in one.about for one in (*program.session[NOTIFICATIONS], *program.session[LOG]))
    assert "ada" not in "".join(one.text for one in program.session[NOTIFICATIONS])
    assert [one.name for one in program.session[LOG]] == ["two.png"]
    assert other in program.session[FACES]


def test_nothing_is_written_where_there_is_no_embedding(program: Program, tmp_path: Path) -> None:
    program.bench.faces.export_embedding(tmp_path / "nobody.npy")
    program.settle()
    assert list(tmp_path.iterdir()) == []
    assert program.session[NOTIFICATIONS][-1].level == "warning"


def test_every_file_that_is_written_has_a_kind_of_its_own() -> None:
    assert {"embedding", "bare embedding"} <= {kind.name for kind in FEATURE.exports}
