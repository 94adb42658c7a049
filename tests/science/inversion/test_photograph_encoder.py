"""An encoder of photographs: its file holds it to within a byte's rounding, and what is no picture is refused."""

import pytest
import torch

from explorer.science.inversion.photograph_encoder import (
    PhotographEncoder,
    PhotographEncoderFileError,
    PhotographEncoderRecord,
    decode_photograph_encoder,
    encode_photograph_encoder,
)
from explorer.science.inversion.sizing import sized
from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.face_trunk import FaceTrunk

RECORD = PhotographEncoderRecord(generator="tiny", layers=3, width=4, side=32, hidden=8, components=5)


@pytest.fixture(scope="module")
def encoder():
    torch.manual_seed(0)
    return PhotographEncoder(torch.arange(4.0), torch.full((4,), 2.0), 3, side=32, hidden=8, components=5).eval()


def test_every_size_of_picture_has_styles_of_all_layers(encoder):
    for side in (16, 32, 64, 50):
        assert encoder(torch.rand(2, 3, side, side)).shape == (2, 3, 4)
    assert torch.equal(encoder.answer(torch.zeros(3, 32, 32)), encoder(torch.zeros(1, 3, 32, 32))[0])


def test_a_larger_picture_is_averaged_to_what_is_seen(encoder):
    picture = torch.rand(1, 3, 32, 32)
    larger = picture.repeat_interleave(4, 2).repeat_interleave(4, 3)
    assert torch.allclose(sized(larger, 32), picture, atol=1e-6)
    assert torch.allclose(encoder(larger), encoder(picture), atol=1e-4)


def test_its_file_holds_it_to_within_a_bytes_rounding(encoder):
    data = encode_photograph_encoder(encoder, RECORD)
    found, record = decode_photograph_encoder(data)
    assert record == RECORD
    assert len(data) < 1.1 * sum(parameter.numel() for parameter in encoder.parameters()) + 50_000
    picture = torch.rand(1, 3, 32, 32)
    offset = (encoder(picture) - encoder.mean_w).abs().max()
    assert (found(picture) - encoder(picture)).abs().max() < 0.05 * offset
    assert encode_photograph_encoder(found, record)[:200] == data[:200]


def test_a_file_that_is_none_is_refused(encoder):
    data = encode_photograph_encoder(encoder, RECORD)
    with pytest.raises(PhotographEncoderFileError, match="damaged"):
        decode_photograph_encoder(data[: len(data) // 2])
    with pytest.raises(PhotographEncoderFileError, match="train the encoder again"):
        decode_photograph_encoder(data.replace(b"photograph-encoder/1", b"photograph-encoder/9"))
    with pytest.raises(PhotographEncoderFileError, match="damaged"):
        decode_photograph_encoder(encode_photograph_encoder(encoder, RECORD.model_copy(update={"hidden": 9})))


@pytest.mark.parametrize(
    "picture", [torch.zeros(1, 3, 32, 32), torch.full((3, 32, 32), torch.nan), torch.zeros(32, 32)]
)
def test_what_is_no_picture_is_refused(encoder, picture):
    with pytest.raises(ValueError, match="a picture is"):
        encoder.answer(picture)


def test_a_trunk_refuses_another_networks_weights():
    with pytest.raises(NetworkFileError, match="no MobileFaceNet"):
        FaceTrunk().take([torch.zeros(8, 3, 3, 3)])


def test_a_trunk_makes_what_the_encoder_makes(networks):
    from explorer.science.networks.graph import TensorGraph
    from explorer.science.recognition.tapping import FeatureMap

    encoder, trunk = networks.recogniser("arcface-mbf"), FaceTrunk()
    graph = next(one for one in encoder.body.modules() if isinstance(one, TensorGraph))
    trunk.take(graph.used_constants())
    picture = torch.rand(1, 3, 112, 112)
    for found, layer in zip(trunk(2 * picture - 1), ("397", "473", "509"), strict=True):
        assert torch.allclose(found, FeatureMap(encoder.body, layer)(picture), atol=1e-5)
