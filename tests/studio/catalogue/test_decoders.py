"""Decoders on disk: found where they were saved, missed in one line, refused where they are of something else."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from explorer.science.decoding.network import FaceDecoder
from explorer.science.decoding.record import DecoderRecord
from explorer.science.decoding.settings import DecoderSettings
from explorer.science.leakage.readout import MetricValue
from explorer.studio.catalogue import decoders
from explorer.studio.catalogue.brought_encoders import EncoderCard
from explorer.studio.catalogue.decoders import (
    decoder_card,
    find_decoder,
    load_decoder,
    missing_decoder,
    perceptual_network,
    save_decoder,
)
from explorer.studio.catalogue.networks import network_sha256
from explorer.studio.errors import UserError

TINY = DecoderSettings(encoder="sface", side=64, width=4, hidden=4)


def record(**changes):
    given = {"settings": TINY, "dimension": 128, "network": network_sha256("sface"), "trained_on": 7, "epochs": 1.5}
    return DecoderRecord(**given | changes)


def decoder(dimension=128):
    torch.manual_seed(0)
    made = FaceDecoder(dimension, TINY)
    nn.init.normal_(made.last.weight, std=0.1)
    return made.eval().requires_grad_(False)


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    """A folder in place of the one with the decoders that ship."""
    named = decoders.decoder_file

    def file(*which):
        return tmp_path / named(*which).name

    monkeypatch.setattr(decoders, "decoder_file", file)
    return file


def test_a_decoder_is_found_where_it_was_saved_and_none_where_there_is_none(shipped):
    assert find_decoder("sface") is None
    save_decoder(decoder(), record(), "a card")
    assert shipped("sface").name == "decoder-sface.safetensors"
    assert shipped("sface").with_suffix(".md").read_text() == "a card"
    found, known = load_decoder("sface")
    assert known == record()
    embeddings = torch.randn(2, 128)
    torch.testing.assert_close(found(embeddings), decoder()(embeddings), atol=0.05, rtol=0)
    assert find_decoder("sface") is found  # a file is read once
    assert find_decoder("dlib-resnet") is None


def test_a_layer_s_decoder_is_another_one(shipped):
    layered = TINY.model_copy(update={"layer": "conv/relu"})
    save_decoder(decoder(64), record(settings=layered, dimension=64), "a card")
    assert shipped("sface", "conv/relu").name == "decoder-sface@conv-relu.safetensors"
    assert find_decoder("sface") is None
    assert find_decoder("sface", "conv/relu").dimension == 64


def test_a_missing_one_is_missed_in_one_line_that_says_how_to_train_it(shipped):
    with pytest.raises(UserError) as failed:
        load_decoder("edgeface-s")
    assert str(failed.value) == missing_decoder("edgeface-s")
    assert missing_decoder("edgeface-s") == (
        "no decoder for edgeface-s: train one with `likeness train decoder --encoder edgeface-s --work DIR`"
    )
    assert "--layer conv4 --work DIR" in missing_decoder("sface", "conv4")
    with pytest.raises(UserError, match="no encoder called 'nobody'"):
        find_decoder("nobody")


def test_damaged_and_foreign_files_are_refused(shipped):
    file = save_decoder(decoder(), record(), "a card")
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(UserError, match="the decoder for sface is damaged: train it again"):
        find_decoder("sface")
    save_decoder(decoder(), record(network="ab" * 32), "a card")
    with pytest.raises(UserError, match="another network that was called sface"):
        find_decoder("sface")


def test_a_brought_encoder_s_decoders_lie_in_its_own_folder_and_go_with_it(monkeypatch, tmp_path):
    from explorer.studio.catalogue import brought_encoders

    monkeypatch.setattr(brought_encoders, "folder", lambda: tmp_path)
    card = EncoderCard.model_construct(id="mine")
    ours = ("mine-decoder.md", "mine-decoder.safetensors", "mine@conv-decoder.safetensors")
    for name in (*ours, "minestrone-decoder.md"):
        (tmp_path / name).touch()
    assert card.decoder("mine@conv") == tmp_path / "mine@conv-decoder.safetensors"
    made = {file.name for file in card.made}
    assert set(ours) <= made
    assert "minestrone-decoder.md" not in made


def test_the_card_says_what_it_is_how_it_was_made_and_what_it_is_worth():
    quality = MetricValue(measure="PSNR", unit="dB", value=14.1, low=13.9, high=14.3, chance=12.8, faces=500)
    text = decoder_card(
        record(perceptual_layer="conv_12_relu", held_out={"PSNR": quality}), "7 generated faces", " --size 64"
    )
    assert text.startswith("# decoder-sface: ")
    assert "`likeness train decoder --encoder sface --size 64 --work DIR`" in text
    assert "| data | 7 generated faces |" in text
    assert "| features of | white-box, conv_12_relu |" in text
    assert "| PSNR, unseen faces |" in text
    assert "seed 1" in text
    assert "non-commercial research only" in text


def test_pictures_are_compared_by_the_network_that_the_settings_name(networks):
    asked = []
    known = SimpleNamespace(recogniser=lambda name: asked.append(name) or networks.recogniser("dlib-resnet"))
    assert perceptual_network(known, TINY).layer == "blocks.6"
    assert perceptual_network(known, TINY.model_copy(update={"perceptual": "dlib-resnet"})).layer == "blocks.6"
    assert asked == ["sface", "dlib-resnet"]
    without = TINY.model_copy(update={"weights": {"perceptual": 0.0, "local_perceptual": 0.0}})
    assert perceptual_network(known, without) is None
    with pytest.raises(UserError, match="no encoder called 'nobody'"):
        perceptual_network(known, TINY.model_copy(update={"perceptual": "nobody"}))
