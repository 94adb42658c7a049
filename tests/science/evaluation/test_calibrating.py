"""Calibrating on photographs: nobody judges what was fitted on them, and exact probabilities have no excess."""

from __future__ import annotations

import pytest
import torch

from explorer.science.evaluation.calibrating import (
    KnownAnswers,
    calibrated_on_photographs,
    exact_calibration_error,
    skill_of,
)
from explorer.science.leakage.calibration import expected_calibration_error
from explorer.science.leakage.probes import PROBES

# A fit a person takes its time.
pytestmark = pytest.mark.slow

SMILING, GENDER, AGE, EXPRESSION = (PROBES[name] for name in ("smiling", "gender", "age", "expression"))


def known(people: int = 40, each: int = 10, *, once: bool = False, worth: float = 2.0, seed: int = 0) -> KnownAnswers:
    """Logits that overstate by a factor of three what is so; where `once`, a person's photographs all agree."""
    random = torch.Generator().manual_seed(seed)
    whose = torch.arange(people).repeat_interleave(each)
    logits = worth * torch.randn(people * each, generator=random)
    drawn = torch.rand(people, generator=random)[whose] if once else torch.rand(len(whose), generator=random)
    if once:
        logits = logits[::each].repeat_interleave(each)
    return KnownAnswers(3 * logits + 1, (drawn < logits.sigmoid()).float(), whose)


def test_a_slope_and_an_intercept_are_found():
    found = calibrated_on_photographs(SMILING, known(40, 20), "made-up people")
    assert found.slope == pytest.approx(1 / 3, rel=0.2)
    assert found.shifts[0] == pytest.approx(-1 / 3, abs=0.2)
    assert found.tells
    assert found.excess < 0.03
    assert (found.skill.people, found.skill.faces, found.calibrated_on) == (40, 800, "made-up people")


def test_what_says_nothing_does_not_beat_the_base_rate():
    answers = known()
    blind = KnownAnswers(
        answers.outputs[torch.randperm(400, generator=torch.Generator().manual_seed(3))],
        *(answers.truth, answers.people),
    )
    found = calibrated_on_photographs(SMILING, blind, "")
    assert not found.tells
    assert found.skill.value < 0.05


def test_who_is_judged_was_not_fitted_on():
    """A person alone of a kind, whom a fit on all would read rightly, is read as the others would have it."""
    answers = known(20, 4)
    outputs, truth = answers.outputs.clone(), answers.truth.clone()
    base = calibrated_on_photographs(SMILING, answers, "")
    outputs[:4], truth[:4] = 8.0, 0.0  # sure, and wrong
    odd = calibrated_on_photographs(SMILING, KnownAnswers(outputs, truth, answers.people), "")
    assert odd.skill.value < base.skill.value
    assert odd.error.value > base.error.value


def test_every_person_counts_the_same():
    answers = known(30, 4)
    more = torch.cat([torch.arange(120), *[torch.arange(4)] * 25])  # a hundred more photographs of the first
    repeated = calibrated_on_photographs(SMILING, answers.rows(more), "")
    once = calibrated_on_photographs(SMILING, answers, "")
    assert repeated.slope == pytest.approx(once.slope, rel=1e-4)
    assert repeated.usual == pytest.approx(once.usual)


def test_fifty_people_of_one_label_each_show_what_fifty_draws_show():
    answers = known(50, 12, once=True, worth=1.5)
    exact = (answers.outputs - 1).div(3).sigmoid()
    floor = exact_calibration_error(exact, answers.truth, answers.people)
    assert 0.1 < floor < 0.2
    assert floor > 2 * exact_calibration_error(exact, known(50, 12).truth, answers.people), "as if they were 600"
    measured = expected_calibration_error(exact, answers.truth)
    assert measured - floor < 0.06


def test_labels_that_change_within_a_person_are_drawn_face_by_face():
    answers = known(50, 12)
    exact = (answers.outputs - 1).div(3).sigmoid()
    by_face = exact_calibration_error(exact, answers.truth, answers.people)
    assert by_face < 0.06
    assert by_face == exact_calibration_error(exact, answers.truth, answers.people), "it is the same each time"


def test_numbers_are_rescaled_and_say_how_far_they_lie_off():
    random = torch.Generator().manual_seed(2)
    truth = 20 + 40 * torch.rand(300, generator=random)
    said = (truth - 10) / 2 + torch.randn(300, generator=random)
    found = calibrated_on_photographs(AGE, KnownAnswers(said, truth, torch.arange(300) // 10), "")
    assert found.slope == pytest.approx(2, abs=0.1)
    assert found.answers(torch.tensor(20.0)) == pytest.approx(50, abs=1)
    assert found.tells
    assert found.excess is None
    assert 2 < found.margin < 6
    turned = calibrated_on_photographs(AGE, KnownAnswers(-said, truth, torch.arange(300) // 10), "")
    assert (turned.slope, turned.tells) == (0.0, False), "what is upside down is no answer"


def test_classes_have_an_intercept_each():
    random = torch.Generator().manual_seed(4)
    truth = torch.arange(280) % 7
    logits = 3.0 * torch.nn.functional.one_hot(truth, 7) + torch.randn(280, 7, generator=random)
    found = calibrated_on_photographs(EXPRESSION, KnownAnswers(logits, truth, torch.arange(280) // 7), "")
    assert len(found.shifts) == len(found.usual) == 7
    assert found.tells
    assert found.answers(logits).sum(-1) == pytest.approx(torch.ones(280), abs=1e-6)


def test_what_too_few_people_differ_in_is_not_calibrated():
    people = torch.arange(40) // 4
    few = (people < 2).float()
    assert calibrated_on_photographs(GENDER, KnownAnswers(torch.randn(40), few, people), "") is None
    assert calibrated_on_photographs(GENDER, KnownAnswers(torch.randn(40), torch.zeros(40), people), "") is None
    assert calibrated_on_photographs(PROBES["landmarks"], KnownAnswers(torch.randn(40), few, people), "") is None


def test_skill_is_the_share_of_the_base_rates_error_that_is_gone_people_counting_the_same():
    people = torch.tensor([0, 0, 0, 1])
    found = skill_of(torch.tensor([0.1, 0.1, 0.1, 0.3]), torch.full((4,), 0.4), people, numbers=False)
    assert found.value == pytest.approx(0.5)
    assert found.low == pytest.approx(0.25)
    assert found.high == pytest.approx(0.75)
    assert found.beats_chance
    none = skill_of(torch.ones(4), torch.zeros(4), people, numbers=True)
    assert none.value == 0
