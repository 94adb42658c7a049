"""What is told of the contest of starts: every start as it is drawn, who goes out, who is ahead."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.step import InversionStep, StartsProgress
from tests.science.inversion.test_invert import TinyGenerator, answering, run, settings, world

__all__ = ["world"]

World = tuple[dict[str, Any], torch.Tensor]


def race(world: World, chosen: InversionSettings, **more: Any) -> tuple[list[InversionStep], list[StartsProgress]]:
    steps, _, progress = run(world, chosen, **more)
    return steps, progress


@pytest.mark.parametrize("contest", [0, 2])
def test_every_start_is_seen_as_it_is_drawn(world: World, contest: int) -> None:
    _, progress = race(world, settings(starts=7, contest=contest))
    drawn = [one for event in progress for one in event.seen if one.step == 0]
    assert [one.number for one in drawn] == list(range(7))
    assert {(event.starts, event.proposed) for event in progress} == {(7, 0)}
    generator: TinyGenerator = world[0]["generator"]
    latents = generator.sample(7, 0)[1]
    images = generator.image(generator.styles(latents, "W"), 8)
    for one in drawn:
        torch.testing.assert_close(one.preview, images[one.number])
        assert not one.preview.requires_grad
        near = torch.cosine_similarity(images[one.number].flatten() - 0.5, world[1], dim=0)
        assert one.cosine == pytest.approx(float(near), abs=1e-5)


def test_starts_fall_until_one_is_left_and_that_one_begins_the_run(world: World) -> None:
    _, progress = race(world, settings(starts=7, contest=2))
    seen = {number for event in progress for number in [one.number for one in event.seen]}
    fallen = [number for event in progress for number in event.fallen]
    assert len(fallen) == len(set(fallen)) == 5, "of seven, then four, two are left for the last round"
    assert seen == set(range(7))
    for place, event in enumerate(progress):
        for number in event.fallen:
            later = [one.number for after in progress[place:] for one in after.seen]
            assert number not in later, "who is out is drawn no more"
    leaders = [event.leader for event in progress if event.leader is not None]
    assert [leader.step for leader in leaders] == list(range(8)) == list(range(progress[0].steps))
    assert leaders[-1].number not in fallen


def test_who_is_ahead_has_the_lowest_total_of_its_step(world: World) -> None:
    _, progress = race(world, settings(starts=7, contest=2, weights={"prior": 1e-3}))
    by_step: dict[int, dict[int, float]] = {}
    for event in progress:
        for one in event.seen:
            by_step.setdefault(one.step, {})[one.number] = one.total
        if event.leader is not None:
            totals = by_step[event.leader.step]
            assert event.leader.number == min(totals, key=lambda number: totals[number])
            weighted = event.leader.losses["identity"] + 1e-3 * event.leader.losses["prior"]
            assert event.leader.total == pytest.approx(weighted, rel=1e-5)
            assert event.leader.score == pytest.approx(event.leader.cosine, abs=1e-5)


def test_proposals_come_first_and_are_counted(world: World) -> None:
    _, progress = race(world, settings(starts=8, contest=2), regressor=answering(torch.ones(512)))
    assert {(event.starts, event.proposed) for event in progress} == {(9, 1)}


def test_nobody_who_looks_on_changes_the_result(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.science.inversion import starts as module

    chosen = settings(starts=7, contest=2)
    steps, _ = race(world, chosen)
    monkeypatch.setattr(module, "_seen", lambda *given: ())
    unseen, _ = race(world, chosen)
    assert all(torch.equal(one.latent, other.latent) for one, other in zip(steps, unseen, strict=True))


def _totals(progress: list[StartsProgress]) -> dict[int, list[float]]:
    """The totals of all that competed, by the step of the contest, ascending."""
    found: dict[int, list[float]] = {}
    for event in progress:
        for one in event.seen:
            found.setdefault(one.step, []).append(one.total)
    return {step: sorted(totals) for step, totals in found.items()}


def test_a_contest_ends_behind_its_first_cut_once_a_start_is_clearly_ahead(world: World) -> None:
    """It ends behind the first step at which the lowest total is by that share below the next one, with that start."""
    chosen = settings(starts=7, contest=2)
    steps, whole = race(world, chosen)
    leads = {step: 1 - one[0] / one[1] for step, one in _totals(whole).items() if step >= 2}
    lead = sorted(leads.values())[-2]
    ends = next(step for step, found in leads.items() if found >= lead)
    assert ends < 7, "else there is nothing to see"
    early, progress = race(world, chosen.model_copy(update={"lead": lead * 0.999}))
    told = progress[-1]
    assert (told.steps, told.done, told.total) == (ends + 1, told.total, sum(len(event.seen) for event in progress))
    fallen = [number for event in progress for number in event.fallen]
    assert len(fallen) == len(set(fallen)) == 6, "all but the winner have gone out"
    leader = next(event.leader for event in progress if event.leader is not None and event.leader.step == ends)
    assert leader.number not in fallen
    assert early[0].total < leader.total, "it goes on from where that step led"
    again, _ = race(world, chosen.model_copy(update={"lead": lead * 0.999}))
    assert all(torch.equal(one.latent, other.latent) for one, other in zip(early, again, strict=True))
    assert len(steps) == len(early)


@pytest.mark.parametrize("lead", [0.0, 1.0])
def test_with_no_lead_and_with_one_that_nobody_has_every_round_is_held(world: World, lead: float) -> None:
    steps, progress = race(world, settings(starts=7, contest=2))
    same, held = race(world, settings(starts=7, contest=2, lead=lead))
    assert len(held) == len(progress)
    assert all(torch.equal(one.latent, other.latent) for one, other in zip(steps, same, strict=True))
