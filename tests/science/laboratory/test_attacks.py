import math

import pytest
import torch
from torch import nn

from explorer.science.iteration import Steps
from explorer.science.laboratory.attack_goals import LabelGoal, PeopleHead, SimilarityGoal
from explorer.science.laboratory.attack_settings import AttackError, AttackSettings
from explorer.science.laboratory.attacks import attack
from tests.science.laboratory.attack_world import label_goal, pictures, seeing, tiny_encoder

METHODS = ("fgsm", "bim", "cw", "cw-full")


def towards(encoder, threshold=0.9, away=False, seed=5):
    reference = encoder.embed(pictures(1, seed), seeing(encoder, 1).keywords["points"])[0]
    return SimilarityGoal(reference, encoder.spec.measure, away, threshold)


def run(see, image, goal, **settings):
    steps = Steps(attack(see, image, goal, AttackSettings(**settings)))
    return list(steps), steps.result


@pytest.mark.parametrize("measure", ["cosine", "euclidean"])
def test_every_pixel_of_fgsm_goes_against_the_numeric_gradient(measure):
    encoder = tiny_encoder(measure=measure)
    goal = SimilarityGoal(towards(encoder).reference.double(), measure)
    see = seeing(encoder.double())
    see.keywords["points"] = see.keywords["points"].double()
    image = pictures().double() * 0.8 + 0.1
    _, found = run(see, image, goal, budget=2)
    random = torch.Generator().manual_seed(0)
    for _ in range(12):
        row, channel, y, x = (int(torch.randint(size, (1,), generator=random)) for size in (2, 3, 24, 24))
        apart = torch.zeros_like(image)
        apart[row, channel, y, x] = 1e-4
        slope = (goal.loss(see(image + apart)) - goal.loss(see(image - apart)))[row] / 2e-4
        if abs(slope) > 1e-6:
            moved = (found.image - image)[row, channel, y, x]
            assert moved.item() == pytest.approx(-math.copysign(2 / 255, slope), abs=1e-9)


