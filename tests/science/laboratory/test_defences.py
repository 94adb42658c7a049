from functools import partial

import pytest
import torch

from explorer.science.faces.alignment import align
from explorer.science.iteration import Steps
from explorer.science.laboratory.attack_goals import SimilarityGoal
from explorer.science.laboratory.attack_settings import AttackError, AttackSettings
from explorer.science.laboratory.attacks import attack
from explorer.science.laboratory.defences import Blurred, Compressed, Decoded, Undefended, blurred, compressed
from tests.science.laboratory.attack_world import DIMENSION, TEMPLATE, pictures, points, tiny_encoder

DRAWN = 20
DRAW = torch.randn(DIMENSION, 3 * DRAWN * DRAWN, generator=torch.Generator().manual_seed(2)) * 4


def decode(embedding):
    """Draws what its embedding says, linearly, in the template of the encoder."""
    return (embedding @ DRAW).sigmoid().reshape(-1, 3, DRAWN, DRAWN)


def locate(drawn):
    return torch.tensor(TEMPLATE.points).expand(len(drawn), 5, 2)


def test_without_a_defence_an_encoder_sees_the_face():
    encoder = tiny_encoder()
    assert torch.equal(Undefended().see(encoder, pictures(), points()), encoder.embed(pictures(), points()))


def test_a_decoder_shows_every_encoder_what_it_draws_of_the_embedding_it_knows():
    source, other = tiny_encoder(), tiny_encoder(seed=3)
    defence = Decoded(source, decode, locate)
    drawn = decode(source.embed(pictures(), points()))
    assert torch.allclose(defence.draw(pictures(), points()), drawn)
    assert torch.allclose(defence.see(other, pictures(), points()), other(align(drawn, locate(drawn), TEMPLATE)))


@pytest.mark.parametrize("kind", ["decoder", "blur"])
def test_an_attack_sees_through_a_defence(kind):
    encoder = tiny_encoder()
    defence = Decoded(encoder, decode, locate) if kind == "decoder" else Blurred(4.0)
    image, place = pictures(4), points(4)
    goal = SimilarityGoal(defence.see(encoder, pictures(1, 5), points(1))[0], "cosine")
    settings = AttackSettings(method="bim", budget=8)
    known = Steps(attack(partial(defence.see, encoder, points=place), image, goal, settings)).result
    unknown = Steps(attack(partial(encoder.embed, points=place), image, goal, settings)).result
    scores = [goal.score(defence.see(encoder, one, place)).mean() for one in (image, unknown.image, known.image)]
    assert scores[2] > scores[0] + 0.01
    assert scores[2] > scores[1]


def test_the_rounding_of_jpeg_is_passed_straight_through():
    encoder = tiny_encoder()
    image = pictures().requires_grad_()
    seen = Compressed(30).see(encoder, image, points())
    (gradient,) = torch.autograd.grad(seen.sum(), image)
    packed = compressed(pictures(), 30).requires_grad_()
    (expected,) = torch.autograd.grad(encoder.embed(packed, points()).sum(), packed)
    assert torch.allclose(seen.detach(), encoder.embed(packed, points()).detach(), atol=1e-6)
    assert torch.allclose(gradient, expected, atol=1e-6)


def test_jpeg_of_less_quality_keeps_less():
    image = blurred(pictures(), 2.0)
    lost = [(compressed(image, quality) - image).abs().mean().item() for quality in (95, 50, 5)]
    assert lost == sorted(lost)
    assert lost[0] < 0.02


def test_a_blur_keeps_what_is_flat_and_lessens_what_is_not():
    flat = torch.full((1, 3, 9, 9), 0.3)
    assert torch.allclose(blurred(flat, 1.5), flat, atol=1e-6)
    spread = [blurred(pictures(), sigma).var().item() for sigma in (0.3, 1.0, 3.0)]
    assert spread == sorted(spread, reverse=True)


@pytest.mark.parametrize("sigma", [0, -1, float("nan")])
def test_no_blur_is_refused(sigma):
    with pytest.raises(AttackError, match="blur"):
        blurred(pictures(), sigma)


@pytest.mark.parametrize("quality", [0, 101])
def test_no_quality_of_jpeg_is_refused(quality):
    with pytest.raises(AttackError, match="from 1 to 100"):
        compressed(pictures(), quality)
