"""The inversion as a pure generator, on a small world with a known answer, and on the real networks."""

import itertools

import pytest
import torch
from torch import nn

from explorer.science.faces.alignment import ARCFACE_112
from explorer.science.generation.spec import MOBILESTYLEGAN
from explorer.science.inversion.guidance import Guidance
from explorer.science.inversion.invert import InversionOutcome, invert
from explorer.science.inversion.objective import usual_points
from explorer.science.inversion.regressor import LatentRegressor
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.starts import StartCache, WarmStart, draw_starts, to_space
from explorer.science.inversion.step import InversionStep, StartsProgress
from explorer.science.iteration import Steps
from explorer.science.recognition.base import Encoder, EncoderSpec


class TinyGenerator:
    """Draws an image whose pixels are a linear map of w; Z is W scaled, so every space has an answer."""

    spec = MOBILESTYLEGAN
    mean_w, spread_w = torch.zeros(512), torch.ones(512)

    def __init__(self):
        self.basis = torch.randn(512, 3 * 8 * 8, generator=torch.Generator().manual_seed(0)) / 512**0.5
        self.resolutions = []

    def sample(self, count, seed, truncation=1.0):
        z = torch.randn(count, 512, generator=torch.Generator().manual_seed(seed))
        return z, truncation * 2 * z

    def styles(self, latent, space):
        return latent if space == "W+" else (2 * latent if space == "Z" else latent)[:, None].expand(-1, 23, -1)

    def image(self, styles, resolution):
        self.resolutions.append(resolution)
        return torch.sigmoid(styles.mean(1) @ self.basis).reshape(-1, 3, 8, 8)


class WholeImage(nn.Module):
    def forward(self, image):
        return image.flatten(1) - 0.5


class TinyRecogniser(Encoder):
    def embed(self, image, points):
        return self(image)


class Detector:
    def __init__(self):
        self.calls = 0

    def points_in_frame(self, image):
        self.calls += 1
        return torch.zeros(len(image), 5, 2), torch.ones(len(image), dtype=torch.bool)


def recogniser(name="tiny", measure="cosine") -> TinyRecogniser:
    spec = EncoderSpec(name, name, name, 192, ARCFACE_112, measure, None, "none", True)
    return TinyRecogniser(spec, WholeImage())


@pytest.fixture
def world():
    generator = TinyGenerator()
    target = generator.image(generator.styles(generator.sample(1, 99)[1], "W"), 8).flatten() - 0.5
    return {"generator": generator, "recogniser": recogniser(), "detector": Detector()}, target


def run(world, settings, **more):
    networks, target = world
    running = Steps(invert(target, settings, **networks, **more))
    events = list(running)
    steps = [event for event in events if isinstance(event, InversionStep)]
    return steps, running.result, [event for event in events if isinstance(event, StartsProgress)]


def settings(**changes) -> InversionSettings:
    small = {
        "steps": 30,
        "starts": 6,
        "rate": 0.3,
        "space": "W",
        "coarse": 0,
        "finish": 0,
        "contest": 0,
        "lead": 0.0,
        "truncation": 1.0,
        "weights": {"prior": 1e-4},
    }
    return InversionSettings(**small | changes)


@pytest.mark.slow
@pytest.mark.parametrize("space", ["Z", "W", "W+"])
@pytest.mark.parametrize("measure", ["cosine", "euclidean"])
def test_it_finds_the_face_in_every_space_and_measure(world, space, measure):
    world[0]["recogniser"] = recogniser(measure=measure)
    steps, outcome, _ = run(world, settings(space=space, rate=0.3))
    assert steps[outcome.best_index].cosine > 0.9 > 0.5 > steps[0].cosine
    assert outcome.latent.shape == ((23, 512) if space == "W+" else (512,))
    assert torch.equal(outcome.latent, steps[outcome.best_index].latent)


def test_the_best_start_begins_the_run(world):
    steps, _, starts = run(world, settings(starts=7, steps=1))
    _, w = world[0]["generator"].sample(7, 0)
    images = world[0]["generator"].image(world[0]["generator"].styles(w, "W"), 8)
    cosines = torch.cosine_similarity(images.flatten(1) - 0.5, world[1][None])
    assert torch.equal(steps[0].latent, w[cosines.argmax()])
    assert [progress.done for progress in starts] == [2, 4, 6, 7]
    assert starts[-1].best_cosine == pytest.approx(cosines.max().item(), abs=1e-6)


