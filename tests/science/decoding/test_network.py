"""The decoder's network: its shape, what a new one shows, what counts of an embedding; and its file."""

import pytest
import torch
from pydantic import ValidationError
from torch import nn

from explorer.science.decoding.network import FaceDecoder, enlarged
from explorer.science.decoding.record import DecoderFileError, DecoderRecord, decode_decoder, encode_decoder
from explorer.science.decoding.settings import LOSSES, PRESETS, DecoderSettings

TINY = DecoderSettings(encoder="sface", side=64, width=8, hidden=8)
RECORD = DecoderRecord(settings=TINY, dimension=16, network="ab" * 32, trained_on=7, epochs=2.0)


@pytest.fixture
def decoder():
    torch.manual_seed(0)
    made = FaceDecoder(16, TINY)
    nn.init.normal_(made.last.weight, std=0.1)
    made.standardise(torch.randn(50, 16), torch.rand(3, 64, 64))
    return made.eval().requires_grad_(False)


@pytest.mark.parametrize("side", [64, 112, 224])
@pytest.mark.parametrize("vgg", [11, 16])
def test_pictures_are_of_the_side_that_is_asked_for(side, vgg):
    decoder = FaceDecoder(16, DecoderSettings(side=side, vgg=vgg, width=2, hidden=2)).eval()
    assert decoder(torch.randn(2, 16)).shape == (2, 3, side, side)


def test_the_paper_s_network_is_vgg_16_turned_round():
    paper = PRESETS[224]
    assert (paper.vgg, paper.width) == (16, 512)
    # At a thirty-second of its width: 512 channels are 16.
    decoder = FaceDecoder(20, paper.model_copy(update={"width": 16, "hidden": 4}))
    shapes = [tuple(one.weight.shape[:2]) for one in decoder.modules() if isinstance(one, nn.Conv2d)]
    assert shapes == [*[(16, 16)] * 5, (8, 16), (8, 8), (8, 8), (4, 8), (4, 4), (2, 4), (2, 2), (3, 2)]


def test_each_preset_has_four_dropout_layers_and_all_terms_at_one():
    for settings in PRESETS.values():
        decoder = FaceDecoder(16, settings.model_copy(update={"width": 2, "hidden": 2}))
        assert [one.p for one in decoder.modules() if isinstance(one, nn.Dropout)] == [0.5] * 4
        assert settings.acting == LOSSES
        assert {settings.weight(name) for name in LOSSES} == {1.0}
    assert PRESETS[224].scaling == "sums"


def test_a_new_decoder_shows_the_mean_face_whatever_it_is_given():
    decoder = FaceDecoder(16, TINY).eval()
    mean = torch.rand(3, 64, 64)
    decoder.standardise(torch.randn(50, 16), mean)
    torch.testing.assert_close(decoder.pictures(torch.randn(4, 16)), mean.expand(4, 3, 64, 64))


