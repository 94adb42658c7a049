"""The decode follows what is looked at: the selected face, the one under the pointer, an edited embedding."""

from __future__ import annotations

import pytest

from explorer.studio.faces.state import ALTERED, EMBEDDINGS, ENCODER, SELECTED
from explorer.studio.faces.values import Altered, Edits
from explorer.studio.laboratory.decode_controller import DecodeController
from explorer.studio.laboratory.decode_state import DECODE
from explorer.studio.laboratory.requests import DecodeEmbedding
from explorer.studio.session.state import NOTIFICATIONS
from tests.studio.laboratory.test_controller import Desk


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.decode = made.bench.controller(DecodeController)
    return made


def asked(desk):
    return [one.request for one in desk.engine.submitted if isinstance(one.request, DecodeEmbedding)]


def test_nothing_is_decoded_while_nobody_looks(desk):
    desk.decode.point_at(desk.keys[0])
    desk.settle()
    assert asked(desk) == []
    desk.decode.watch(True)
    desk.settle()
    assert [one.key for one in asked(desk)] == [desk.keys[0]]


def test_the_face_under_the_pointer_goes_before_the_selected_one(desk):
    desk.decode.watch(True)
    desk.settle()
    selected = desk.session[SELECTED]
    assert desk.session[DECODE].shown.key == selected
    other = next(key for key in desk.keys if key != selected)
    desk.decode.point_at(other)
    desk.settle()
    assert desk.session[DECODE].shown.key == other
    desk.decode.point_at(None)
    desk.settle()
    assert desk.session[DECODE].shown.key == selected
    assert len(asked(desk)) == 3


def test_an_edited_embedding_is_drawn_in_place_of_the_photograph_s(desk):
    desk.decode.watch(True)
    desk.settle()
    key, encoder = desk.session[SELECTED], desk.session[ENCODER]
    vector = -desk.session[EMBEDDINGS][key][encoder]
    desk.session[ALTERED] = Altered(key, encoder, Edits(), vector, None)
    desk.settle()
    assert asked(desk)[-1].vector is vector
    desk.bench.faces.remove_face(key)
    desk.settle()
    shown = desk.session[DECODE].shown
    assert shown is None or shown.key != key


def test_without_a_decoder_it_says_so_once_and_tells_nobody_else(desk):
    desk.decode.watch(True)
    desk.settle()
    before = len(desk.session[NOTIFICATIONS])
    desk.session[ENCODER] = "sface"
    desk.settle()
    state = desk.session[DECODE]
    assert (state.shown, state.remark) == (None, "no decoder for sface")
    assert len(desk.session[NOTIFICATIONS]) == before
