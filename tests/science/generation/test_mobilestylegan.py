"""The generator against OpenVINO, its latent spaces and its outputs."""

import numpy as np
import openvino
import pytest
import torch

from explorer.science.generation.generator import remaining_style
from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.openvino_ir import IrNetwork
from explorer.studio import catalogue


@pytest.fixture(scope="module")
def generator(networks):
    return networks.generator()


@pytest.fixture(scope="module")
def w(generator):
    return generator.sample(2, seed=7)[1]


def reference(part: str, inputs: np.ndarray) -> np.ndarray:
    core = openvino.Core()
    xml, weights = (catalogue.path(f"mobilestylegan-{part}-{kind}") for kind in ("xml", "bin"))
    model = core.read_model(str(xml), str(weights))
    network = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.concatenate([network(one[None])[0] for one in inputs])


def test_mapping_equals_openvino(generator):
    z = torch.randn(8, 512, generator=torch.Generator().manual_seed(1))
    assert np.abs(generator.mapping(z).numpy() - reference("mapping", z.numpy())).max() <= 5e-5


@pytest.mark.slow
def test_images_equal_openvino(generator, w):
    with torch.no_grad():
        ours = generator.signed_image(generator.styles(w, "W"), 1024).numpy()
    assert ours.shape == (2, 3, 1024, 1024)
    assert np.abs(ours - reference("synthesis", w.numpy())).max() <= 5e-4


@pytest.mark.slow
@torch.no_grad()
def test_the_512_output_is_the_average_of_the_native_one(generator, w):
    styles = generator.styles(w[:1], "W")
    native, half = generator.signed_image(styles, 1024), generator.signed_image(styles, 512)
    torch.testing.assert_close(half, torch.nn.functional.avg_pool2d(native, 2), atol=1e-5, rtol=1e-5)


@pytest.mark.slow
@torch.no_grad()
@pytest.mark.parametrize(("resolution", "decibels"), [(128, 21), (256, 25.5)])
def test_previews_resemble_the_native_image(generator, resolution, decibels):
    ratios = []
    for seed in range(8):
        styles = generator.styles(generator.sample(1, 4_000_000 + seed)[1], "W")
        wanted = torch.nn.functional.avg_pool2d(generator.image(styles, 512), 512 // resolution)
        ratios.append(-10 * (generator.image(styles, resolution) - wanted).square().mean().log10())
    assert torch.stack(ratios).mean() > decibels


@torch.no_grad()
def test_spaces_agree_where_they_overlap(generator):
    z, w = generator.sample(2, seed=3)
    one = generator.styles(w, "W")
    torch.testing.assert_close(generator.styles(z, "Z"), one)
    torch.testing.assert_close(generator.styles(one, "W+"), one)
    torch.testing.assert_close(remaining_style(one, 5), w)


@torch.no_grad()
def test_truncation_moves_toward_the_mean(generator):
    full, half, none = (generator.sample(4, 5, psi)[1] for psi in (1.0, 0.5, 0.0))
    torch.testing.assert_close(none, generator.mean_w.expand(4, -1))
    torch.testing.assert_close(half, (full + none) / 2)


@torch.no_grad()
def test_fixed_noise_repeats_and_fresh_noise_follows_its_seed(generator, w):
    styles = generator.styles(w[:1], "W")

    def fresh(seed):
        return generator.image(styles, 128, torch.Generator().manual_seed(seed))

    assert torch.equal(generator.image(styles, 128), generator.image(styles, 128))
    assert torch.equal(fresh(1), fresh(1))
    assert 1e-4 < (fresh(1) - fresh(2)).abs().mean() < 0.1


@torch.no_grad()
def test_a_style_layer_behind_the_preview_s_blocks_does_not_change_their_features(generator, w):
    styles = generator.styles(w[:1], "W").clone()
    changed = styles.clone()
    changed[:, 16:] = w[1]
    torch.testing.assert_close(generator.synthesis.features(styles, 5), generator.synthesis.features(changed, 5))
    changed[:, 0] = w[1]
    assert (generator.synthesis.features(styles, 5) - generator.synthesis.features(changed, 5)).abs().max() > 0.1


@torch.no_grad()
def test_a_batch_is_its_latents_one_by_one(generator, w):
    together = generator.image(generator.styles(w, "W"), 256)
    apart = torch.cat([generator.image(generator.styles(one, "W"), 256) for one in w.split(1)])
    torch.testing.assert_close(together, apart, atol=1e-4, rtol=1e-4)


def test_an_unknown_resolution_is_refused(generator, w):
    with pytest.raises(ValueError, match="no 64 px output"):
        generator.image(generator.styles(w, "W"), 64)


@pytest.mark.parametrize(
    "xml",
    [b"", b"<net/>", b'<!DOCTYPE n [<!ENTITY a "aa">]><net/>', b"<net><layers><layer/></layers></net>"],
    ids=["empty", "no layers", "entities", "no names"],
)
def test_a_broken_graph_is_refused(xml):
    with pytest.raises(NetworkFileError):
        IrNetwork(xml, b"")


def test_weights_of_another_size_are_refused():
    network = IrNetwork(catalogue.path("mobilestylegan-mapping-xml").read_bytes(), b"\0" * 100)
    with pytest.raises(NetworkFileError, match="do not belong together"):
        network.constants_of(network.of_type("MatMul")[0])
