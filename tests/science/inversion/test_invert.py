"""The inversion as a pure generator, on a small world with a known answer, and on the real networks."""

import itertools

import pytest
import torch

from explorer.science.inversion.invert import InversionOutcome, invert
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.starts import WarmStart, to_space
from explorer.science.inversion.step import InversionStep
from explorer.science.iteration import Steps
from tests.science.inversion.small_world import recogniser, run, settings, world

__all__ = ["world"]


@pytest.mark.slow
@pytest.mark.parametrize("space", ["Z", "W", "W+"])
@pytest.mark.parametrize("measure", ["cosine", "euclidean"])
def test_it_finds_the_face_in_every_space_and_measure(world, space, measure):
    world[0]["recogniser"] = recogniser(measure=measure)
    steps, outcome, _ = run(world, settings(space=space, rate=0.3))
    assert steps[outcome.best_index].cosine > 0.9 > 0.5 > steps[0].cosine
    assert outcome.latent.shape == ((23, 512) if space == "W+" else (512,))
    assert torch.equal(outcome.latent, steps[outcome.best_index].latent)


def test_a_seed_repeats_to_the_last_bit_and_another_differs(world):
    one, two, other = (run(world, settings(seed=seed))[0] for seed in (3, 3, 4))
    assert all(torch.equal(a.latent, b.latent) and a.losses == b.losses for a, b in zip(one, two, strict=True))
    assert not torch.equal(one[0].latent, other[0].latent)


def test_the_total_is_the_weighted_sum_and_the_best_its_minimum(world):
    steps, outcome, _ = run(world, settings(weights={"identity": 2.0, "prior": 0.5}))
    for step in steps:
        assert step.total == pytest.approx(2 * step.losses["identity"] + 0.5 * step.losses["prior"], rel=1e-5)
    assert outcome.best_index == min(range(len(steps)), key=lambda index: steps[index].total)
    assert [step.index for step in steps] == list(range(31))


def test_a_slider_acts_at_the_very_next_step_and_is_recorded(world):
    weights = {"identity": 1.0, "prior": 0.0}
    running = Steps(invert(world[1], settings(), **world[0], weights=lambda: weights))
    steps = []
    for event in running:
        if isinstance(event, InversionStep):
            steps.append(event)
            if event.index == 4:
                weights["prior"] = 0.25
    outcome = running.result
    assert [step.weights["prior"] for step in steps[:7]] == [0, 0, 0, 0, 0, 0.25, 0.25]
    assert outcome.weight_changes == ((0, "prior", 0.0), (5, "prior", 0.25)), "the settings named another weight"


def test_the_best_is_judged_by_the_weights_at_the_end(world):
    """With the identity switched off, the latent nearest to the mean wins, however early it came."""
    weights = {"identity": 1.0, "prior": 0.0}
    running = Steps(invert(world[1], settings(rate=2.0), **world[0], weights=lambda: weights))
    steps = []
    for event in running:
        if isinstance(event, InversionStep):
            steps.append(event)
            if event.index == 29:
                weights.update(identity=0.0, prior=1.0)
    outcome = running.result
    assert outcome.best_index == min(range(len(steps)), key=lambda index: steps[index].losses["prior"])


def test_the_last_steps_are_made_at_512_px_and_alone_decide_the_best(world):
    steps, outcome, _ = run(world, settings(steps=12, finish=4, starts=4))
    assert [step.index for step in steps] == list(range(13))
    assert world[0]["generator"].resolutions[-13:] == [256] * 8 + [512] * 5
    assert outcome.best_index >= 8
    assert outcome.best_index == min(range(8, 13), key=lambda index: steps[index].total)


def test_a_cosine_reached_in_the_preview_begins_the_finish(world):
    steps, outcome, _ = run(world, settings(steps=200, finish=5, stop_cosine=0.9))
    first = next(step.index for step in steps if step.cosine >= 0.9)
    assert outcome.stopped_by == "cosine"
    assert steps[-1].index == first + 1


def test_it_stops_by_cosine(world):
    steps, outcome, _ = run(world, settings(stop_cosine=0.9, steps=200))
    assert outcome.stopped_by == "cosine"
    assert steps[-1].cosine >= 0.9 > steps[-2].cosine


def test_it_stops_on_a_plateau(world):
    steps, outcome, _ = run(world, settings(rate=1e-9, patience=5, steps=200))
    assert outcome.stopped_by == "plateau"
    assert len(steps) == 6


def test_a_stop_keeps_the_best_so_far(world):
    seen = []
    steps, outcome, _ = run(world, settings(), should_stop=lambda: seen.append(1) or len(seen) > 3 + 8)
    assert isinstance(outcome, InversionOutcome)
    assert outcome.stopped_by == "user"
    assert len(steps) == 9


