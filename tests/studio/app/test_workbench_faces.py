"""Photographs, points, faces and vectors: what the user does to them, and what the session says then."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.studio.engine.reports import Finished
from explorer.studio.faces.requests import CompareAll, ForgetFace, OpenVectors, Source
from explorer.studio.faces.state import EMBEDDINGS, ENCODER, FACES, PHOTOGRAPHS, SELECTED, SIMILARITY, VECTORS
from explorer.studio.inversion.state import RUN, SETTINGS
from explorer.studio.session.state import ACTIVITIES, DOCUMENT, NOTIFICATIONS
from tests import canned_program as canned
from tests.studio.app.bench_kit import Bench, bench

__all__ = ["bench"]


def test_an_opened_photograph_brings_its_faces_embeddings_and_tables(bench: Bench) -> None:
    selected = bench.open(b"2", "two.png")
    session = bench.session
    assert [face.name for face in session[FACES].values()] == ["two.png", "two.png, face 2"]
    assert selected == next(iter(session[FACES]))
    assert session[EMBEDDINGS].keys() == session[FACES].keys()
    assert session[FACES][selected].frame is not None
    assert session[SIMILARITY]["sface"].keys == tuple(session[FACES])
    assert session[ACTIVITIES] == ()


def test_opening_a_photograph_again_selects_it_and_adds_nothing(bench: Bench) -> None:
    first = bench.open(b"1")
    bench.open(b"2", "two.png")
    again = bench.open(b"1")
    assert again == first
    assert len(bench.session[PHOTOGRAPHS]) == 2


def test_two_drops_one_after_the_other_both_open(bench: Bench) -> None:
    bench.workbench.faces.open_bytes(b"1", "a.png")
    bench.workbench.faces.open_bytes(b"2", "b.png")
    bench.engine.run()
    assert len(bench.session[FACES]) == 3


def test_a_bad_file_among_good_ones_is_named_and_the_others_open(bench: Bench, tmp_path: Path) -> None:
    bench.workbench.faces._open(
        (Source(data=b"1", name="a.png"), Source(data=b"!", name="b.txt"), Source(data=b"2", name="c.png"))
    )
    bench.engine.run()
    assert len(bench.session[PHOTOGRAPHS]) == 2
    assert [(one.level, one.text) for one in bench.session[NOTIFICATIONS]] == [("warning", "b.txt is not a picture")]


def test_a_photograph_without_a_face_waits_for_points_placed_by_hand(bench: Bench) -> None:
    bench.workbench.faces.open_bytes(b"0", "wall.png")
    bench.engine.run()
    session = bench.session
    (key,) = session[PHOTOGRAPHS]
    assert session[FACES] == {}
    assert bench.titles() == ["No face to use"]
    placed = bench.workbench.faces.place_points(key, canned.POINTS)
    bench.engine.run()
    assert placed in session[EMBEDDINGS]
    assert session[FACES][placed].face.by_hand
    assert session[SELECTED] == placed


def test_moved_points_keep_the_face_and_drop_only_what_came_from_it(bench: Bench) -> None:
    first = bench.open(b"2", "two.png")
    other = next(key for key in bench.session[FACES] if key != first)
    before = dict(bench.session[EMBEDDINGS])
    photograph = bench.session[FACES][first].photograph_key
    assert bench.workbench.faces.place_points(photograph, canned.POINTS + 3, first) == first
    assert bench.session[EMBEDDINGS].keys() == {other}
    assert bench.session[FACES][first].frame is None
    assert bench.session[SIMILARITY] == {}
    bench.engine.run()
    assert bench.session[EMBEDDINGS][other] is before[other]
    assert not np.array_equal(bench.session[EMBEDDINGS][first]["sface"], before[first]["sface"])
    assert len(bench.session[FACES]) == 2


@pytest.mark.parametrize(
    "points",
    [canned.POINTS[:4], canned.POINTS + 1000, canned.POINTS * np.nan, np.zeros((5, 2))],
    ids=["four", "outside", "not finite", "coinciding"],
)
def test_unusable_points_are_refused_and_what_was_there_stays(bench: Bench, points: np.ndarray) -> None:
    key = bench.open(b"1")
    before = bench.session[EMBEDDINGS]
    photograph = bench.session[FACES][key].photograph_key
    assert bench.workbench.faces.place_points(photograph, points, key) is None
    assert bench.session[EMBEDDINGS] is before
    assert bench.session[NOTIFICATIONS][-1].level == "warning"


def test_embeddings_of_older_points_cannot_land_on_newer_ones(bench: Bench) -> None:
    key = bench.open(b"1")
    photograph = bench.session[FACES][key].photograph_key
    bench.held = []
    bench.workbench.faces.place_points(photograph, canned.POINTS + 1, key)
    bench.engine.run()
    old_events, bench.held = bench.held, None
    assert any(isinstance(event.report, Finished) for event in old_events)
    bench.workbench.faces.place_points(photograph, canned.POINTS + 2, key)
    for event in old_events:
        bench.workbench.handle(event)
    assert key not in bench.session[EMBEDDINGS]
    bench.engine.run()
    expected = canned.vectors_of(bench.session[FACES][key].face)["sface"]
    assert np.array_equal(bench.session[EMBEDDINGS][key]["sface"], expected)


def test_a_removed_face_leaves_no_trace(bench: Bench) -> None:
    key = bench.open(b"1")
    bench.workbench.inversion.start()
    bench.advance_to_step(1)
    bench.workbench.faces.remove_face(key)
    bench.engine.run()
    session = bench.session
    assert (session[FACES], session[PHOTOGRAPHS], session[EMBEDDINGS]) == ({}, {}, {})
    assert session[SELECTED] is None
    assert session[RUN] is None
    (forget,) = bench.requests(ForgetFace)
    assert forget.face is None
    assert bench.requests(CompareAll)[-1].vectors == {}


def test_a_photograph_stays_until_its_last_face_is_removed(bench: Bench) -> None:
    first = bench.open(b"2", "two.png")
    bench.workbench.faces.remove_face(first)
    assert len(bench.session[PHOTOGRAPHS]) == 1
    assert bench.session[SELECTED] in bench.session[FACES]
    bench.workbench.faces.remove_face(bench.session[SELECTED])
    assert bench.session[PHOTOGRAPHS] == {}


def test_a_vector_brings_its_encoder_and_is_compared_under_it_alone(bench: Bench) -> None:
    bench.open(b"1")
    bench.workbench.faces.open_vectors([Path("stolen.npy")], "sface")
    bench.engine.run()
    session = bench.session
    assert session[SELECTED] in session[VECTORS]
    assert (session[ENCODER], session[SETTINGS].encoder) == ("sface", "sface")
    assert session[SELECTED] in session[SIMILARITY]["sface"].keys
    assert session[SELECTED] not in session[SIMILARITY]["arcface-mbf"].keys


def test_files_that_hold_vectors_are_opened_as_vectors_in_one_go(bench: Bench) -> None:
    bench.workbench.faces.open_paths([Path("a.NPY"), Path("b.json")])
    bench.engine.run()
    (request,) = bench.requests(OpenVectors)
    assert request.paths == (Path("a.NPY"), Path("b.json"))
    assert request.encoder is None


def test_what_was_closed_comes_back_to_its_place(bench: Bench) -> None:
    for data in (b"1", b"0", b"2"):
        bench.workbench.faces.open_bytes(data, f"{data.decode()}.png")
    bench.engine.run()
    before = tuple(bench.session[PHOTOGRAPHS])
    bench.workbench.files._settle(None)
    bench.workbench.faces.close_face(before[1])
    bench.workbench.undo()
    bench.engine.run()
    assert tuple(bench.session[PHOTOGRAPHS]) == before
    assert not bench.session[DOCUMENT].modified


@pytest.mark.parametrize("take_out", ["close_face", "remove_face"])
def test_where_nothing_is_selected_taking_a_face_out_selects_nothing(bench: Bench, take_out: str) -> None:
    first = bench.open(b"2", "two.png")
    seen: list[str | None] = []
    bench.workbench.faces.select_face(None)
    bench.session.changed(SELECTED).connect(seen.append)
    getattr(bench.workbench.faces, take_out)(first)
    bench.engine.run()
    assert bench.session[SELECTED] is None
    assert seen == []


def test_forgetting_the_selected_face_selects_the_next_at_once(bench: Bench) -> None:
    first = bench.open(b"2", "two.png")
    seen: list[str | None] = []
    bench.session.changed(SELECTED).connect(seen.append)
    bench.workbench.faces.remove_face(first)
    assert seen == list(bench.session[FACES])
