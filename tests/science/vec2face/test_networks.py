"""Generators and critics: shapes at every scale, fading that ends where it says, attention as torch has it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from explorer.science.vec2face.generator import VectorToFace, new_critic
from explorer.science.vec2face.layers import AdaptiveNorm, Attention, deviation_map, from_grids, into_grids, smaller
from explorer.science.vec2face.settings import CONFIGURATIONS, Kind, Vec2FaceSettings

KINDS: tuple[Kind, ...] = ("plain", "cnn", "attention")


def small(kind: Kind, resolution: int = 16) -> Vec2FaceSettings:
    return Vec2FaceSettings(generator=kind, resolution=resolution, width=1 / 64)


def generator(kind: Kind, resolution: int = 16) -> VectorToFace:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return VectorToFace(12, small(kind, resolution)).eval().requires_grad_(False)


def drawn(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_double_from_scale_to_scale_and_are_judged_there(kind: Kind) -> None:
    made, settings = generator(kind, 128), small(kind, 128)
    assert settings.scales == 6
    critic = new_critic(settings)
    vectors, background = drawn(2, 12), made.backgrounds(2)
    for scale in range(settings.scales):
        pictures = made(vectors, background, scale)
        assert pictures.shape == (2, 3, 4 << scale, 4 << scale)
        assert critic(pictures, scale).shape == (2,)


@pytest.mark.parametrize("kind", KINDS)
def test_a_scale_fades_in_from_the_one_before_it(kind: Kind) -> None:
    made, vectors = generator(kind), drawn(3, 12)
    background, critic = made.backgrounds(3), new_critic(small(kind)).eval()
    before, own = made(vectors, background, 1), made(vectors, background, 2)
    torch.testing.assert_close(
        made(vectors, background, 2, 0.0), before.repeat_interleave(2, 2).repeat_interleave(2, 3)
    )
    torch.testing.assert_close(made(vectors, background, 2, 1.0), own)
    half = made(vectors, background, 2, 0.5)
    torch.testing.assert_close(half, (made(vectors, background, 2, 0.0) + own) / 2)
    # A critic that has not begun to see fine places knows no more than that they are four of a coarse one.
    rough = smaller(own).repeat_interleave(2, 2).repeat_interleave(2, 3)
    torch.testing.assert_close(critic(own, 2, 0.0), critic(rough, 2, 0.0))
    assert not torch.allclose(critic(own, 2, 1.0), critic(rough, 2, 1.0))
    torch.testing.assert_close(critic(own, 2, 1.0), critic(own, 2))


@pytest.mark.parametrize("kind", KINDS)
def test_vector_and_background_count_where_they_are_said_to(kind: Kind) -> None:
    made, vectors = generator(kind), drawn(2, 12)
    one, other = made.backgrounds(2, 1), made.backgrounds(2, 2)
    assert bool((made(vectors, one) != made(vectors, other)).any()) == made.varies
    assert bool((made(vectors, one) != made(vectors.flip(0), one)).any())
    # Encoders give vectors of any length; what tells faces apart is where they point.
    torch.testing.assert_close(made(3 * vectors, one), made(vectors, one))
    torch.testing.assert_close(made.picture(vectors[0]), made.pictures(vectors)[0])
    assert torch.equal(generator(kind).pictures(vectors), made.pictures(vectors))


def test_units_have_mean_0_and_spread_1_over_the_training_faces() -> None:
    made, vectors = generator("cnn"), drawn(50, 12) + 3
    made.standardise(vectors)
    units = made.units(vectors)
    torch.testing.assert_close(units.mean(0), torch.zeros(12), atol=1e-5, rtol=0)
    torch.testing.assert_close(units.std(0), torch.ones(12), atol=1e-5, rtol=0)


def test_cross_attention_is_that_of_torch() -> None:
    ours, reference = Attention(8, 2, 6), nn.MultiheadAttention(8, 2, kdim=6, vdim=6, batch_first=True)
    with torch.no_grad():
        for name in ("query", "key", "value"):
            getattr(reference, f"{name[0]}_proj_weight").copy_(getattr(ours, name).weight)
        reference.in_proj_bias.copy_(torch.cat([ours.query.bias, ours.key.bias, ours.value.bias]))
        reference.out_proj.weight.copy_(ours.result.weight)
        reference.out_proj.bias.copy_(ours.result.bias)
    tokens, source = drawn(3, 5, 8), drawn(3, 4, 6, seed=2)
    torch.testing.assert_close(ours(tokens, source), reference(tokens, source, source)[0], atol=1e-6, rtol=1e-5)


def test_squares_of_a_map_come_back_and_hold_what_lies_together() -> None:
    maps = drawn(2, 3, 8, 8)
    squares = into_grids(maps, 4)
    assert squares.shape == (8, 16, 3)
    assert torch.equal(from_grids(squares, 8), maps)
    assert torch.equal(squares[3], maps[0, :, 4:, 4:].flatten(1).T)
    assert torch.equal(into_grids(maps, 16), maps.flatten(2).transpose(1, 2))


def test_adain_gives_each_map_the_mean_and_spread_of_its_style() -> None:
    norm, maps, style = AdaptiveNorm(5, 3), 4 * drawn(2, 3, 6, 6) + 2, drawn(2, 5)
    scale, shift = norm.style(style).chunk(2, 1)
    changed = norm(maps, style)
    torch.testing.assert_close(changed.mean((2, 3)), shift, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(changed.std((2, 3), correction=0), (1 + scale).abs(), atol=1e-4, rtol=1e-4)


def test_the_minibatch_deviation_is_nothing_for_a_batch_of_one_face() -> None:
    face = drawn(1, 3, 4, 4)
    assert float(deviation_map(face.expand(5, -1, -1, -1))[:, 3].abs().max()) < 1e-3
    different = deviation_map(drawn(5, 3, 4, 4))[:, 3]
    assert float(different.min()) == float(different.max()) > 0.5


def test_each_configuration_adds_a_term_to_the_one_before_it() -> None:
    assert list(CONFIGURATIONS) == list("ABCDEFGHI")
    terms = [distill + biject for _, distill, biject in CONFIGURATIONS.values()]
    assert terms == [0, 1, 2] * 3
    assert all(distill or not biject for _, distill, biject in CONFIGURATIONS.values())


def test_batches_halve_and_scales_fade_over_half_of_their_steps() -> None:
    settings = Vec2FaceSettings(steps=10)
    assert [settings.batch_at(scale) for scale in range(5)] == [128, 64, 32, 16, 8]
    assert settings.place(0) == (0, 1.0)
    assert settings.place(10) == (1, 0.2)
    assert settings.place(14) == settings.place(19) == (1, 1.0)
    assert settings.place(49) == settings.place(1000) == (4, 1.0)
