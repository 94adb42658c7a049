"""Eqs. 3.2, 3.3 and 3.5 by hand and by numeric gradients; what the adversary makes large the backbone makes small."""

import math

import pytest
import torch

from explorer.science.debiasing.discriminator import Discriminator
from explorer.science.debiasing.faces import DebiasingError, LabelledFaces
from explorer.science.debiasing.losses import (
    adversarial_loss,
    balanced_share,
    discriminator_loss,
    similarities_lost,
)
from explorer.science.debiasing.settings import PRESETS
from explorer.science.training.arcface import arcface_logits

LOGITS = torch.tensor([[0.0, math.log(3.0)], [math.log(4.0), 0.0]], dtype=torch.float64)
CLASSES = torch.tensor([0, 0])


def test_the_discriminators_loss_is_the_cross_entropy_worked_out_by_hand():
    # D gives the right class 1/4 and 4/5.
    assert discriminator_loss(LOGITS, CLASSES).item() == pytest.approx((math.log(4) + math.log(5 / 4)) / 2)
    weighted = discriminator_loss(LOGITS, torch.tensor([0, 1]), torch.tensor([0.5, 2.0]))
    assert weighted.item() == pytest.approx((0.5 * math.log(4) + 2 * math.log(5)) / 2)


def test_the_adversarial_loss_is_its_negative_and_ends_at_chance():
    assert adversarial_loss(LOGITS, CLASSES, clipped=False).item() == pytest.approx(
        -discriminator_loss(LOGITS, CLASSES).item()
    )
    # The first face's class has less than chance already: there is nothing more to be gained by it.
    assert adversarial_loss(LOGITS, CLASSES).item() == pytest.approx(-(math.log(2) + math.log(5 / 4)) / 2)
    logits = LOGITS.clone().requires_grad_()
    adversarial_loss(logits, CLASSES).backward()
    assert not logits.grad[0].any()
    assert logits.grad[1].any()


@pytest.mark.parametrize("clipped", [True, False])
def test_gradients_are_the_numeric_ones(clipped):
    torch.manual_seed(3)
    logits, classes = torch.randn(5, 3, dtype=torch.float64, requires_grad=True), torch.tensor([0, 2, 1, 1, 0])
    weights = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda x: discriminator_loss(x, classes, weights), logits)
    assert torch.autograd.gradcheck(lambda x: adversarial_loss(x, classes, weights, clipped=clipped), logits)
    before = torch.randn(5, 4, dtype=torch.float64)
    now = torch.randn(5, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: similarities_lost(x, before, classes), now)


def test_the_backbone_is_pulled_to_where_the_adversary_is_pushed_from():
    torch.manual_seed(4)
    discriminator = Discriminator(6, 2, (5, 5)).double()
    embeddings = torch.randn(8, 6, dtype=torch.float64, requires_grad=True)
    classes = torch.arange(8) % 2
    (told,) = torch.autograd.grad(discriminator_loss(discriminator(embeddings), classes), embeddings)
    (hidden,) = torch.autograd.grad(adversarial_loss(discriminator(embeddings), classes, clipped=False), embeddings)
    torch.testing.assert_close(hidden, -told)
    assert told.abs().max() > 0


def test_eq_3_4_as_printed_is_arcface_without_its_margin():
    cosines = torch.tensor([[0.5, 0.1, -0.2]])
    torch.testing.assert_close(arcface_logits(cosines, torch.tensor([0]), 64.0, 0.0), 64 * cosines)
    assert (PRESETS["printed"].margin, PRESETS["printed"].clipped) == (0.0, False)
    assert (PRESETS["thesis"].margin, PRESETS["thesis"].adversarial) == (0.5, 5.0)


def test_similarities_are_kept_where_only_what_a_class_has_in_common_is_taken_away():
    torch.manual_seed(5)
    people = torch.nn.functional.normalize(torch.randn(6, 7, dtype=torch.float64)).repeat(2, 1)
    classes = torch.arange(12) // 6
    smile = torch.nn.functional.one_hot(classes, 2).double() @ torch.randn(2, 7, dtype=torch.float64)
    assert similarities_lost(people, people, torch.zeros(12, dtype=torch.int64)) < 1e-5
    with_smile = torch.nn.functional.normalize(people + 0.05 * smile)
    assert similarities_lost(people, with_smile, classes) < 0.5 * similarities_lost(people, with_smile, classes * 0)


def test_thirteen_layers_of_sixteen_learn_from_their_first_weights_on():
    torch.manual_seed(6)
    embeddings, classes = torch.randn(64, 20), torch.arange(64) % 2
    embeddings[:, 0] += 4 * classes
    discriminator = Discriminator(20, 2)
    assert [layer.out_features for layer in discriminator.layers if hasattr(layer, "out_features")] == [16] * 13 + [2]
    optimiser = torch.optim.Adam(discriminator.parameters(), 1e-2)
    for _ in range(60):
        optimiser.zero_grad()
        discriminator_loss(discriminator(embeddings), classes).backward()
        optimiser.step()
    assert balanced_share(discriminator(embeddings), classes) > 0.95
    # An embedding's length says nothing.
    torch.testing.assert_close(discriminator(7 * embeddings), discriminator(embeddings), rtol=1e-4, atol=1e-4)


def test_faces_that_do_not_fit_their_labels_are_refused():
    pictures, people = torch.zeros(2, 4, 4, 3, dtype=torch.uint8), torch.tensor([0, 1])
    for classes, names, complaint in (
        ({"smiling": torch.tensor([0, 2])}, {"smiling": ("no", "yes")}, "called nothing"),
        ({"smiling": torch.tensor([0])}, {"smiling": ("no", "yes")}, "not of 2 faces"),
        ({}, {}, "one at least"),
    ):
        with pytest.raises(DebiasingError, match=complaint):
            LabelledFaces(pictures, people, classes, names)
    with pytest.raises(DebiasingError, match="need pictures"):
        LabelledFaces(pictures[..., :2], people, {"a": people}, {"a": ("x", "y")})
    faces = LabelledFaces(pictures, people, {"smiling": torch.tensor([0, 0])}, {"smiling": ("no", "yes")})
    with pytest.raises(DebiasingError, match="no face is yes"):
        faces.weights("smiling")