def test_a_smooth_decoder_does_not_know_where_the_border_is():
    """First maps that are the same everywhere make details that are: nothing of the border is in them."""
    smooth, plain = (
        FaceDecoder(16, TINY.model_copy(update={"enlarging": way})).eval().double() for way in ("bilinear", "nearest")
    )
    for decoder in (smooth, plain):
        decoder.standardise(torch.randn(50, 16), torch.zeros(3, 64, 64))
        torch.nn.init.normal_(decoder.last.weight)
        for layer in decoder.blocks.modules():
            if isinstance(layer, nn.Conv2d):  # of so few channels, none might be positive
                layer.weight.data.abs_()
        places = decoder.linear[3]
        places.weight.data.zero_()
        places.bias.data = torch.rand(places.out_features // 16, dtype=torch.float64).repeat_interleave(16)
    vector = torch.randn(1, 16, dtype=torch.float64)
    with torch.no_grad():
        even, uneven = smooth(vector), plain(vector)
    torch.testing.assert_close(even, even[..., :1, :1].expand_as(even), rtol=1e-9, atol=1e-9)
    assert even.abs().max() > 1e-4 < uneven.std((2, 3)).max()


def test_the_length_of_an_embedding_does_not_matter(decoder):
    embeddings = torch.randn(4, 16)
    torch.testing.assert_close(decoder(embeddings), decoder(9 * embeddings))
    assert (decoder(embeddings[:1]) - decoder(embeddings[1:2])).abs().max() > 1e-3


def test_pictures_are_in_range_and_one_is_as_among_several(decoder):
    embeddings = 5 * torch.randn(3, 16)
    pictures = decoder.pictures(embeddings)
    assert pictures.min() >= 0
    assert pictures.max() <= 1
    torch.testing.assert_close(decoder.picture(embeddings[1]), pictures[1], atol=1e-5, rtol=0)


def test_dropout_acts_while_training_alone(decoder):
    embeddings = torch.randn(2, 16)
    assert torch.equal(decoder(embeddings), decoder(embeddings))
    decoder.train()
    assert not torch.equal(decoder(embeddings), decoder(embeddings))


def test_a_decoder_comes_back_from_its_file(decoder):
    data = encode_decoder(decoder, RECORD)
    found, record = decode_decoder(data, "sface")
    embeddings = torch.randn(4, 16)
    assert record == RECORD
    torch.testing.assert_close(found(embeddings), decoder(embeddings), atol=0.05, rtol=0)
    assert torch.equal(found.mean_face, decoder.mean_face)
    assert data == encode_decoder(decoder, RECORD)


def test_a_file_has_a_byte_a_weight_and_that_of_the_default_is_below_six_megabytes():
    settings = PRESETS[112]
    weights = FaceDecoder(512, settings).state_dict()
    numbers = {name: weight.numel() for name, weight in weights.items()}
    assert sum(numbers[name] * (1 if weight.ndim in (2, 4) else 4) for name, weight in weights.items()) < 6.0e6
    small = FaceDecoder(16, TINY)
    kernels = sum(weight.numel() for weight in small.state_dict().values() if weight.ndim in (2, 4))
    others = sum(4 * weight.numel() for weight in small.state_dict().values() if weight.ndim not in (2, 4))
    assert len(encode_decoder(small, RECORD)) < kernels + others + 12_000


def test_a_damaged_or_foreign_file_is_refused(decoder):
    data = encode_decoder(decoder, RECORD)
    for harmed in (data[:3000], b"nothing", b""):
        with pytest.raises(DecoderFileError, match="damaged: train it again"):
            decode_decoder(harmed, "sface")
    with pytest.raises(DecoderFileError, match="for sface, not for dlib-resnet"):
        decode_decoder(data, "dlib-resnet")
    with pytest.raises(DecoderFileError, match="for sface, not for sface at conv"):
        decode_decoder(data, "sface", "conv")


def test_settings_refuse_terms_and_weights_that_there_are_not():
    with pytest.raises(ValidationError, match="no term called 'edges'; there are pixel, gradient"):
        DecoderSettings(weights={"edges": 1})
    with pytest.raises(ValidationError, match="give 0 or more"):
        DecoderSettings(weights={"pixel": -1})
    with pytest.raises(ValidationError, match="no term has a weight"):
        DecoderSettings(weights=dict.fromkeys(LOSSES, 0.0))
    assert "pixel" not in DecoderSettings(weights={"pixel": 0}).acting


def test_details_of_brightness_leave_the_first_pictures_colours_as_they_are():
    settings = TINY.model_copy(update={"coarse": 8, "details": "brightness"})
    grey, coloured = (FaceDecoder(16, settings.model_copy(update=more)).eval() for more in ({}, {"details": "colours"}))
    torch.nn.init.normal_(grey.last.weight)
    coloured.load_state_dict(grey.state_dict())
    embeddings = torch.randn(2, 16)
    with torch.no_grad():
        first = grey.mean_face + enlarged(grey.coarse(grey.units(embeddings)), 64)
        added, others = (decoder(embeddings) - first for decoder in (grey, coloured))
    torch.testing.assert_close(added, added[:, :1].expand_as(added))
    assert added.abs().max() > 1e-3
    assert (others - others.mean(1, keepdim=True)).abs().max() > 1e-3
    with pytest.raises(ValidationError, match="only a first picture has colours"):
        DecoderSettings(details="brightness")
