"""What is tapped is the encoder's own: its values by name, wherever its network came from."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from explorer.science.decoding.perceptual import Perceptual
from explorer.science.networks.graph import GraphNode, TensorGraph
from explorer.science.recognition.base import Encoder
from explorer.science.recognition.imported.network import OneByOne, Vectors
from explorer.science.recognition.registry import encoder_spec
from explorer.science.recognition.tapping import (
    FeatureMap,
    LayerError,
    layers_of,
    perceptual_layer,
    tapped,
    tapped_id,
)

SPEC = replace(encoder_spec("sface"), id="tiny", dimension=4)


class Modules(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3, 4, 1), nn.Conv2d(4, 5, 3, 2, 1)

    def forward(self, image):
        return self.second(self.first(image)).mean((2, 3))


def graph(last=False, name="conv"):
    """Means of 8 x 8 squares, then of everything."""

    def pooled(attributes, x):
        x = x.permute(0, 3, 1, 2) if last else x
        x = nn.functional.avg_pool2d(x, 8)
        return x.permute(0, 2, 3, 1) if last else x

    nodes = [
        GraphNode(pooled, ("x",), (name,), {}),
        GraphNode(lambda attributes, x: x.mean((1, 2) if last else (2, 3)).repeat(1, 6), (name,), ("out",), {}),
    ]
    return Vectors(TensorGraph({}, ("x",), nodes, ("out",)), channels_last=last)


@pytest.mark.parametrize("last", [False, True])
def test_values_of_a_graph_go_by_their_names_with_channels_first(last):
    encoder, images = Encoder(SPEC, graph(last)), torch.rand(2, 3, 112, 112)
    assert [str(layer) for layer in layers_of(encoder)] == ["conv (3 x 14 x 14)"]
    torch.testing.assert_close(FeatureMap(encoder.body, "conv")(images), nn.functional.avg_pool2d(images, 8))


def test_modules_go_by_their_names():
    encoder, images = Encoder(SPEC, Modules()), torch.rand(2, 3, 112, 112)
    assert [layer.name for layer in layers_of(encoder)] == ["first", "second"]
    assert torch.equal(FeatureMap(encoder.body, "first")(images), encoder.body.first(images))
    assert perceptual_layer(encoder) == "second"


@pytest.mark.parametrize("name", ["conv4_3", "conv4_3_3x3"])
def test_the_paper_s_layers_are_taken_where_they_are(name):
    class Named(Modules):
        def __init__(self):
            super().__init__()
            self.add_module(name, nn.Conv2d(3, 4, 3, 2, 1))

        def forward(self, image):
            return super().forward(image) + getattr(self, name)(image).mean()

    assert perceptual_layer(Encoder(SPEC, Named())) == name


def test_a_network_that_takes_one_picture_at_a_time_is_tapped_all_the_same():
    images = torch.rand(3, 3, 112, 112)
    alone, together = (FeatureMap(body, "conv")(images) for body in (OneByOne(graph()), graph()))
    assert torch.equal(alone, together)


def test_the_network_runs_no_further_than_it_is_asked():
    def fail(attributes, x):
        raise AssertionError("it ran on")

    nodes = [GraphNode(lambda attributes, x: 2 * x, ("x",), ("y",), {}), GraphNode(fail, ("y",), ("z",), {})]
    body = Vectors(TensorGraph({}, ("x",), nodes, ("z",)), channels_last=False)
    assert torch.equal(FeatureMap(body, "y")(torch.ones(1, 3, 2, 2)), torch.full((1, 3, 2, 2), 2.0))


def test_a_tapped_encoder_embeds_by_the_averages_of_the_layer():
    encoder, images = Encoder(SPEC, Modules()), torch.rand(2, 3, 112, 112)
    inner = tapped(encoder, "first")
    assert (inner.spec.id, inner.spec.dimension) == ("tiny@first", 4)
    torch.testing.assert_close(inner(images), encoder.body.first(images).mean((2, 3)))
    assert tapped(encoder, None) is encoder


def test_a_layer_that_there_is_not_is_refused_with_some_that_there_are():
    encoder = Encoder(SPEC, Modules())
    with pytest.raises(LayerError, match=r"tiny has no layer conv9; .*first \(4 x 28 x 28\), second \(5 x 14 x 14\)"):
        tapped(encoder, "conv9")
    with pytest.raises(LayerError, match="no layer conv9"):
        FeatureMap(encoder.body, "conv9")(torch.rand(1, 3, 112, 112))
    flat = Encoder(SPEC, nn.Flatten())
    with pytest.raises(LayerError, match="has no feature maps"):
        perceptual_layer(flat)
    # Nothing is left behind in the modules.
    assert not encoder.body.first._forward_hooks


def test_names_of_tapped_encoders_are_fit_for_files():
    assert tapped_id("edgeface-s", "/model/stages.2/Add_output_0") == "edgeface-s@model-stages.2-Add_output_0"
    assert tapped_id("sface", None) == "sface"


def test_white_box_features_are_the_encoder_s_own(networks):
    """What the network is made of up to the layer gives the same as the tap."""
    encoder, images = networks.recogniser("dlib-resnet"), torch.rand(2, 3, 150, 150, requires_grad=True)
    perceptual = Perceptual.of_encoder(encoder)
    assert (perceptual.network, perceptual.layer) == ("dlib-resnet", "blocks.6")
    found = perceptual(images)
    body = encoder.body
    x = (images * 255 - body.get_buffer("mean_colour")) / 256
    x = nn.functional.max_pool2d(torch.relu(body.stem(x)), 3, 2)
    torch.testing.assert_close(found, body.blocks[:7](x))
    found.sum().backward()
    assert images.grad.abs().sum() > 0


@pytest.mark.parametrize("encoder", ["arcface-mbf", "sface", "edgeface-s"])
def test_the_last_map_of_an_eighth_of_the_side_is_taken_of_the_encoders_that_ship(networks, encoder):
    recogniser = networks.recogniser(encoder)
    known = {layer.name: layer for layer in layers_of(recogniser)}
    chosen = known[perceptual_layer(recogniser)]
    assert chosen.rows == chosen.columns == 14
    names = list(known)
    assert all(known[name].rows != 14 for name in names[names.index(chosen.name) + 1 :])


def test_pictures_of_another_side_are_brought_to_that_of_the_encoder(networks):
    perceptual = Perceptual.of_encoder(networks.recogniser("dlib-resnet"))
    for side in (64, 224):
        assert perceptual(torch.rand(1, 3, side, side)).shape == (1, 64, 17, 17)


def test_vgg_s_features_are_conv4_3_s(networks):
    perceptual = Perceptual.of_vgg16(networks.lpips("vgg"))
    pictures = torch.rand(1, 3, 64, 64)
    found = perceptual(pictures)
    assert found.shape == (1, 512, 8, 8)
    torch.testing.assert_close(found, networks.lpips("vgg").features(pictures)[3])
