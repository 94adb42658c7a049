"""Questions are counted: within the budget, at the pace, none twice, and each that leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from explorer.studio.blackbox.account import Account, BudgetSpentError, Count, Manner
from explorer.studio.blackbox.answer import BlackBoxError, TransientError
from explorer.studio.blackbox.answers import Answers, picture_hash
from tests.studio.blackbox.kit import Canned, frame


class Clock:
    """Time that passes only where it is waited for. waits: how long, each time."""

    def __init__(self) -> None:
        self.now, self.waits = 100.0, list[float]()

    def pause(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def answers(tmp_path: Path) -> Iterator[Answers]:
    with Answers(tmp_path) as opened:
        yield opened


def account(
    box: Canned, answers: Answers, budget: int | None = None, manner: Manner | None = None, clock: Clock | None = None
) -> Account:
    clock = clock or Clock()
    return Account(box, answers, budget, manner, lambda: clock.now, clock.pause)


def failing(*errors: Exception | None) -> Callable[[int], Any]:
    """Raises in turn, and answers where there is None and afterwards."""

    def answer(number: int) -> list[float]:
        error = errors[number] if number < len(errors) else None
        if error is not None:
            raise error
        return [1.0, number]

    return answer


def test_no_picture_is_sent_twice_and_one_that_was_answered_before_costs_the_same(answers: Answers) -> None:
    box = Canned(lambda number: None if number == 1 else [1.0, number])
    first = account(box, answers)
    told = first.ask([frame(0), frame(1), frame(0), frame(2)])
    assert [None if one is None else one.tolist() for one in told] == [[1, 0], None, [1, 0], [1, 2]]
    assert first.count == Count(used=3, sent=3, refused=1)
    again = account(box, answers)
    assert again.known(picture_hash(frame(9))) is None
    assert again.known(picture_hash(frame(1))) is not None
    assert again.ask([frame(0), frame(1), frame(5)])[2] is not None
    assert again.count == Count(used=3, sent=1, refused=1)
    assert box.sent == 4


def test_a_budget_is_kept_to_and_what_was_answered_before_it_was_spent_stays(answers: Answers) -> None:
    asked = account(Canned(failing()), answers, budget=2)
    with pytest.raises(BudgetSpentError, match="budget of 2 queries"):
        asked.ask([frame(0), frame(1), frame(2)])
    assert (asked.left, len(answers)) == (0, 2)
    assert asked.ask([frame(1)])[0] is not None  # it is paid for
    with pytest.raises(BudgetSpentError):
        account(Canned(failing()), answers, budget=1).ask([frame(0), frame(1)])


def test_what_brought_no_answer_is_sent_again_and_counts_again(answers: Answers) -> None:
    clock = Clock()
    box = Canned(failing(TransientError("a"), TransientError("b", after=7.0), None))
    asked = account(box, answers, budget=5, manner=Manner(retries=2), clock=clock)
    asked.ask([frame(0)])
    assert asked.count == Count(used=3, sent=3, repeated=2)
    assert clock.waits == [0.5, 7.0]


def test_what_never_left_counts_once(answers: Answers) -> None:
    box = Canned(failing(TransientError("not there", left=False), TransientError("not there", left=False)))
    asked = account(box, answers)
    asked.ask([frame(0)])
    assert asked.count == Count(used=1, sent=1)


def test_patience_has_an_end_and_so_has_the_budget(answers: Answers) -> None:
    box = Canned(failing(*[TransientError("silent")] * 9))
    with pytest.raises(BlackBoxError, match="silent, 3 times") as caught:
        account(box, answers, manner=Manner(retries=2)).ask([frame(0)])
    assert not isinstance(caught.value, TransientError)
    with pytest.raises(BudgetSpentError):
        account(box, answers, budget=2, manner=Manner(retries=5)).ask([frame(0)])
    assert box.sent == 5
    with pytest.raises(BlackBoxError, match=r"silent$"):
        account(box, answers, manner=Manner(retries=0)).ask([frame(0)])


def test_what_is_wrong_for_good_is_not_asked_again(answers: Answers) -> None:
    box = Canned(failing(BlackBoxError("no encoder")))
    with pytest.raises(BlackBoxError, match="no encoder"):
        account(box, answers).ask([frame(0)])
    assert box.sent == 1


def test_the_pace_is_kept_and_kept_answers_need_none(answers: Answers) -> None:
    clock = Clock()
    asked = account(Canned(failing()), answers, manner=Manner(rate=4), clock=clock)
    asked.ask([frame(number) for number in range(4)])
    assert clock.waits == [0.25, 0.25, 0.25]
    asked.ask([frame(number) for number in range(4)])
    clock.now += 5
    asked.ask([frame(7), frame(8)])
    assert clock.waits == [0.25] * 4


def test_another_encoder_under_the_same_name_is_noticed_by_its_numbers(answers: Answers) -> None:
    account(Canned(failing()), answers).ask([frame(0)])
    other = account(Canned(lambda number: [1.0, 2, 3]), answers)
    other.ask([frame(1)])
    with pytest.raises(BlackBoxError, match="--ask-anew"):
        other.ask([frame(0)])


def test_an_answer_is_filed_under_the_photograph_that_it_is_of(answers: Answers) -> None:
    asked = account(Canned(failing()), answers)
    asked.ask([frame(0), frame(1)], pictures=["x", "y"])
    asked.ask([frame(0)], photograph="photo", pictures=["x"])
    assert [answers[name].photograph for name in "xy"] == ["photo", None]
