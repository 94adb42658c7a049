"""StyleGAN2 from NVIDIA's and rosinality's files draws what the published equations say."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.science.generation.brought.files import build_brought, pack, read_generator_file, unpack
from explorer.science.networks.onnx_graph import NetworkFileError
from tests.science.generation import brought_kit as kit


def opened(tmp_path, content, name="network.pkl"):
    path = tmp_path / name
    path.write_bytes(content)
    return read_generator_file(path)


def built(tmp_path, content, name="network.pkl"):
    file = opened(tmp_path, content, name)
    return build_brought(file, file.spec)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize(("architecture", "clamp"), [("skip", None), ("resnet", 3.0), ("orig", 2.0)])
def test_images_are_those_of_the_equations(tmp_path, architecture, clamp, protocol):
    torch.manual_seed(protocol)
    node = kit.stylegan2(architecture=architecture, clamp=clamp, z=5)
    generator, tensors = built(tmp_path, kit.nvidia_pickle(node, protocol)), node.tensors()
    assert generator.spec.latent_shape("Z") == (5,)
    assert generator.spec.latent_shape("W+") == (8, 6)
    z, w = generator.sample(2, 3)
    assert np.abs(kit.mapped(tensors, z.double().numpy()) - w.numpy()).max() < 1e-4
    styles = torch.randn(2, 8, 6)
    image = generator.signed_image(styles, 32)
    for one, drawn in zip(styles, image, strict=True):
        wanted = kit.drawn2(tensors, one.double().numpy(), 32, architecture, clamp)
        assert np.abs(wanted - drawn.numpy()).max() < 1e-4 * max(1, np.abs(wanted).max())


def test_noise_is_the_files_own_fresh_or_none(tmp_path):
    node = kit.stylegan2(side=8)
    generator, tensors = built(tmp_path, kit.nvidia_pickle(node)), node.tensors()
    styles = torch.randn(1, 4, 6)
    none = generator.synthesis(styles, noise="none")[0].numpy()
    bare = kit.drawn2(tensors, styles[0].double().numpy(), 8, noise=lambda path, side: np.zeros((side, side)))
    assert np.abs(none - bare).max() < 1e-4 * np.abs(bare).max()
    fresh = [generator.signed_image(styles, 8, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert torch.equal(fresh[0], fresh[1])
    assert not torch.equal(fresh[0], fresh[2])
    assert torch.equal(generator.signed_image(styles, 8), generator.signed_image(styles, 8))


def test_latents_are_truncated_towards_the_files_mean(tmp_path):
    node = kit.stylegan2(side=8)
    generator = built(tmp_path, kit.nvidia_pickle(node))
    mean = node.modules["mapping"].buffers["w_avg"]
    assert torch.equal(generator.mean_w, mean)
    assert torch.equal(generator.sample(2, 1, truncation=0.0)[1], mean.expand(2, -1))
    w = generator.sample(2, 1)[1]
    half = generator.truncated_styles(w, 0.5, cutoff=3)
    assert torch.allclose(half[:, 2], mean + 0.5 * (w - mean), atol=1e-6)
    assert torch.equal(half[:, 3], w)
    assert torch.equal(generator.truncated_styles(w, 0.5)[:, 3], generator.truncate(w, 0.5))


def test_images_of_every_size_are_drawn_and_differentiable(tmp_path):
    generator = built(tmp_path, kit.nvidia_pickle(kit.stylegan2(colours=1)))
    styles = torch.randn(2, 8, 6, requires_grad=True)
    native = generator.signed_image(styles, 32)
    assert torch.allclose(
        generator.signed_image(styles, 8), native.unfold(2, 4, 4).unfold(3, 4, 4).mean((-1, -2)), atol=1e-4
    )
    for side in (8, 32, 100):
        image = generator.image(styles, side)
        assert image.shape == (2, 3, side, side)
        (slope,) = torch.autograd.grad(image.mean(), styles)
        assert bool(slope.abs().sum() > 0)


@pytest.mark.slow
def test_the_slope_is_the_numeric_one(tmp_path):
    generator = built(tmp_path, kit.nvidia_pickle(kit.stylegan2(side=8))).double()
    styles = torch.randn(1, 4, 6, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda one: generator.synthesis(one).mean((2, 3)), (styles,), atol=1e-4)


@pytest.mark.parametrize("architecture", ["skip", "resnet"])
def test_what_is_kept_draws_the_same(tmp_path, architecture):
    file = opened(tmp_path, kit.nvidia_pickle(kit.stylegan2(architecture=architecture, clamp=2.0, z=5)))
    again = unpack(pack(file))
    assert (again.family, again.layout, again.spec) == (file.family, file.layout, file.spec) == (
        "StyleGAN2", "nvidia", file.spec)  # fmt: skip
    styles = torch.randn(1, 8, 6)
    first, second = (build_brought(one, one.spec).image(styles, 32) for one in (file, again))
    assert torch.equal(first, second)
    with pytest.raises(NetworkFileError, match="damaged"):
        unpack(pack(file)[:-100])


def test_a_lone_generator_and_one_without_arguments_are_read(tmp_path):
    node = kit.stylegan2()
    with kit.nvidia_names():
        alone = kit.pickle.dumps(node)
    assert opened(tmp_path, alone).spec.resolution == 32
    for part in (node, *node.modules.values()):
        part.kwargs = {}
    assert opened(tmp_path, kit.nvidia_pickle(node)).spec.resolution == 32


def test_a_conditional_generator_is_refused_in_so_many_words(tmp_path):
    with pytest.raises(NetworkFileError, match=r"network.pkl .* conditional StyleGAN2, .* of 7 classes by a label"):
        opened(tmp_path, kit.nvidia_pickle(kit.stylegan2(labels=7)))


def test_a_pickle_of_tensorflow_is_named(tmp_path):
    with pytest.raises(NetworkFileError, match="StyleGAN for TensorFlow: convert it with legacy"):
        opened(tmp_path, kit.tensorflow_pickle())


def _without_a_block(synthesis, mapping):
    del synthesis["b16"]


def _without_a_weight(synthesis, mapping):
    del synthesis["b8"].modules["conv0"].parameters["weight"]


def _of_another_shape(synthesis, mapping):
    synthesis["b4"].parameters["const"] = kit.rand(3)


def _not_finite(synthesis, mapping):
    mapping["fc1"].parameters["weight"].data.fill_(np.nan)


def _with_a_word_for_a_number(synthesis, mapping):
    mapping["fc0"].own["bias_gain"] = "much"


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (_without_a_block, "no blocks b4, b8"),
        (_without_a_weight, "synthesis.b8.conv0.weight is missing"),
        (_of_another_shape, "const has shape"),
        (_not_finite, "not finite"),
        (_with_a_word_for_a_number, "no number"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path, break_it, said):
    node = kit.stylegan2()
    for part in node.modules["mapping"].modules.values():
        part.kwargs = {}
    break_it(node.modules["synthesis"].modules, node.modules["mapping"].modules)
    with pytest.raises(NetworkFileError, match=said) as caught:
        opened(tmp_path, kit.nvidia_pickle(node))
    assert "\n" not in str(caught.value)


def test_a_pickle_without_a_generator_says_what_it_has(tmp_path):
    with kit.nvidia_names():
        content = kit.pickle.dumps({"D": kit.Node("Discriminator", {}), "augment_pipe": None})
    with pytest.raises(NetworkFileError, match="no generator: there is no G_ema, but D, augment_pipe"):
        opened(tmp_path, content)
