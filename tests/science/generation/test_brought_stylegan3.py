"""StyleGAN3 from NVIDIA's files draws what the published equations say, in configurations T and R."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.science.generation.brought.files import build_brought, pack, read_generator_file, unpack
from explorer.science.networks.onnx_graph import NetworkFileError
from tests.science.generation import brought_kit as kit
from tests.science.generation import brought_kit3 as kit3


def opened(tmp_path, node):
    path = tmp_path / "network.pkl"
    path.write_bytes(kit.nvidia_pickle(node))
    return read_generator_file(path)


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("radial", [True, False])
def test_images_are_those_of_the_equations(tmp_path, radial, told):
    torch.manual_seed(2)
    node = kit3.stylegan3(radial=radial, told=told)
    file = opened(tmp_path, node)
    generator = build_brought(file, file.spec)
    assert file.family == ("StyleGAN3-R" if radial else "StyleGAN3-T")
    assert (file.spec.resolution, file.spec.latent_shape("W+")) == (32, (6, 6))
    styles = torch.randn(2, 6, 6)
    image = generator.signed_image(styles, 32)
    for one, drawn in zip(styles, image, strict=True):
        wanted = kit3.drawn3(node, one.double().numpy(), radial=radial)
        assert np.abs(wanted - drawn.numpy()).max() < 1e-4 * max(1, np.abs(wanted).max())


def test_what_is_kept_draws_the_same_and_gradients_flow(tmp_path):
    file = opened(tmp_path, kit3.stylegan3(radial=True))
    again = unpack(pack(file))
    assert (again.family, again.spec) == ("StyleGAN3-R", file.spec)
    styles = torch.randn(1, 6, 6, requires_grad=True)
    first, second = (build_brought(one, one.spec).signed_image(styles, 64) for one in (file, again))
    assert torch.equal(first, second)
    (slope,) = torch.autograd.grad(first.square().mean(), styles)
    assert bool((slope.abs().sum(-1) > 0).all())  # the first style turns the picture, the others draw it


@pytest.mark.parametrize(
    ("name", "value"),
    [("margin_size", 10**9), ("filter_size", 10**9), ("num_critical", -1), ("first_cutoff", float("nan"))],
)
def test_sizes_that_no_network_has_are_refused(tmp_path, name, value):
    node = kit3.stylegan3(told=False)
    for part in (node.modules["synthesis"], *node.modules["synthesis"].modules.values()):
        part.kwargs = {**part.kwargs, name: value}
    with pytest.raises(NetworkFileError, match=name):
        opened(tmp_path, node)
