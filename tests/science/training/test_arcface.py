"""ArcFace's loss is the formula: softmax without a margin, a turned angle with one, and never rising."""

import math

import pytest
import torch
import torch.nn.functional as F

from explorer.science.training.arcface import ArcFace, arcface_logits
from explorer.science.training.loop import seeded


@pytest.fixture
def drawn():
    with seeded(4):
        head = ArcFace(6, 5).double()
        return head, torch.randn(7, 6, dtype=torch.float64), torch.tensor([0, 1, 2, 3, 4, 0, 1])


def test_without_a_margin_it_is_the_softmax_of_scaled_cosines(drawn):
    head, embeddings, people = drawn
    head.margin = 0.0
    cosines = F.cosine_similarity(embeddings[:, None], head.directions[None], dim=2)
    assert torch.allclose(head(embeddings, people), F.cross_entropy(64 * cosines, people))


def test_the_margin_turns_ones_own_angle_and_no_other(drawn):
    head, embeddings, people = drawn
    cosines = head.cosines(embeddings).detach()
    expected = 64 * cosines
    for row, person in enumerate(people):
        expected[row, person] = 64 * math.cos(math.acos(cosines[row, person]) + 0.5)
    assert torch.allclose(arcface_logits(cosines, people), expected)


def test_its_slope_is_the_numeric_one(drawn):
    head, embeddings, people = drawn
    head.scale = 4.0
    directions = head.directions.detach().clone().requires_grad_()

    def loss(embeddings, directions):
        cosines = F.normalize(embeddings) @ F.normalize(directions).T
        return F.cross_entropy(arcface_logits(cosines, people, 4.0), people)

    assert torch.autograd.gradcheck(loss, (embeddings.clone().requires_grad_(), directions))
    assert torch.allclose(loss(embeddings, directions), head(embeddings, people))


def test_the_nearer_the_larger_at_every_angle_and_without_a_step():
    angles = torch.linspace(0, math.pi, 2001, dtype=torch.float64)
    own = arcface_logits(angles.cos()[:, None], torch.zeros(2001, dtype=torch.long), 1.0, 0.5)[:, 0]
    steps = own.diff()
    assert (steps <= 1e-12).all()
    assert steps.abs().max() < 2 * math.pi / 2000


@pytest.mark.parametrize("end", [1.0, -1.0])
def test_its_slope_is_finite_where_an_embedding_lies_on_a_direction(end):
    cosines = torch.tensor([[end, 0.0]], requires_grad=True)
    arcface_logits(cosines, torch.tensor([0])).sum().backward()
    assert cosines.grad.isfinite().all()


@pytest.mark.parametrize("wrong", [{"people": 1}, {"people": 3, "scale": 0.0}, {"people": 3, "margin": 1.6}])
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"people cannot|a scale of"):
        ArcFace(4, **wrong)
