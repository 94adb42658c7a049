"""Forgetting a face of the gallery, or one that is loaded, leaves nothing of it there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.studio import places
from explorer.studio.blackbox.answers import Answers, KeptAnswer, folder_of
from explorer.studio.faces.state import SELECTED
from explorer.studio.gallery.browsing import BROWSING
from explorer.studio.gallery.state import GALLERY
from explorer.studio.session.state import DOCUMENT
from tests.studio.gallery.gallery_kit import (
    draw,
)
from tests.studio.gallery.many import Many


@pytest.mark.slow
def test_forgetting_leaves_no_trace_in_history_views_or_session(many: Many) -> None:
    session, bench = many.session, many.bench
    key = many.key("Ada 1.png")
    bench.gallery.views.watch(map=True, comparison=True)
    bench.gallery.choose([key, many.key("Ada 2.png")])
    bench.gallery.remove([many.key("Bob 1.png")])
    many.settle()
    bench.gallery.forget([key])
    many.settle()
    seen = [session[GALLERY]]
    while session[DOCUMENT].undo:
        bench.undo()
        seen.append(session[GALLERY])
    while session[DOCUMENT].redo:
        bench.redo()
        seen.append(session[GALLERY])
    assert all(key not in {face.key for face in gallery.faces()} for gallery in seen)
    browsing = session[BROWSING]
    assert key not in browsing.listing.keys
    assert key not in browsing.chosen
    assert browsing.comparison is None
    assert browsing.plane is None or key not in browsing.plane.keys


def test_forgetting_a_face_of_the_session_forgets_it_in_the_gallery(many: Many) -> None:
    key = many.key("Ada 1.png")
    many.bench.gallery.open([key])
    many.settle()
    many.bench.faces.remove_face(key)
    many.settle()
    assert key not in many.session[BROWSING].listing.keys


def test_forgetting_a_face_stops_no_folder_from_being_read(people: Path) -> None:
    program = Many()
    program.bench.gallery.add_folders([people / "Ada"])
    program.settle()
    program.bench.gallery.add_folders([people])
    program.engine.advance(3)
    assert program.session[BROWSING].scanning
    program.bench.gallery.forget([program.key("Ada 1.png")])
    program.settle()
    assert {"Bob 1.png", "Cleo 3.png"} <= set(program.names())
    assert program.session[GALLERY].unfinished == ()


@pytest.mark.slow
def test_forgetting_one_leaves_the_others_chosen_compared_and_laid_out(many: Many) -> None:
    gallery, session = many.bench.gallery, many.session
    gallery.views.watch(map=True, comparison=True)
    gallery.choose([many.key("Ada 2.png"), many.key("Bob 2.png")])
    many.settle()
    before = session[BROWSING]
    assert before.plane is not None
    key = many.key("Ada 1.png")
    gallery.forget([key])
    after = session[BROWSING]
    assert after.chosen == before.chosen
    assert after.comparison is before.comparison
    assert after.plane is not None
    assert after.plane.keys == tuple(other for other in before.plane.keys if other != key)


def test_forgetting_a_loaded_face_forgets_who_it_was_said_to_be(many: Many, tmp_path: Path) -> None:
    alone = draw(tmp_path / "alone.png", (60, 60, 60), 77)
    many.bench.faces.open_paths([alone])
    many.settle()
    key = many.session[SELECTED]
    many.bench.gallery.name([key], "Jane")
    many.bench.faces.remove_face(key)
    many.settle()
    assert many.session[GALLERY].named == {}


def test_groups_that_are_found_after_a_face_was_forgotten_do_not_name_it(many: Many) -> None:
    key = many.key("Ada 1.png")
    many.bench.gallery.group_by_likeness()
    many.bench.gallery.forget([key])
    many.settle()
    assert many.session[GALLERY].grouped
    assert key not in many.session[GALLERY].grouped


def test_forgetting_takes_what_black_boxes_have_answered_along(
    many: Many, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(places.CACHE_VARIABLE, str(tmp_path))
    key, vector = many.key("Ada 1.png"), np.ones(3, np.float32)
    with Answers(folder_of("box")) as answers:
        answers.keep("its face", KeptAnswer(vector, key.partition("/")[0]))
        answers.keep("a face of nobody", KeptAnswer(vector))
    many.bench.gallery.forget([key])
    many.settle()
    with Answers(folder_of("box")) as answers:
        assert list(answers) == ["a face of nobody"]
