"""The phases of a run, and that a run is drawn by them: coarse steps, the settings' own, the finish."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import settings as searched
from hypothesis import strategies as st

from explorer.science.generation.registry import GENERATORS, GeneratorEntry
from explorer.science.generation.spec import MOBILESTYLEGAN
from explorer.science.inversion.descent import Descent
from explorer.science.inversion.phases import (
    coarse_evaluations,
    contest_rounds,
    contest_steps,
    drawn_resolutions,
    last_steps,
    run_phases,
    size_in_words,
    starts_resolution,
)
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.starts import StartCache, WarmStart
from tests.science.inversion.small_world import TinyGenerator, run, settings, world

__all__ = ["world"]

World = tuple[dict[str, Any], torch.Tensor]


def drawn(world: World) -> list[int]:
    generator: TinyGenerator = world[0]["generator"]
    return generator.resolutions


@searched(deadline=None, derandomize=True)
@given(
    steps=st.integers(1, 60),
    coarse=st.integers(0, 80),
    finish=st.integers(0, 80),
    resolution=st.sampled_from([128, 256, 512, 1024]),
    warm=st.booleans(),
)
def test_all_steps_are_in_phases_that_grow_and_one_schedule_leads_up_to_the_finish(
    steps: int, coarse: int, finish: int, resolution: Any, warm: bool
) -> None:
    chosen = InversionSettings(steps=steps, coarse=coarse, finish=finish, resolution=resolution)
    phases = run_phases(chosen, warm=warm)
    assert sum(phase.steps for phase in phases) == steps
    assert sum(phase.schedule or 0 for phase in phases) == steps, "a schedule begins anew at the finish alone"
    sizes = [phase.resolution for phase in phases]
    assert sizes == sorted(sizes)
    small = sum(phase.steps for phase in phases if phase.resolution < resolution)
    if warm or resolution == 128:
        assert small == 0
    else:
        assert small == min(max(coarse - contest_steps(chosen), 0), steps - min(finish, steps))
    assert last_steps(phases)[-1] == steps
    assert set(sizes) <= set(drawn_resolutions(chosen, warm=warm)) <= {*sizes, resolution, starts_resolution(chosen)}


@searched(deadline=None, derandomize=True)
@given(
    coarse=st.integers(0, 80),
    starts=st.integers(1, 80),
    contest=st.integers(0, 5),
    proposed=st.integers(0, 10),
    resolution=st.sampled_from([128, 256]),
)
def test_the_contests_evaluations_are_coarse_as_long_as_its_steps_are(
    coarse: int, starts: int, contest: int, proposed: int, resolution: Any
) -> None:
    chosen = InversionSettings(coarse=coarse, starts=starts, contest=contest, resolution=resolution)
    rounds = contest_rounds(chosen, starts + proposed)
    sizes = [size for size, steps in rounds for _ in range(steps)] or [starts + proposed]
    assert sizes == sorted(sizes, reverse=True)
    small = sum(size for made, size in enumerate(sizes) if starts_resolution(chosen, made) == 128)
    assert coarse_evaluations(chosen, starts + proposed) == (0 if resolution == 128 else small)
    assert contest_steps(chosen) == (len(sizes) if contest else 0)


def test_without_coarse_steps_a_run_is_what_it_always_was() -> None:
    phases = run_phases(InversionSettings(steps=90, coarse=0, finish=14, resolution=256))
    assert [(phase.steps, phase.resolution, phase.schedule, phase.share) for phase in phases] == [
        (76, 256, 76, 1.0),
        (14, 512, 14, 0.4),
    ]
    assert last_steps(phases) == (75, 90)


def test_the_contest_and_the_first_steps_are_drawn_at_128_px(world: World) -> None:
    chosen = settings(steps=12, coarse=7, finish=4, starts=6, contest=1)
    steps, outcome, contest = run(world, chosen)
    sizes = drawn(world)[1:]  # the first picture is the target's
    assert sizes[-13:] == [128] * 5 + [256] * 3 + [512] * 5  # two of the seven were the contest's
    assert set(sizes[:-13]) == {128}
    assert contest[-1].done == contest[-1].total
    assert outcome.best_index == min(range(8, 13), key=lambda index: steps[index].total)


def test_a_contest_goes_on_at_the_settings_size_behind_its_coarse_steps(world: World) -> None:
    """Points that were found on a picture of another size are not taken over."""
    calls = world[0]["detector"]
    before = calls.calls
    run(world, settings(steps=2, coarse=1, finish=0, starts=6, contest=2, realign_every=100))
    # Six starts once in fours at 128 px, then in twos at 256: twice six, twice three; three states of the search.
    assert drawn(world)[1:] == [128] * 2 + [256] * 3 + [256] * 4 + [256] * 3
    assert calls.calls - before == 2 + 3


def test_the_nearest_as_drawn_is_found_at_128_px_too(world: World) -> None:
    run(world, settings(steps=2, coarse=1, contest=0, starts=5))
    assert drawn(world)[1:] == [128, 128, 128, 256, 256]


def test_a_run_that_goes_on_is_past_the_coarse_steps(world: World) -> None:
    steps, _, _ = run(world, settings(steps=6, coarse=6, starts=2))
    before = len(drawn(world))
    run(world, settings(steps=6, coarse=6), beginning=WarmStart(steps[3].latent, 3))
    assert drawn(world)[before:] == [256] * 7


def test_at_128_px_and_with_no_head_for_it_coarse_changes_nothing(world: World) -> None:
    one, other = (run(world, settings(steps=6, coarse=coarse, resolution=128))[0] for coarse in (0, 4))
    assert all(torch.equal(a.latent, b.latent) for a, b in zip(one, other, strict=True))


@pytest.fixture
def headless() -> Iterator[str]:
    name = "headless"
    GENERATORS.register(name, GeneratorEntry(replace(MOBILESTYLEGAN, id=name, previews=(256,)), lambda *_: None))
    yield name
    GENERATORS.unregister(name)


def test_a_generator_without_a_head_for_128_px_is_drawn_as_always(headless: str) -> None:
    chosen = InversionSettings(generator=headless, coarse=20, steps=90, finish=14)
    assert starts_resolution(chosen) == 256
    assert run_phases(chosen) == run_phases(chosen.model_copy(update={"coarse": 0}))


def test_the_rate_goes_on_over_the_change_of_size_and_begins_anew_at_the_finish(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[tuple[int, float]] = []
    begin = Descent.begin

    def noted(self: Descent, steps: int, share: float = 1.0, before: int = 0) -> None:
        begun.append((steps, share))
        begin(self, steps, share, before)

    monkeypatch.setattr(Descent, "begin", noted)
    run(world, settings(steps=12, coarse=5, finish=4, starts=1, contest=0))
    assert begun[-2:] == [(8, 1.0), (4, 0.4)]


def test_a_cosine_reached_in_the_coarse_steps_leads_on_to_the_next_size(world: World) -> None:
    steps, outcome, _ = run(world, settings(steps=200, coarse=150, finish=5, stop_cosine=0.9))
    first = next(step.index for step in steps if step.cosine >= 0.9)
    assert drawn(world)[-3:] == [128, 256, 512]
    assert (outcome.stopped_by, steps[-1].index) == ("cosine", first + 2)


def test_a_start_is_remembered_whatever_the_number_of_coarse_steps_but_not_for_another_size(world: World) -> None:
    memory = StartCache()
    run(world, settings(coarse=40, contest=2), memory=memory)
    assert not run(world, settings(coarse=90, contest=2), memory=memory)[2]
    assert run(world, settings(coarse=2, contest=2), memory=memory)[2]
    assert run(world, settings(coarse=0, contest=2), memory=memory)[2]


def test_a_size_is_called_what_it_is_for() -> None:
    chosen = InversionSettings(resolution=512, finish=3, coarse=4)
    assert [size_in_words(chosen, size) for size in (128, 512, 1024)] == ["coarse, 128 px", "512 px", "finish, 1024 px"]


@pytest.mark.parametrize("previews", [(), (256,)])
def test_a_generator_without_a_preview_of_128_px_makes_its_coarse_steps_at_the_settings_size(
    previews: tuple[int, ...],
) -> None:
    spec = replace(MOBILESTYLEGAN, id="brought", previews=previews, heads=())
    GENERATORS.register("brought", GeneratorEntry(spec, GENERATORS[MOBILESTYLEGAN.id].build))
    try:
        chosen = InversionSettings(generator="brought", steps=72, coarse=30, lead=0.05, finish=10)
        _has_no_coarse_steps(chosen)
    finally:
        GENERATORS.unregister("brought")
    _has_no_coarse_steps(chosen)  # of a record that outlived its generator


def _has_no_coarse_steps(chosen: InversionSettings) -> None:
    assert starts_resolution(chosen) == 256
    assert [(phase.steps, phase.resolution) for phase in run_phases(chosen)] == [(62, 256), (10, 512)]
    assert drawn_resolutions(chosen) == (256, 512)
