"""Where a run begins: the start that wins a contest, a proposal of the regressor, or one that is remembered."""

import pytest
import torch

from explorer.science.inversion.guidance import Guidance
from explorer.science.inversion.objective import usual_points
from explorer.science.inversion.starts import StartCache, draw_starts
from tests.science.inversion.small_world import Detector, answering, only, run, settings, world

__all__ = ["world"]


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
        one = only(world[0]["generator"], z[index], w[index])
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