@pytest.mark.parametrize("away", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_no_pixel_leaves_its_budget_or_the_picture(method, away):
    encoder = tiny_encoder()
    image = pictures()
    for goal in (towards(encoder, away=away), label_goal(encoder, away)):
        steps, found = run(seeing(encoder), image, goal, method=method, budget=3, step_size=2, steps=4)
        for one in (*(step.image for step in steps), found.image):
            assert one.min() >= 0
            assert one.max() <= 1
            if method != "cw-full":
                assert (one - image).abs().max() <= 3 / 255 + 1e-6


@pytest.mark.parametrize("method", ["fgsm", "bim", "cw"])
def test_without_a_budget_nothing_changes(method):
    encoder = tiny_encoder()
    _, found = run(seeing(encoder), pictures(), towards(encoder), method=method, budget=0, random_start=True)
    assert torch.equal(found.image, pictures())


def test_without_a_length_the_whole_optimisation_changes_nothing():
    encoder = tiny_encoder()
    _, found = run(seeing(encoder), pictures(), towards(encoder), method="cw-full", largest_l2=0, steps=5)
    assert torch.equal(found.image, pictures())


def test_the_similarity_to_the_target_rises_from_step_to_step():
    encoder, image = tiny_encoder(), pictures(8)
    steps, _ = run(seeing(encoder, 8), image, towards(encoder), method="bim", budget=8, step_size=0.5, steps=8)
    means = [step.score.mean().item() for step in steps]
    assert means == sorted(means)
    assert means[-1] > means[0] + 0.05
    assert [step.index for step in steps] == list(range(9))


def test_more_budget_comes_nearer():
    encoder, image = tiny_encoder(), pictures(8)
    reached = [
        run(seeing(encoder, 8), image, towards(encoder), method="bim", budget=budget)[1].score.mean().item()
        for budget in (0, 2, 8, 32)
    ]
    assert reached == sorted(reached)


@pytest.mark.parametrize("measure", ["cosine", "euclidean"])
def test_an_attack_leaves_the_very_vector_that_it_stands_on(measure):
    encoder, image = tiny_encoder(measure=measure), pictures()
    see = seeing(encoder)
    goal = SimilarityGoal(see(image), measure, away=True, threshold=0.5)
    for method in METHODS:
        steps, _ = run(see, image, goal, method=method, budget=4, constant=20, steps=20)
        start, end = steps[0].score, steps[-1].score
        assert ((end < start - 0.01) if measure == "cosine" else (end > start + 0.01)).all()


@pytest.mark.slow
def test_a_row_is_attacked_as_if_it_were_alone():
    encoder, image = tiny_encoder(), pictures(2)
    goal = label_goal(encoder)
    for method in METHODS:
        _, both = run(seeing(encoder), image, goal, method=method, steps=40)
        for row in range(2):
            see, own = seeing(encoder, 1), LabelGoal(goal.head, goal.label[row : row + 1])
            _, alone = run(see, image[row : row + 1], own, method=method, steps=40)
            assert torch.allclose(both.image[row], alone.image[0], atol=1e-5)


def test_the_same_settings_attack_alike():
    encoder = tiny_encoder()
    for method in METHODS:
        settings = {"method": method, "random_start": True, "steps": 5}
        one, again, other = (
            run(seeing(encoder), pictures(), towards(encoder), seed=seed, **settings)[1].image for seed in (3, 3, 4)
        )
        assert torch.equal(one, again)
        assert not torch.equal(one, other)


def test_the_whole_optimisation_finds_a_shorter_perturbation_than_bim():
    encoder, image = tiny_encoder(), pictures()
    goal = label_goal(encoder)
    _, signed = run(seeing(encoder), image, goal, method="bim", budget=16, steps=20)
    _, optimised = run(seeing(encoder), image, goal, method="cw-full", constant=5, steps=100)
    assert signed.reached.all()
    assert optimised.reached.all()
    lengths = [(found.image - image).flatten(1).norm(dim=1) for found in (signed, optimised)]
    assert (lengths[1] < 0.5 * lengths[0]).all()


@pytest.mark.slow
def test_bisection_reaches_what_a_small_constant_does_not():
    encoder, image = tiny_encoder(), pictures()
    settings = {"method": "cw-full", "constant": 1e-4, "steps": 40}
    _, one = run(seeing(encoder), image, label_goal(encoder), **settings)
    steps, several = run(seeing(encoder), image, label_goal(encoder), searches=7, **settings)
    assert not one.reached.any()
    assert several.reached.all()
    assert steps[-1].total == 7 * 40


def test_what_is_too_long_does_not_count():
    encoder, image = tiny_encoder(), pictures()
    _, found = run(seeing(encoder), image, label_goal(encoder), method="cw-full", constant=5, largest_l2=0.05)
    assert not found.reached.any()
    assert ((found.image - image).flatten(1).norm(dim=1) <= 0.05).all()


def test_confidence_goes_beyond_the_goal():
    encoder, image = tiny_encoder(), pictures()
    goal = label_goal(encoder)
    _, found = run(seeing(encoder), image, goal, method="cw-full", constant=5, steps=100, confidence=2)
    assert found.reached.all()
    assert (goal.margin(seeing(encoder)(found.image)) <= -2 + 1e-3).all()


def test_an_attack_can_be_given_up_between_steps():
    encoder = tiny_encoder()
    running = attack(seeing(encoder), pictures(), towards(encoder), AttackSettings(method="bim", steps=1000))
    next(running)
    running.close()
    with pytest.raises(StopIteration):
        next(running)


def test_gradients_are_there_where_the_caller_has_none():
    encoder = tiny_encoder()
    with torch.no_grad():
        _, found = run(seeing(encoder), pictures(), towards(encoder))
    assert not torch.equal(found.image, pictures())


@pytest.mark.parametrize(
    "image", [torch.rand(3, 8, 8), torch.rand(1, 1, 8, 8), torch.rand(0, 3, 8, 8), torch.full((1, 3, 8, 8), 7)]
)
def test_what_is_no_picture_is_refused(image):
    with pytest.raises(AttackError, match="shape"):
        attack(seeing(tiny_encoder()), image, towards(tiny_encoder()), AttackSettings())


@pytest.mark.parametrize("value", [-0.1, 1.5, float("nan")])
def test_values_that_no_picture_has_are_refused(value):
    with pytest.raises(AttackError, match="divide bytes by 255"):
        attack(seeing(tiny_encoder()), torch.full((1, 3, 8, 8), value), towards(tiny_encoder()), AttackSettings())


def test_an_encoder_without_gradients_is_refused():
    goal = SimilarityGoal(torch.ones(3), "cosine")
    with pytest.raises(AttackError, match="no gradients"):
        next(attack(lambda image: image.detach().mean((2, 3)), pictures(), goal, AttackSettings()))


def test_cw_on_a_similarity_needs_a_threshold():
    encoder = tiny_encoder()
    for method in ("cw", "cw-full"):
        with pytest.raises(AttackError, match="threshold"):
            run(seeing(encoder), pictures(), towards(encoder, threshold=None), method=method)


def test_a_softmax_of_one_person_is_refused():
    with pytest.raises(AttackError, match="two people"):
        PeopleHead(torch.ones(1, 4), 0.1)
    with pytest.raises(AttackError, match="direction"):
        PeopleHead(torch.stack([torch.ones(4), torch.zeros(4)]), 0.1)


def test_the_margin_is_nought_at_the_threshold_and_the_goal_is_reached_below():
    vectors = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    for measure, threshold in (("cosine", 0.5), ("euclidean", 1.0)):
        for away in (False, True):
            goal = SimilarityGoal(torch.tensor([1.0, 0.0]), measure, away, threshold)
            assert goal.reached(vectors).tolist() == [not away, away]
            assert (goal.margin(vectors) < 0).tolist() == [not away, away]
    people = LabelGoal(PeopleHead(torch.eye(3), 0.5), torch.tensor(1))
    seen = torch.tensor([[1.0, 1.0, 0.0], [0.0, 1.0, 0.0]])
    assert people.margin(seen).tolist() == pytest.approx([0.0, -2.0], abs=1e-6)
    assert people.score(seen)[1].item() == pytest.approx(math.exp(2) / (math.exp(2) + 2))


class Logits(nn.Module):
    """What the other implementation attacks: an encoder through its alignment with a linear head.

    Its CW takes logits below nought for nought, so all are lifted above it; no softmax and no margin sees that.
    """

    def __init__(self, see, goal):
        super().__init__()
        self.see, self.goal, self.weight = see, goal, nn.Parameter(torch.zeros(1))

    def forward(self, image):
        return self.goal.head.logits(self.see(image)) + 1 / self.goal.head.temperature


def other_attack(kind, see, goal, image, **settings):
    other = kind(Logits(see, goal), **settings)
    if not goal.away:
        other.set_mode_targeted_by_label(quiet=True)
    return other(image, goal.label)


@pytest.mark.slow
@pytest.mark.parametrize("away", [False, True])
def test_fgsm_and_bim_are_those_of_torchattacks(away):
    from torchattacks.attacks.bim import BIM
    from torchattacks.attacks.fgsm import FGSM

    encoder, image = tiny_encoder(), pictures(4)
    see, goal = seeing(encoder, 4), label_goal(encoder, away, image)
    _, fgsm = run(see, image, goal, method="fgsm", budget=8)
    _, bim = run(see, image, goal, method="bim", budget=8, step_size=2, steps=10)
    assert torch.allclose(fgsm.image, other_attack(FGSM, see, goal, image, eps=8 / 255), atol=1e-5, rtol=0)
    others = other_attack(BIM, see, goal, image, eps=8 / 255, alpha=2 / 255, steps=10)
    assert torch.allclose(bim.image, others, atol=1e-5, rtol=0)


@pytest.mark.slow
@pytest.mark.parametrize("away", [False, True])
def test_the_whole_optimisation_is_that_of_torchattacks(away):
    from torchattacks.attacks.cw import CW

    encoder = tiny_encoder()
    for seed in (1, 2, 3):
        image, see = pictures(1, seed), seeing(encoder, 1)
        goal = label_goal(encoder, away, image)
        _, ours = run(see, image, goal, method="cw-full", constant=5, steps=100)
        theirs = other_attack(CW, see, goal, image, c=5, steps=100)
        assert ours.reached.all()
        one, other = (ours.image - image).flatten(), (theirs - image).flatten()
        assert one.norm().item() == pytest.approx(other.norm().item(), rel=0.01)
        assert torch.cosine_similarity(one, other, dim=0) > 0.95
