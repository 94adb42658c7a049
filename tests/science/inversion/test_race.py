"""What is told of the contest of starts: every start as it is drawn, who goes out, who is ahead."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.step import InversionStep, StartsProgress
from tests.science.inversion.small_world import TinyGenerator, answering, only, run, settings, world

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


def test_behind_the_first_cut_all_others_go_out_once_a_start_is_clearly_ahead(world: World) -> None:
    """At the first step at which the lowest total is by that share below the next one; it makes its steps alone then,
    to where it would have won."""
    chosen = settings(starts=7, contest=2, schedule="constant")
    _, whole = race(world, chosen)
    leads = {step: 1 - one[0] / one[1] for step, one in _totals(whole).items() if step >= 2}
    lead = sorted(leads.values())[-2] * 0.999
    decided = next(step for step, found in leads.items() if found >= lead)
    assert 2 <= decided < 7, "else there is nothing to see"
    steps, progress = race(world, chosen.model_copy(update={"lead": lead}))
    competing = {step: len(totals) for step, totals in _totals(progress).items()}
    assert [competing[step] for step in range(8)] == [7, 7, 4, 4, 2, 2, 2, 2][: decided + 1] + [1] * (7 - decided)
    assert (progress[-1].done, progress[-1].total) == (sum(competing.values()),) * 2
    fallen = [number for event in progress for number in event.fallen]
    assert len(fallen) == len(set(fallen)) == 6
    (winner,) = {one.number for event in progress for one in event.seen if one.step == 7}
    assert winner not in fallen
    z, w = world[0]["generator"].sample(7, 0)
    networks = {**world[0], "generator": only(world[0]["generator"], z[winner], w[winner])}
    alone, _, _ = run((networks, world[1]), settings(starts=1, schedule="constant"))
    torch.testing.assert_close(steps[0].latent, alone[8].latent)
    torch.testing.assert_close(steps[2].latent, alone[10].latent)


@pytest.mark.parametrize("lead", [0.0, 1.0])
def test_with_no_lead_and_with_one_that_nobody_has_every_round_is_held(world: World, lead: float) -> None:
    steps, progress = race(world, settings(starts=7, contest=2))
    same, held = race(world, settings(starts=7, contest=2, lead=lead))
    assert len(held) == len(progress)
    assert all(torch.equal(one.latent, other.latent) for one, other in zip(steps, same, strict=True))
