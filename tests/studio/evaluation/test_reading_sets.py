"""The photographs that readings are judged on: those listed of the named sets, and a folder's own labels."""

from __future__ import annotations

import pytest
from PIL import Image

from explorer.studio.errors import UserError
from explorer.studio.evaluation.reading_sets import reading_set


def test_of_openpeople_portraits_and_postures_are_read():
    found = reading_set("openpeople", each=1)
    assert (len(found.photographs), found.runs) == (40, 3)
    assert {"gender", "age"} <= set(found.by_hand)
    kinds = {one.photograph.name for one in found.photographs}
    assert kinds == {"studio_portrait", "amateur_selfie", "studio_posture", "amateur_posture"}
    assert all({"gender", "age"} <= set(one.truths) for one in found.photographs)


def test_of_orl_photographs_1_and_6_are_read():
    found = reading_set("orl", each=1)
    assert (len(found.photographs), found.runs) == (80, 1)
    assert {one.photograph.name for one in found.photographs} == {"1", "6"}
    assert all("eyeglasses" in one.truths for one in found.photographs)
    assert "AT&T" in found.credit
    assert len(found.first(3).photographs) == 6


@pytest.fixture
def people(tmp_path):
    for person in ("anna", "bert"):
        (tmp_path / person).mkdir()
        for number in range(3):
            Image.new("RGB", (8, 8)).save(tmp_path / person / f"{number}.png")
    return tmp_path


def test_a_folder_is_labelled_by_its_own_file(people):
    (people / "labels.csv").write_text(
        "person,photograph,smiling,male,age_from,age_to,expression\nanna,0.png,1,0,20,30,happy\nbert,1.png,,1,,,\n"
    )
    found = reading_set(str(people), each=2)
    assert len(found.photographs) == 4
    first, *_, last = found.photographs
    assert first.truths == {"smiling": 1.0, "gender": 0.0, "age": 25.0, "expression": first.truths["expression"]}
    assert last.truths == {"gender": 1.0}
    assert set(found.by_hand) == {"smiling", "gender", "age", "expression"}


def test_a_folder_without_labels_is_held_against_the_labellers(people):
    found = reading_set(str(people), each=1)
    assert found.by_hand == ()
    assert [one.truths for one in found.photographs] == [{}, {}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("person,photograph,smiling\nanna,0.png,yes\n", "line 2: smiling is 'yes'"),
        ("who,photograph\nanna,0.png\n", "'person'"),
        ("person,photograph,expression\nanna,0.png,bored\n", "expression is 'bored'"),
        ("person,photograph,age_from,age_to\nanna,0.png,30,20\n", "no age is from 30 to 20"),
        ("person,photograph,age_from,age_to\nanna,0.png,nan,nan\n", "no age is from nan"),
        ("person,photograph,age_from,age_to\nanna,0.png,young,old\n", "young"),
        ("person,photograph,smiling\nanna\n", ""),
    ],
)
def test_a_damaged_file_of_labels_is_said_in_one_line(people, text, said):
    (people / "labels.csv").write_text(text)
    if not said:  # what is missing was not decided
        assert reading_set(str(people), each=1).by_hand == ()
        return
    with pytest.raises(UserError) as caught:
        reading_set(str(people), each=1)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_of_labels_that_is_no_text_is_refused(people):
    (people / "labels.csv").write_bytes(b"\xff\xfe\x00person")
    with pytest.raises(UserError, match=r"labels\.csv"):
        reading_set(str(people), each=1)
