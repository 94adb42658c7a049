"""Handles as the workbench sees them: the newest place wins, what is known is not read twice, nobody leaves a trace."""

from __future__ import annotations

import pytest

from explorer.studio.faces.state import SELECTED
from explorer.studio.handles.controller import NO_RESULT, HandlesController
from explorer.studio.handles.handlers import handlers
from explorer.studio.handles.requests import MoveHandles
from explorer.studio.handles.state import HANDLES
from tests.studio.handles.handles_kit import CLASSES, HANDLES_HANDLERS
from tests.studio.laboratory.test_controller import Desk


@pytest.fixture
def desk() -> Desk:
    made = Desk(handlers=HANDLES_HANDLERS)
    made.handles = made.bench.controller(HandlesController)
    return made


def asked(desk):
    return [one.request for one in desk.engine.submitted if isinstance(one.request, MoveHandles)]


def test_nothing_is_read_while_nobody_looks(desk):
    desk.settle()
    assert asked(desk) == []
    desk.handles.watch(True)
    desk.settle()
    state = desk.session[HANDLES]
    assert (len(asked(desk)), state.shown.key, state.classes) == (1, desk.session[SELECTED], CLASSES)
    assert asked(desk)[0].frame is not None


def test_a_slider_moves_the_face_that_was_read_and_rests_at_full_size(desk):
    desk.handles.watch(True)
    desk.settle()
    first = desk.session[HANDLES].shown
    desk.handles.set_handle("smiling", 2.0)
    desk.handles.set_handle("smiling", 9.0)
    desk.settle()
    shown = desk.session[HANDLES].shown
    assert dict(shown.values) == {"smiling": 4.0}, "a slider ends at 4"
    assert asked(desk)[-1].styles is first.styles, "the photograph is inverted once"
    assert not shown.fine
    desk.handles.settle()
    desk.settle()
    assert desk.session[HANDLES].shown.fine
    before = len(asked(desk))
    desk.handles.settle()
    desk.settle()
    assert len(asked(desk)) == before
    desk.handles.reset()
    desk.settle()
    assert dict(desk.session[HANDLES].shown.values) == {}


def test_another_face_has_its_own_handles_and_a_forgotten_one_leaves_none(desk):
    desk.handles.watch(True)
    desk.settle()
    desk.handles.set_handle("gender", -3.0)
    desk.settle()
    shown = desk.session[HANDLES].shown.key
    other = next(key for key in desk.keys if key != shown)
    desk.bench.faces.select_face(other)
    desk.settle()
    state = desk.session[HANDLES]
    assert (state.shown.key, dict(state.values), asked(desk)[-1].styles) == (other, {}, None)
    desk.bench.faces.remove_face(other)
    desk.settle()
    state = desk.session[HANDLES]
    assert state.shown is None or state.shown.key != other


def test_a_sample_needs_no_photograph_and_a_result_a_run(desk):
    desk.handles.watch(True)
    desk.handles.draw_sample(7)
    desk.settle()
    assert (asked(desk)[-1].seed, desk.session[HANDLES].shown.base) == (7, "sample")
    desk.handles.choose("result")
    desk.settle()
    state = desk.session[HANDLES]
    assert (state.shown, state.remark) == (None, NO_RESULT)


def test_where_no_translator_was_trained_it_says_how_there_comes_to_be_one(tmp_path, monkeypatch):
    monkeypatch.setattr("explorer.studio.handles.handlers.translator_file", lambda: tmp_path / "none.safetensors")
    (handler,) = handlers(None).values()
    running = handler(MoveHandles("", "sample"), None)
    next(running)
    with pytest.raises(StopIteration) as ended:
        next(running)
    assert "likeness train translator" in ended.value.value.remark