def test_the_start_that_descends_furthest_begins_the_run(world):
    """Followed each alone, by the same rule, the starts tell which one it must be."""
    alone = []
    z, w = world[0]["generator"].sample(7, 0)
    for index in range(7):
        one = _only(world[0]["generator"], z[index], w[index])
        alone.append(run(({**world[0], "generator": one}, world[1]), settings(starts=1, schedule="constant"))[0])
    half = sorted(alone, key=lambda steps: steps[1].total)[:4]
    quarter = sorted(half, key=lambda steps: steps[3].total)[:2]
    winner = min(quarter, key=lambda steps: steps[7].total)
    steps, _, starts = run(world, settings(starts=7, contest=2, schedule="constant"))
    torch.testing.assert_close(steps[0].latent, winner[8].latent)
    torch.testing.assert_close(steps[2].latent, winner[10].latent)
    assert [progress.done for progress in starts] == [2, 4, 6, 7, 9, 11, 13, 14, *range(16, 31, 2)]
    assert {progress.total for progress in starts} == {30}
    leaders = [progress.leader for progress in starts if progress.leader is not None]
    assert [leader.competing for leader in leaders] == [7, 7, 4, 4, 2, 2, 2, 2]
    for made, among in ((0, alone), (2, half), (7, quarter)):
        ahead = min(among, key=lambda one: one[made].total)[made]
        torch.testing.assert_close(leaders[made].latent, ahead.latent)
        torch.testing.assert_close(leaders[made].preview, ahead.preview)
        assert leaders[made].cosine == pytest.approx(ahead.cosine, abs=1e-5)
    assert steps[0].seconds > leaders[-1].seconds > leaders[0].seconds > 0


class Placed(Detector):
    """Sees a face where the generator usually draws it, so that there is a frame to count colours in."""

    def points_in_frame(self, image):
        return usual_points(image.shape[-1]).expand(len(image), -1, -1), torch.ones(len(image), dtype=torch.bool)


@pytest.mark.parametrize("contest", [0, 2])
def test_starts_compete_by_the_identity_and_colours_act_afterwards(world, contest):
    wanted = Guidance(histogram=torch.eye(10)[[0, 0, 0]])
    chosen = settings(starts=6, contest=contest, weights={"histogram": 5.0})
    world = {**world[0], "detector": Placed()}, world[1]
    alone, _, _ = run(world, chosen)
    guided, _, _ = run(world, chosen, wanted=wanted)
    assert torch.equal(guided[0].latent, alone[0].latent)
    assert not torch.equal(guided[1].latent, alone[1].latent)
    assert guided[-1].losses["histogram"] < guided[0].losses["histogram"]


@pytest.mark.slow
def test_starts_compete_by_colours_where_the_identity_does_not_count(world):
    wanted = Guidance(histogram=torch.eye(10)[[0, 0, 0]])
    chosen = settings(starts=6, contest=2, weights={"identity": 0.0, "prior": 0.0, "histogram": 5.0})
    world = {**world[0], "detector": Placed()}, world[1]
    steps, _, _ = run(world, chosen, wanted=wanted)
    fewer, _, _ = run(world, chosen.model_copy(update={"starts": 1}), wanted=wanted)
    assert steps[-1].losses["histogram"] <= fewer[-1].losses["histogram"]


@pytest.mark.parametrize("contest", [0, 2])
def test_a_run_stops_between_the_starts(world, contest):
    asked = []
    steps, outcome, starts = run(
        world, settings(starts=20, contest=contest), should_stop=lambda: bool(asked.append(1)) or len(asked) > 2
    )
    assert (steps, outcome, len(starts)) == ([], None, 3)


def answering(latent) -> LatentRegressor:
    """A regressor whose every answer lies next to one latent."""
    regressor = LatentRegressor(192, 8).eval().requires_grad_(False)
    regressor.latent_centre.copy_(latent)
    regressor.latent_spread.fill_(1e-4)
    return regressor


@pytest.mark.parametrize("contest", [0, 2])
@pytest.mark.parametrize("space", ["Z", "W", "W+"])
def test_the_better_of_regressor_and_random_starts_begins_the_run(world, space, contest):
    z, w = world[0]["generator"].sample(1, 99)
    right, wrong = answering(z[0] if space == "Z" else w[0]), answering(torch.full((512,), 30.0))
    chosen = settings(starts=8, space=space, contest=contest)
    without, plain, progress = run(world, chosen)
    steps, knowing, more = run(world, chosen, regressor=right)
    _, misled, _ = run(world, chosen, regressor=wrong)
    assert (plain.begun_from, knowing.begun_from, misled.begun_from) == ("random", "regressor", "random")
    assert steps[0].cosine > 0.95 > without[0].cosine
    assert more[-1].total - progress[-1].total == (contest or 1), "one proposal costs its steps up to the first cut"


