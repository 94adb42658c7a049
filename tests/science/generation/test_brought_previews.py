"""Cheap previews: what a network's first blocks draw, how far off that is, and that only a near one is used."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from explorer.science.generation.brought.files import build_brought, pack, read_generator_file, unpack
from explorer.science.generation.brought.previews import LEAST_RATIO, fitted_mix, measured_previews
from tests.science.generation import brought_kit as kit
from tests.science.generation import brought_kit3 as kit3

SIDES = (8, 16)


def opened(tmp_path, node):
    path = tmp_path / "network.pkl"
    path.write_bytes(kit.nvidia_pickle(node))
    return read_generator_file(path)


def built(tmp_path, node):
    file = opened(tmp_path, node)
    return build_brought(file, file.spec)


def quiet(node, behind, by=1e-3):
    """Let the blocks behind a side add next to nothing."""
    for name, block in node.modules["synthesis"].modules.items():
        if int(name[1:]) > behind:
            for tensor in block.modules["torgb"].parameters.values():
                tensor.data *= by
    return node


@pytest.mark.parametrize("clamp", [None, 3.0])
@pytest.mark.parametrize("side", [4, *SIDES])
def test_what_the_first_blocks_sum_up_to_is_the_published_image_of_that_size(tmp_path, side, clamp):
    torch.manual_seed(side)
    node = kit.stylegan2(clamp=clamp)
    generator, tensors = built(tmp_path, node), node.tensors()
    styles = torch.randn(2, 8, 6)
    for one, drawn in zip(styles, generator.synthesis(styles, until=side), strict=True):
        wanted = kit.drawn2(tensors, one.double().numpy(), side, clamp=clamp)
        assert drawn.shape == (3, side, side)
        assert np.abs(wanted - drawn.numpy()).max() < 1e-4 * max(1, np.abs(wanted).max())


@pytest.mark.parametrize("side", [4, *SIDES])
def test_where_later_blocks_add_nothing_the_preview_is_the_native_images_average(tmp_path, side):
    torch.manual_seed(side)
    generator = built(tmp_path, quiet(kit.stylegan2(), behind=side, by=0))
    styles = torch.randn(2, 8, 6)
    average = generator.averaged_image(styles, side)
    assert torch.allclose(generator.synthesis.without_later(styles, side), average, atol=1e-4)
    (found,) = measured_previews(generator, sides=(side,)).values()
    assert torch.allclose(found.mix, torch.eye(3, 4), atol=1e-4)
    assert found.ratio > 60


@pytest.mark.parametrize(
    "node", [lambda: kit.stylegan2(architecture="resnet"), lambda: kit.stylegan2(architecture="orig"), kit3.stylegan3]
)
def test_networks_without_an_image_on_the_way_have_no_preview(tmp_path, node):
    torch.manual_seed(1)
    assert measured_previews(built(tmp_path, node()), sides=SIDES) == {}


@pytest.mark.parametrize("seed", range(4))
def test_a_random_networks_preview_is_too_far_off_and_every_size_is_the_native_image_averaged(tmp_path, seed):
    torch.manual_seed(seed)
    generator = built(tmp_path, kit.stylegan2())
    found = measured_previews(generator, sides=SIDES)
    assert list(found) == list(SIDES)
    assert all(math.isfinite(one.ratio) and not one.serves for one in found.values())
    assert all(one.ratio < LEAST_RATIO for one in found.values())
    styles = torch.randn(2, 8, 6)
    native = generator.signed_image(styles, 32)
    for side in SIDES:
        step = 32 // side
        averaged = native.unfold(2, step, step).unfold(3, step, step).mean((-1, -2))
        assert torch.allclose(generator.signed_image(styles, side), averaged, atol=1e-4)


def test_where_later_blocks_add_little_the_preview_is_near_and_computes_no_later_block(tmp_path):
    torch.manual_seed(5)
    file = opened(tmp_path, quiet(kit.stylegan2(), behind=16))
    found = measured_previews(build_brought(file, file.spec), sides=(16,))
    assert found[16].serves
    file = file.with_previews({16: found[16].mix})
    generator = build_brought(unpack(pack(file)), file.spec)
    assert generator.spec.previews == (16,)
    computed = []
    for block in generator.synthesis.blocks:
        block.register_forward_hook(lambda module, given, made: computed.append(made[0].shape[-1]))
    styles = generator.styles(generator.sample(6, 1, 0.7)[1], "W").clone().requires_grad_()
    preview = generator.image(styles, 16)
    assert computed == [4, 8, 16]
    error = (preview.detach() - generator.averaged_image(styles, 16).mul(0.5).add(0.5).clamp(0, 1)).square().mean()
    assert -10 * math.log10(float(error.detach())) > LEAST_RATIO - 3  # of other faces than it was measured on
    (slope,) = torch.autograd.grad(preview.mean(), styles)
    assert bool((slope[:, :6].abs().sum(-1) > 0).all())
    # What a search ends on is the whole network's.
    for side in (8, 32, 64):
        assert torch.equal(generator.signed_image(styles, side), generator.averaged_image(styles, side))


def test_a_mixture_of_colours_is_found_again():
    torch.manual_seed(0)
    mix = torch.randn(3, 4)
    parts = [torch.randn(1, 3, 8, 8) for _ in range(3)]
    pairs = [(part, torch.einsum("dc,bchw->bdhw", mix[:, :3], part) + mix[:, 3, None, None]) for part in parts]
    assert torch.allclose(fitted_mix(pairs), mix, atol=1e-4)


def test_one_colour_everywhere_leaves_a_mixture_all_the_same():
    same, wanted = torch.ones(1, 3, 4, 4), torch.full((1, 3, 4, 4), 0.5)
    mix = fitted_mix([(same, wanted)])
    assert torch.allclose(mix.sum(1), torch.full((3,), 0.5), atol=1e-5)


def test_what_is_told_before_each_face_may_end_the_measurement(tmp_path):
    torch.manual_seed(2)
    generator = built(tmp_path, kit.stylegan2())
    told = []

    def tell():
        told.append(1)
        if len(told) == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        measured_previews(generator, tell, SIDES)
