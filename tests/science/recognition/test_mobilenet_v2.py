"""MobileNetV2 has the layers of the published table."""

import pytest
import torch
from torch import nn

from explorer.science.recognition.mobilenet_v2 import STRIDE, InvertedResidual, MobileNetV2, divisible


def weights(module):
    return sum(one.numel() for one in module.parameters())


def test_it_has_as_many_parameters_as_the_published_network():
    network = MobileNetV2(512)
    assert weights(network.features) == 2_223_872
    # With a classifier of 1,000 classes in the embedding's place: the 3.4 M of the paper's table 4, rounded down.
    assert weights(network.features) + weights(nn.Linear(1280, 1000)) == 3_504_872
    assert 2_200_000 < weights(network) < 3_500_000


def test_maps_become_as_small_and_deep_as_the_table_says():
    network = MobileNetV2(16).eval()
    sizes, maps = [], torch.zeros(1, 3, 224, 224)
    with torch.no_grad():
        for layer in network.features:
            maps = layer(maps)
            if isinstance(layer, InvertedResidual):
                sizes.append(tuple(maps.shape[1:3]))
    assert list(dict.fromkeys(sizes)) == [(16, 112), (24, 56), (32, 28), (64, 14), (96, 14), (160, 7), (320, 7)]
    assert len(sizes) == 17
    assert tuple(maps.shape[1:]) == (1280, 224 // STRIDE, 224 // STRIDE)


def test_only_blocks_that_keep_their_shape_add_what_came_in():
    blocks = [one for one in MobileNetV2(16).features if isinstance(one, InvertedResidual)]
    assert sum(one.residual for one in blocks) == 10
    kept = next(one for one in blocks if one.residual).eval()
    kept.layers[-1].weight.data.zero_()
    maps = torch.randn(1, kept.layers[0].in_channels, 4, 4)
    assert torch.equal(kept(maps), maps)


@pytest.mark.parametrize(("channels", "rounded"), [(32, 32), (24 * 0.35, 8), (16 * 0.75, 16), (11, 16), (3, 8)])
def test_channels_are_rounded_as_the_authors_do(channels, rounded):
    assert divisible(channels) == rounded