def test_the_regressor_proposes_an_eighth_beside_the_random_starts_which_stay_all_there(world):
    regressor = answering(torch.ones(512))
    for starts, count in ((1, 1), (2, 1), (8, 1), (24, 3)):
        chosen = settings(starts=starts, space="W+")
        mixed, origins = draw_starts(world[0]["generator"], chosen, world[1], regressor)
        random, alone = draw_starts(world[0]["generator"], chosen, world[1], None)
        assert origins == ("regressor",) * count + ("random",) * starts
        assert alone == ("random",) * starts
        assert (mixed.shape, random.shape) == ((count + starts, 23, 512), (starts, 23, 512))
        assert torch.equal(mixed, mixed[:, :1].expand(-1, 23, -1))
        assert torch.equal(mixed[count:], random)
        torch.testing.assert_close(mixed[0, 0], torch.ones(512), atol=0.01, rtol=0)


@pytest.mark.parametrize("starts", [2, 5, 24])
def test_a_proposal_that_leads_nowhere_leaves_the_contest_as_it_is_without(world, starts):
    """It takes no random start's place: the one that wins without it wins with it, step by step."""
    misled, plain = (
        run(world, settings(starts=starts, contest=2), regressor=one)
        for one in (answering(torch.full((512,), 30.0)), None)
    )
    assert (misled[1].begun_from, plain[1].begun_from) == ("random", "random")
    torch.testing.assert_close(misled[0][0].latent, plain[0][0].latent)
    competing = [
        [one.leader.competing for one in progress if one.leader is not None] for *_, progress in (misled, plain)
    ]
    assert competing[0][2:] == competing[1][2:]
    assert (competing[0][:2], competing[1][:2]) == ([starts + max(1, starts // 8)] * 2, [starts] * 2)


def _only(generator, z, w):
    one = TinyGenerator()
    one.sample = lambda count, seed, truncation=1.0: (z[None], w[None])
    return one


def test_a_seed_repeats_to_the_last_bit_and_another_differs(world):
    one, two, other = (run(world, settings(seed=seed))[0] for seed in (3, 3, 4))
    assert all(torch.equal(a.latent, b.latent) and a.losses == b.losses for a, b in zip(one, two, strict=True))
    assert not torch.equal(one[0].latent, other[0].latent)


@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
def test_a_remembered_start_is_gone_on_from_to_the_last_bit_as_often_as_it_is_asked_for(world, optimiser):
    chosen, memory = settings(starts=6, contest=2, optimiser=optimiser), StartCache()
    plain, ended, contest = run(world, chosen)
    first, *again = [run(world, chosen, memory=memory) for _ in range(3)]
    assert (len(first[2]), [len(starts) for _, _, starts in again]) == (len(contest), [0, 0])
    for steps, outcome, _ in (first, *again):
        assert all(torch.equal(a.latent, b.latent) and a.losses == b.losses for a, b in zip(steps, plain, strict=True))
        assert outcome.begun_from == ended.begun_from
        assert outcome.starts_seconds == first[1].starts_seconds <= steps[0].seconds


def test_a_start_is_remembered_for_the_same_question_alone(world):
    """What acts behind the start only does not make another question."""
    chosen, memory = settings(starts=6, contest=2), StartCache()
    run(world, chosen, memory=memory)
    same = chosen.model_copy(update={"finish": 3, "tolerance": 0.0, "stop_cosine": 0.999})
    assert not run(world, same, memory=memory)[2]
    regressor = answering(torch.ones(512))
    for target, others, given in (
        (world[1].flip(0), {}, None),
        (world[1], {"seed": 5}, None),
        (world[1], {"weights": {"identity": 2.0}}, None),
        (world[1], {}, regressor),
    ):
        run(world, chosen, memory=memory)
        other = chosen.model_copy(update=others)
        assert run((world[0], target), other, memory=memory, regressor=given)[2]
    assert run(world, chosen.model_copy(update={"weights": {"identity": 0.0, "prior": 1.0}}), memory=memory)[2]


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


def test_points_are_detected_every_few_steps_only(world):
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
