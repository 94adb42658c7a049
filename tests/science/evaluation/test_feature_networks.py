"""Networks by whose features sets of pictures are compared: the published networks, and no others."""

from __future__ import annotations

import pytest
import torch

from explorer.science.evaluation.feature_networks import FEATURES, efficientnet_lite0, inception_mixed5
from explorer.science.networks.channels_last import full_weight
from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.javascript_modules import read_modules
from explorer.science.registry import UnknownNameError
from explorer.studio import catalogue


@pytest.fixture(scope="module", params=list(FEATURES))
def spec_and_network(request):
    spec = FEATURES[request.param]
    return spec, spec.read(catalogue.path(spec.network).read_bytes())


def noise(count: int, side: int) -> torch.Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0))


@pytest.mark.slow
def test_a_picture_has_as_many_features_whatever_its_size_and_company(spec_and_network):
    spec, network = spec_and_network
    pictures = noise(3, 160)
    together = network(pictures)
    assert together.shape == (3, spec.dimension)
    assert torch.isfinite(together).all()
    assert torch.allclose(network(pictures[1:2]), together[1:2], atol=1e-4)


@pytest.mark.slow
def test_a_smaller_picture_of_a_face_keeps_most_of_its_features(spec_and_network, portrait):
    _, network = spec_and_network
    small = torch.nn.functional.interpolate(portrait, (192, 192), mode="area")
    other = noise(1, 512)
    near = torch.cosine_similarity(network(portrait), network(small))
    assert near > 0.9
    assert near > torch.cosine_similarity(network(portrait), network(other)) + 0.05


@pytest.fixture(scope="module")
def portrait():
    from explorer.science.faces.reading import read_file
    from explorer.studio import places

    pixels = torch.from_numpy(read_file(places.resources() / "faces" / "astronaut.png").pixels.copy())
    return pixels.permute(2, 0, 1)[None].float() / 255


def test_efficientnet_is_the_published_implementations():
    # By efficientnet_lite_pytorch 0.1.0's extract_features, averaged, on the first of two pictures of noise.
    network = FEATURES["efficientnet-lite0"].read(catalogue.path("efficientnet-lite0").read_bytes())
    found = network(noise(2, 224))[0]
    assert found[:6].tolist() == pytest.approx([0.79513508, 0, 2.29033113, 0, 0, 0], abs=1e-4)
    assert found.norm().item() == pytest.approx(17.3431721, abs=1e-3)


def test_batch_norms_of_inception_agree_with_pictures_from_0_to_1(portrait):
    # The means that a batch norm subtracts are those of its training's pictures: under another convention the first
    # convolution's would lie elsewhere.
    weights = read_modules(catalogue.path("inception-v3-nsfw").read_bytes())[1]
    kernel, mean = full_weight(weights["conv2d_1/kernel"]), weights["batch_normalization_1/moving_mean"]
    values = torch.nn.functional.interpolate(portrait, (299, 299), mode="area")

    def apart(pictures):
        return (torch.nn.functional.conv2d(pictures, kernel, stride=2).mean((0, 2, 3)) - mean).abs().mean()

    assert apart(values) < 0.1
    assert apart(values * 2 - 1) > 0.3


def test_other_files_are_refused_and_unknown_names_are_told():
    for read in (efficientnet_lite0, inception_mixed5):
        with pytest.raises(NetworkFileError):
            read(b"not a network")
    with pytest.raises(UnknownNameError, match="inception-mixed5"):
        FEATURES["fid"]
