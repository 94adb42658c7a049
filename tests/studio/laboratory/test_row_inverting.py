"""A changed face's embedding is inverted as any vector is, and goes with whom it was made of."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.studio.app.features import codecs
from explorer.studio.export.provenance import read_provenance
from explorer.studio.faces.handlers import FaceHandlers
from explorer.studio.faces.requests import ExportEmbedding
from explorer.studio.faces.state import ENCODER, FACES, SELECTED, VECTORS
from explorer.studio.faces.vectors import load_vector, npy_bytes
from explorer.studio.inversion.requests import Invert
from explorer.studio.inversion.state import RUN, RUNS
from explorer.studio.laboratory.state import LAB, LAB_ROWS
from explorer.studio.session.saving.archive import read_session, write_session
from explorer.studio.session.snapshot import capture
from explorer.studio.session.state import DOCUMENT
from tests.studio.laboratory.test_controller import Desk


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.lab.watch(True)
    made.settle()
    return made


def inverted(desk: Desk, **how) -> str:
    (row,) = desk.rows
    key = desk.lab.invert(row.key, **how)
    desk.settle()
    assert key is not None
    return key


def asked(desk: Desk) -> list[Invert]:
    return [one.request for one in desk.engine.submitted if isinstance(one.request, Invert)]


def attacked(desk: Desk) -> str:
    """The selected face, attacked towards the other one."""
    towards = next(key for key in desk.keys if key != desk.session[SELECTED])
    desk.lab.choose("attack")
    desk.lab.change("attack", towards=towards)
    desk.settle()
    return towards


def test_the_search_is_given_the_changed_embedding_and_nothing_else_of_the_face(desk):
    (row,) = desk.rows
    key = inverted(desk)
    (request,) = asked(desk)
    assert np.array_equal(request.target.vector, row.after)
    assert (request.target.key, request.target.frame, request.target.held_out) == (key, None, {})
    assert request.target.record.kind == "vector"
    assert request.target.record.sha256 == hashlib.sha256(npy_bytes(row.after)).hexdigest()
    assert request.settings.encoder == desk.session[ENCODER] == row.encoder
    assert desk.session[SELECTED] == key
    assert desk.session[VECTORS][key].name.endswith(", rotated-30")


def test_the_row_stays_though_the_vector_is_selected(desk):
    before = desk.rows
    assert not desk.session[LAB].faces
    inverted(desk)
    assert desk.rows == before
    assert desk.session[LAB].faces == (before[0].key,)


def test_the_embedding_behind_the_map_is_inverted_on_request(desk):
    (row,) = desk.rows
    assert desk.lab.invert(row.key, mapped=True) is None
    assert desk.notified()[-1] == "Nothing to invert yet"
    mapped = np.arange(len(row.after), dtype=np.float32)
    desk.session[LAB_ROWS] = replace(desk.session[LAB_ROWS], rows=(replace(row, mapped=mapped),))
    key = inverted(desk, mapped=True)
    assert np.array_equal(asked(desk)[-1].target.vector, mapped)
    assert desk.session[VECTORS][key].name.endswith("behind the map")


def test_of_a_row_that_is_not_fresh_nothing_is_inverted(desk):
    (row,) = desk.rows
    desk.lab.change("alter", rotation=60)
    assert desk.lab.invert(row.key) is None
    assert not desk.session[VECTORS]


def test_undo_takes_vector_and_run_back_at_one_stroke(desk):
    key = inverted(desk)
    assert desk.session[DOCUMENT].undo == "invert a changed face"
    desk.bench.undo()
    assert (desk.session[VECTORS], desk.session[RUN], dict(desk.session[RUNS])) == ({}, None, {})
    desk.bench.redo()
    assert key in desk.session[VECTORS]
    assert desk.session[RUN].target.key == key


def test_the_same_row_inverted_again_is_one_vector_and_two_runs(desk):
    assert inverted(desk) == inverted(desk)
    assert len(desk.session[VECTORS]) == 1
    assert len(asked(desk)) == 2


@pytest.mark.parametrize("whose", ["face", "aim"])
def test_it_goes_with_the_face_and_with_what_an_attack_went_towards(desk, whose):
    aim = attacked(desk)
    (row,) = desk.rows
    key = inverted(desk)
    assert [one.key for one in desk.session[VECTORS][key].sources] == [row.key, aim]
    desk.bench.faces.remove_face(aim if whose == "aim" else row.key)
    desk.settle()
    assert not desk.session[VECTORS]
    assert not desk.session[RUNS]
    assert desk.session[RUN] is None
    while desk.session[DOCUMENT].undo:
        desk.bench.undo()
        assert not desk.session[VECTORS]
        assert not desk.session[RUNS]


def test_an_attack_towards_a_changed_face_goes_with_that_face_too(desk):
    (row,) = desk.rows
    first = inverted(desk)
    other = next(key for key in desk.keys if key != row.key)
    desk.lab.tick(other, True)
    desk.lab.tick(row.key, False)
    desk.lab.choose("attack")
    desk.lab.change("attack", towards=first)
    desk.settle()
    second = inverted(desk)
    desk.bench.faces.close_face(first)
    desk.bench.faces.remove_face(row.key)
    desk.settle()
    assert second not in desk.session[VECTORS]
    assert list(desk.session[FACES]) == [other]


def test_a_saved_session_and_a_file_say_what_it_is_of(desk, tmp_path: Path):
    attacked(desk)
    key = inverted(desk)
    loaded = desk.session[VECTORS][key]
    path = write_session(tmp_path / "work.likeness", capture(desk.session))
    again = read_session(path, codecs())[VECTORS][key]
    assert (again.changed, again.name) == (loaded.changed, loaded.name)
    desk.engine._handlers[ExportEmbedding] = FaceHandlers(device=None).table()[ExportEmbedding]
    desk.bench.faces.export_embedding(tmp_path / "changed.npy", key)
    desk.settle()
    record = read_provenance(tmp_path / "changed.npy")
    assert (record["kind"], record["change"]) == ("changed embedding", loaded.changed.how)
    assert [one["sha256"] for one in record["sources"]] == [one.sha256 for one in loaded.sources]
    stored = load_vector(tmp_path / "changed.npy")
    assert np.array_equal(stored.vector, loaded.vector)
    assert stored.sha256 == loaded.sha256, "so that a figure of its run is made again from this file"
