"""ORL's hand labels: every photograph has its line, and eyeglasses and gender are always decided."""

from __future__ import annotations

from collections import Counter

import pytest

from explorer.studio import places
from explorer.studio.errors import UserError
from explorer.studio.evaluation import orl
from explorer.studio.evaluation.orl import orl_labels


def test_every_photograph_is_labelled_and_a_person_is_of_one_gender():
    labels = orl_labels()
    assert [(one.person, one.name) for one in labels] == [
        (f"s{person}", str(number)) for person in range(1, 41) for number in range(1, 11)
    ]
    assert all(value in (0.0, 1.0) for one in labels for value in one.truths.values())
    assert all({"eyeglasses", "gender"} <= set(one.truths) for one in labels)
    genders = {one.person: one.truths["gender"] for one in labels}
    assert all(one.truths["gender"] == genders[one.person] for one in labels)
    assert {person for person, male in genders.items() if not male} == {"s8", "s10", "s32", "s35"}
    smiles = Counter(one.truths.get("smiling") for one in labels)
    assert (smiles[1.0], smiles[0.0], smiles[None]) == (144, 153, 103)
    assert sum(one.truths["eyeglasses"] for one in labels) == 119


def test_the_card_says_who_is_to_be_credited_and_that_no_photograph_is_here():
    card = (places.models() / "orl-labels.md").read_text(encoding="utf-8")
    assert "AT&T Laboratories Cambridge" in card
    assert "1994" in card
    assert "no photograph" in card
    for count in ("144 smile", "153 do not", "103 are empty", "119 photographs"):
        assert count in card


def test_a_damaged_file_is_said_in_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(orl.places, "models", lambda: tmp_path)
    with pytest.raises(UserError, match=r"orl-labels\.csv.*install it again"):
        orl_labels()
    (tmp_path / "orl-labels.csv").write_text("person,photograph,smiling,eyeglasses,male\ns1,1,perhaps,0,1\n")
    with pytest.raises(UserError, match=r"orl-labels\.csv"):
        orl_labels()
