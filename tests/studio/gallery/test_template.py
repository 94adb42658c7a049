"""A template of chosen faces: a vector of the session like any other, which goes with each of its faces."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from explorer.science.laboratory.templates import template_of
from explorer.studio.app.features import codecs
from explorer.studio.faces.state import ENCODER, SELECTED, VECTORS
from explorer.studio.faces.vectors import npy_bytes
from explorer.studio.gallery.browsing import BROWSING
from explorer.studio.gallery.rows import vector_of
from explorer.studio.inversion.selected_target import target_of
from explorer.studio.session.saving.archive import read_session, write_session
from explorer.studio.session.snapshot import capture
from explorer.studio.session.state import DOCUMENT, NOTIFICATIONS
from tests.studio.gallery.many import Many

ADA = ("Ada 1.png", "Ada 2.png", "Ada 3.png")


def made(many: Many, names: tuple[str, ...] = ADA) -> str:
    key = many.bench.gallery.make_template([many.key(name) for name in names])
    many.settle()
    assert key is not None
    return key


def test_it_is_the_average_of_the_chosen_faces_and_is_selected(many: Many) -> None:
    key = made(many)
    loaded = many.session[VECTORS][key]
    faces = np.stack([vector_of(many.session, many.key(name), "arcface-mbf") for name in ADA])
    assert np.array_equal(loaded.vector, template_of(faces, "normalised"))
    assert many.session[SELECTED] == key
    assert loaded.name == "Ada, template of 3 faces"
    assert loaded.template is not None
    assert [member.name for member in loaded.template.members] == list(ADA)
    assert loaded.template.faces == 3
    assert abs(sum(member.weight for member in loaded.template.members) - 1) < 1e-9
    assert all(member.points is not None for member in loaded.template.members)
    assert "a template of 3 faces" in many.session[NOTIFICATIONS][-1].text


def test_it_is_inverted_and_listed_as_any_vector_is(many: Many) -> None:
    key = made(many)
    target = target_of(many.session, key)
    assert target.record.kind == "vector"
    assert "template of 3 faces" in target.record.name
    assert target.record.sha256 == hashlib.sha256(npy_bytes(many.session[VECTORS][key].vector)).hexdigest()
    assert key in many.session[BROWSING].listing.keys


def test_it_is_of_the_chosen_encoder_and_of_a_distance_the_plain_mean(many: Many) -> None:
    many.session[ENCODER] = "dlib-resnet"
    key = made(many)
    loaded = many.session[VECTORS][key]
    faces = np.stack([vector_of(many.session, many.key(name), "dlib-resnet") for name in ADA])
    assert loaded.encoder == "dlib-resnet"
    assert np.allclose(loaded.vector, faces.mean(0), atol=1e-6)


def test_a_template_of_several_people_bears_no_name(many: Many) -> None:
    key = made(many, ("Ada 1.png", "Bob 1.png"))
    assert many.session[VECTORS][key].name == "template of 2 faces"


def test_undo_takes_it_back_and_a_saved_session_brings_it_again(many: Many, tmp_path: Path) -> None:
    key = made(many)
    before = many.session[VECTORS][key]
    path = write_session(tmp_path / "work.likeness", capture(many.session))
    again = read_session(path, codecs())[VECTORS][key]
    assert again.template == before.template
    assert np.array_equal(again.vector, before.vector)
    many.bench.undo()
    assert key not in many.session[VECTORS]
    many.bench.redo()
    assert key in many.session[VECTORS]


def test_it_goes_with_each_of_its_faces_and_so_does_a_template_of_it(many: Many) -> None:
    key = made(many)
    second = many.bench.gallery.make_template([key, many.key("Bob 1.png")])
    many.settle()
    assert second in many.session[VECTORS]
    many.bench.gallery.forget([many.key("Ada 2.png")])
    many.settle()
    assert not many.session[VECTORS]
    while many.session[DOCUMENT].undo:
        many.bench.undo()
        assert not many.session[VECTORS]


def test_a_forgotten_stranger_takes_nothing_along(many: Many) -> None:
    key = made(many)
    many.bench.gallery.forget([many.key("Bob 1.png")])
    many.settle()
    assert key in many.session[VECTORS]


def test_one_face_is_no_template_which_is_said(many: Many) -> None:
    assert many.bench.gallery.make_template([many.key("Ada 1.png")]) is None
    assert many.session[NOTIFICATIONS][-1].title == "No template was made"
    assert not many.session[VECTORS]


def test_faces_of_other_encoders_are_left_out_which_is_said(many: Many) -> None:
    key = made(many, ADA[:2])
    many.session[ENCODER] = "sface"
    other = many.bench.gallery.make_template([key, many.key("Ada 1.png"), many.key("Ada 3.png")])
    many.settle()
    assert other is not None
    assert many.session[VECTORS][other].template.faces == 2
    assert "1 without an embedding of sface" in many.session[NOTIFICATIONS][-1].text