def test_points_are_detected_every_few_stepsonly(world):
    run(world, settings(steps=10, realign_every=4, starts=2))
    assert world[0]["detector"].calls == 1 + 2


def test_held_out_encoders_are_scored_now_and_then_and_never_followed(world):
    held_out = {"other": (recogniser("other", "euclidean"), -world[1])}
    with_, _, _ = run(world, settings(score_every=10), held_out=held_out)
    without, _, _ = run(world, settings(score_every=10))
    assert [step.index for step in with_ if "other" in step.scores] == [0, 10, 20, 30]
    assert torch.equal(with_[-1].latent, without[-1].latent)


@pytest.mark.parametrize(
    ("target", "message"),
    [(torch.ones(5), "192 numbers"), (torch.zeros(192), "not all zero"), (torch.full((192,), torch.nan), "finite")],
)
def test_a_wrong_embedding_is_refused(world, target, message):
    with pytest.raises(ValueError, match=message):
        next(invert(target, settings(), **world[0]))


@pytest.mark.parametrize("space", ["Z", "W", "W+"])
def test_a_run_goes_on_from_a_step_of_another_without_starts(world, space):
    """The branch begins with that very latent, loses nothing of what was reached, and ends nearer."""
    steps, _, _ = run(world, settings(space=space, steps=12))
    chosen = settings(space=space, steps=12, seed=5)
    branch, outcome, starts = run(world, chosen, beginning=WarmStart(steps[8].latent, 8))
    assert starts == []
    assert torch.equal(branch[0].latent, steps[8].latent)
    assert branch[0].cosine == pytest.approx(steps[8].cosine, abs=1e-6)
    assert min(step.cosine for step in branch) > steps[8].cosine - 0.02
    assert branch[outcome.best_index].cosine > steps[8].cosine
    assert outcome.begun_from == "step"


def test_the_rate_of_a_branch_goes_on_behind_the_steps_before_it(world):
    """At the very end of the schedule a branch moves less than the start of a run does."""
    steps, _, _ = run(world, settings(steps=8))
    late, _, _ = run(world, settings(steps=8), beginning=WarmStart(steps[0].latent, 1000))
    early, _, _ = run(world, settings(steps=8), beginning=WarmStart(steps[0].latent, 1))
    moved = [(one[-1].latent - one[0].latent).norm() for one in (late, early)]
    assert moved[0] < 0.5 * moved[1]


def test_a_latent_of_w_begins_a_search_in_w_plus_and_others_are_refused():
    latent = torch.arange(512.0)
    assert torch.equal(to_space(latent, settings(space="W"), settings(space="W")), latent)
    assert torch.equal(to_space(latent, settings(space="W"), settings(space="W+")), latent.expand(23, 512))
    for space, wanted in (("Z", "W"), ("W+", "W"), ("Z", "W+")):
        with pytest.raises(ValueError, match=f"choose {space[0]}"):
            to_space(latent, settings(space=space), settings(space=wanted))


@pytest.mark.parametrize("latent", [torch.zeros(3), torch.full((512,), torch.nan), torch.zeros(23, 512)])
def test_a_latent_that_is_none_of_the_space_is_refused(world, latent):
    with pytest.raises(ValueError, match="a latent of W has"):
        run(world, settings(), beginning=WarmStart(latent, 3))


def test_an_unknown_term_is_refused(world):
    with pytest.raises(ValueError, match="no loss term called beauty"):
        next(invert(world[1], settings(weights={"beauty": 1.0}), **world[0]))


def test_an_unknown_term_without_a_weight_is_not_missed(world):
    first = next(invert(world[1], settings(weights={"beauty": 0.0}), **world[0]))
    assert first is not None


@pytest.mark.slow
def test_the_real_networks_turn_an_embedding_back_into_the_same_person(networks):
    """A generated face's embedding, from 20 steps, most at 128 px: beyond the threshold, and the same again."""
    generator, detector, encoder = networks.generator(), networks.detector(), networks.recogniser("arcface-mbf")
    with torch.no_grad():
        image = generator.image(generator.styles(generator.sample(1, 123)[1], "W"), 256)
        target = encoder.embed(image, detector.points_in_frame(image)[0])[0]
    world = {"generator": generator, "recogniser": encoder, "detector": detector}, target
    chosen = InversionSettings(steps=20, starts=4, resolution=128, finish=6)
    steps, outcome, contest = run(world, chosen)
    asked = itertools.count()  # once for each part of the contest, too
    again, _, _ = run(world, chosen, should_stop=lambda: next(asked) > len(contest) + 3)
    assert steps[outcome.best_index].cosine > networks.calibration("arcface-mbf").threshold
    assert steps[outcome.best_index].cosine > steps[0].cosine + 0.1
    assert 4 <= len(again) <= 6 < len(steps)
    assert torch.equal(steps[len(again) - 1].latent, again[-1].latent)
