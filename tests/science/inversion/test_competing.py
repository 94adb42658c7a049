"""Another contest where the first one's winner has not come near."""

from __future__ import annotations

from typing import Any

import torch

from explorer.science.inversion.starts import StartCache
from explorer.science.inversion.step import StartsProgress
from tests.science.inversion.small_world import run, settings, world

__all__ = ["world"]

World = tuple[dict[str, Any], torch.Tensor]
NEVER_NEAR = 1.0


def test_a_winner_that_is_near_goes_on_without_another_contest(world: World) -> None:
    one = run(world, settings(starts=6, contest=1, retry=0.0))
    near = run(world, settings(starts=6, contest=1, retry=0.01))
    assert len(one[2]) == len(near[2])
    assert all(torch.equal(a.latent, b.latent) for a, b in zip(one[0], near[0], strict=True))


def test_else_other_starts_compete_and_the_better_winner_goes_on(world: World) -> None:
    first, _, alone = run(world, settings(starts=6, contest=1, retry=0.0))
    other, _, _ = run(world, settings(starts=6, contest=1, retry=0.0, seed=5))
    both, outcome, told = run(world, settings(starts=6, contest=1, retry=NEVER_NEAR))
    again, _, _ = run(world, settings(starts=6, contest=1, retry=NEVER_NEAR))
    assert torch.equal(both[0].latent, again[0].latent)
    assert both[0].total <= first[0].total
    assert outcome.begun_from == "random"
    assert len(told) == 2 * len(alone) + 1
    assert not torch.equal(first[0].latent, other[0].latent)


def test_what_is_told_is_of_both_contests(world: World) -> None:
    _, _, told = run(world, settings(starts=6, contest=1, retry=NEVER_NEAR))
    assert [one.done for one in told] == sorted(one.done for one in told)
    assert all(one.done <= one.total for one in told)
    assert told[-1].done == told[-1].total
    assert {seen.number for one in told for seen in one.seen} == set(range(12))
    assert told[-1].starts == 12
    fallen = [number for one in told for number in one.fallen]
    assert len(fallen) == len(set(fallen)), "nobody goes out twice"
    steps = [one.leader.step for one in told if one.leader is not None]
    assert steps == list(range(told[-1].steps))


def test_one_is_left_in_the_end_and_it_is_the_better_one(world: World) -> None:
    steps, _, told = run(world, settings(starts=6, contest=1, retry=NEVER_NEAR))
    left = set(range(12)) - {number for one in told for number in one.fallen}
    last = {seen.number: seen.total for one in told for seen in one.seen}
    (winner,) = left
    assert last[winner] <= min(last[one] for one in told[-1].fallen)
    assert steps[0].total < last[winner]


def test_it_is_stopped_within_the_second_contest_too(world: World) -> None:
    count = len(run(world, settings(starts=6, contest=1, retry=0.0))[2])
    asked: list[StartsProgress] = []

    def should_stop() -> bool:
        asked.append(StartsProgress(0, 0, 0.0))
        return len(asked) > count + 1

    steps, outcome, _ = run(world, settings(starts=6, contest=1, retry=NEVER_NEAR), should_stop=should_stop)
    assert (steps, outcome) == ([], None)


def test_both_contests_are_remembered(world: World) -> None:
    memory = StartCache()
    first, _, _ = run(world, settings(starts=6, contest=1, retry=NEVER_NEAR), memory=memory)
    again, _, told = run(world, settings(starts=6, contest=1, retry=NEVER_NEAR), memory=memory)
    assert told == []
    assert torch.equal(first[0].latent, again[0].latent)
