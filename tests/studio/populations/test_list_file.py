"""The list that travels: small, equal after a round trip, and refused where it is not one."""

import json

import numpy as np
import pytest
import torch
from safetensors.numpy import load, save

from explorer.science.training.photoreal_people import STEP, to_steps
from explorer.studio.errors import UserError
from explorer.studio.populations.list_file import (
    LARGEST_FILE,
    list_bytes,
    read_people_list,
    rounded,
    write_people_list,
)
from tests.science.training.photoreal_kit import EDITS
from tests.studio.populations.list_kit import made_up_list


def test_a_list_comes_back_as_it_was_to_the_byte(tmp_path):
    people = made_up_list()
    back, digest = read_people_list(write_people_list(people, tmp_path / "people-list.safetensors"))
    assert len(digest) == 64
    for name in ("seeds", "codes", "tries", "age", "male"):
        assert np.array_equal(getattr(back, name), getattr(people, name))
        assert getattr(back, name).dtype == getattr(people, name).dtype
    for one, other in zip(back.edits, people.edits, strict=True):
        assert torch.equal(one.normal, other.normal)
        assert (one.axis, one.spread, one.first, one.last) == (other.axis, other.spread, other.first, other.last)
    assert (back.psi, back.thresholds) == (0.8, people.thresholds)
    assert list_bytes(back) == list_bytes(people)


def test_what_is_drawn_is_what_was_checked():
    """Strengths lie within half a step of what was wanted, directions within half precision; again they stay."""
    strengths = np.random.default_rng(0).uniform(-3.9, 3.9, 500)
    codes = to_steps(strengths)
    assert np.abs(codes * STEP - strengths).max() <= STEP / 2
    assert np.array_equal(to_steps(codes * STEP), codes)
    edit = rounded(EDITS[0])
    assert torch.equal(rounded(edit).normal, edit.normal)


def test_a_thousand_people_with_ten_pictures_take_less_than_a_megabyte():
    assert len(list_bytes(made_up_list(1000, 10))) < 1_000_000


def damaged(data, change):
    tensors, length = load(data), int.from_bytes(data[:8], "little")
    about = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["about"])
    change(tensors, about)
    return save(tensors, {"about": json.dumps(about)})


CHANGES = {
    "seeds twice": lambda tensors, about: tensors["seeds"].fill(5),
    "seeds below 0": lambda tensors, about: tensors["seeds"].__imul__(-1),
    "no direction": lambda tensors, about: tensors["directions"].fill(np.nan),
    "other shapes": lambda tensors, about: tensors.update(tries=tensors["tries"][:, 1:]),
    "other numbers": lambda tensors, about: tensors.update(codes=tensors["codes"].astype(np.int16)),
    "layers there are not": lambda tensors, about: about["axes"][0].update(last=99),
    "no truncation": lambda tensors, about: about["recipe"].update(psi=7),
    "axes without directions": lambda tensors, about: about["axes"].pop(),
    "another version": lambda tensors, about: about.update(version=9),
    "no thresholds": lambda tensors, about: about.pop("thresholds"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_no_list_is_refused_in_a_line(name, tmp_path):
    place = tmp_path / "list.safetensors"
    place.write_bytes(damaged(list_bytes(made_up_list()), CHANGES[name]))
    with pytest.raises(UserError, match="no list of people"):
        read_people_list(place)


def test_damaged_missing_and_huge_files_are_refused(tmp_path):
    place = tmp_path / "list.safetensors"
    with pytest.raises(UserError, match="is missing"):
        read_people_list(place)
    data = list_bytes(made_up_list())
    for broken in (b"", data[:100], b"\xff" * 200, data[:-5]):
        place.write_bytes(broken)
        with pytest.raises(UserError, match="no list of people"):
            read_people_list(place)
    with place.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    with pytest.raises(UserError, match="larger"):
        read_people_list(place)
