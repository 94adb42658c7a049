"""Sets of photographs by person: what they hold, how they are read, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.science.faces.choosing import choose_face, is_usable
from explorer.studio.errors import UserError
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.evaluation.openpeople import hand_labels, openpeople_set, photographs
from explorer.studio.evaluation.orl import as_seen
from explorer.studio.evaluation.photograph_sets import people_in


def _save(path: Path, shade: int = 90) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 6), (shade, shade, shade)).save(path)


def test_a_folder_holds_one_folder_a_person(tmp_path):
    for name, shade in (("ada/1.png", 10), ("ada/more/2.png", 20), ("bo/1.png", 30)):
        _save(tmp_path / "set" / name, shade)
    found = people_in(tmp_path / "set")
    assert (found.name, found.people, found.credit, found.remarks) == ("set", ("ada", "bo"), "", ())
    assert [(one.person, one.name) for one in found.photographs] == [
        ("ada", "1.png"),
        ("ada", "more/2.png"),
        ("bo", "1.png"),
    ]
    assert [int(one.read().pixels[0, 0, 0]) for one in found.of("ada")] == [10, 20]
    assert photograph_set(str(tmp_path / "set")).people == found.people


def test_what_belongs_to_nobody_is_passed_over_and_told(tmp_path):
    for name in ("ada/1.png", "loose.png", ".hidden/1.png"):
        _save(tmp_path / name)
    (tmp_path / "ada" / "notes.txt").write_text("nothing")
    found = people_in(tmp_path)
    assert [one.person for one in found.photographs] == ["ada"]
    assert found.remarks == (
        "photographs beside the people's folders, passed over: 1",
        "passed over: 1 file that is no photograph",
    )


def test_a_folder_without_people_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"there is no folder .*nowhere: give a folder that holds one folder for each"):
        photograph_set(str(tmp_path / "nowhere"))
    _save(tmp_path / "loose.png")
    with pytest.raises(UserError, match="holds no folders with photographs in them"):
        people_in(tmp_path)


def test_openpeoples_photographs_are_those_of_its_labels():
    found = openpeople_set()
    assert len(found.photographs) == len({(one.person, one.name) for one in found.photographs}) == 200
    assert [len(found.of(person)) for person in found.people] == [20] * 10
    labels = [one for one in hand_labels() if one.person == "P002"]
    chosen = (0, 4, 5)
    expected = photographs([labels[at] for at in chosen])
    for at, photograph in zip(chosen, expected, strict=True):
        assert np.array_equal(found.of("P002")[at].read().pixels, photograph.pixels)
    assert found.of("P002")[5].name == "emotions_sheet 2"


def test_orl_is_forty_people_of_ten_photographs_in_which_a_face_is_found(networks):
    found = photograph_set("orl")
    assert "AT&T Laboratories Cambridge" in found.credit
    assert len(found.photographs) == 400
    assert [len(found.of(person)) for person in found.people] == [10] * 40
    for one in (found.of("s1")[0], found.of("s40")[9]):
        photograph = one.read()
        assert photograph.pixels.shape == (384, 344, 3)
        assert is_usable(choose_face(photograph, networks.detector().detect(photograph.pixels)))


def test_the_edge_of_a_small_picture_goes_on_around_it():
    grey = np.zeros((112, 92), np.uint8)
    grey[0], grey[-1] = 100, 200
    seen = as_seen(grey)
    assert seen.shape == (384, 344, 3)
    assert (seen[0] == 100).all()
    assert (seen[-1] == 200).all()
    assert (seen[190] == 0).all()
