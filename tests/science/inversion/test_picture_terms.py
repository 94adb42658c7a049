"""What holds a face against the photograph itself: analytic values, gradients, and the refusal without a photograph."""

import pytest
import torch

from explorer.science.inversion.terms import TERMS, Candidate, LossTarget, WantedPicture

EMBEDDING = torch.ones(4)


def candidate(image: torch.Tensor) -> Candidate:
    styles = torch.zeros(len(image), 2, 3)
    return Candidate(image, torch.zeros(len(image), 5, 2), EMBEDDING[None], styles, styles[0, 0], styles[0, 0] + 1)


def unlike(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    return (one - other).abs().mean((1, 2, 3))


def target(pixels: torch.Tensor) -> LossTarget:
    return LossTarget(EMBEDDING, "cosine", picture=WantedPicture(pixels, unlike))


@pytest.mark.parametrize(("term", "value"), [("pixels", 0.25), ("perceptual", 0.5)])
def test_they_are_nothing_at_the_photograph_and_known_elsewhere(term, value):
    wanted = torch.full((3, 8, 8), 0.5)
    found = TERMS[term].value(target(wanted), candidate(torch.stack([wanted, wanted + 0.5])))
    torch.testing.assert_close(found, torch.tensor([0.0, value]))


@pytest.mark.parametrize("term", ["pixels", "perceptual"])
def test_the_larger_of_the_two_is_brought_to_the_others_size(term):
    wanted = torch.rand(3, 8, 8)
    larger = wanted.repeat_interleave(2, 1).repeat_interleave(2, 2)[None]
    assert float(TERMS[term].value(target(larger[0]), candidate(wanted[None]))) < 1e-6
    assert target(wanted).picture.beside(torch.zeros(1, 3, 512, 512))[0].shape == (1, 3, 256, 256)


@pytest.mark.parametrize("term", ["pixels", "perceptual"])
def test_the_gradient_is_the_numeric_one(term):
    wanted = target(torch.rand(3, 4, 4, dtype=torch.float64))
    image = torch.rand(2, 3, 4, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda one: TERMS[term].value(wanted, candidate(one)), (image,))


@pytest.mark.parametrize("term", ["pixels", "perceptual"])
def test_without_a_photograph_they_do_not_act(term):
    bare = LossTarget(EMBEDDING, "cosine")
    assert not TERMS[term].applies(bare)
    with pytest.raises(ValueError, match="picture that is sought"):
        TERMS[term].value(bare, candidate(torch.zeros(1, 3, 8, 8)))
