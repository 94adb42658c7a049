"""`likeness train decoder` with faces that are made up: what it writes, goes on from, and refuses."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from explorer.science.recognition.base import Encoder
from explorer.science.recognition.registry import encoder_spec
from explorer.science.training.decoder_faces import MadeFaces
from explorer.studio.app import cli
from explorer.studio.catalogue import decoders
from explorer.studio.catalogue.decoders import load_decoder
from explorer.studio.commands import _train_decoder as command
from explorer.studio.corpus.decoder_material import Material
from tests.science.training.test_decoder_training import making


class Means(nn.Module):
    """(B, 3, 112, 112) to (B, 128), by one convolution."""

    def __init__(self):
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.conv = nn.Conv2d(3, 128, 8, 8)

    def forward(self, image):
        return self.conv(image).mean((2, 3))


class MadeUpNetworks:
    def __init__(self, device):
        self.device = torch.device(device)

    def recogniser(self, encoder):
        return Encoder(encoder_spec("sface"), Means())


@pytest.fixture(autouse=True)
def models(monkeypatch, tmp_path):
    """Weights go to a folder of the test's own."""
    named = decoders.decoder_file
    monkeypatch.setattr(decoders, "decoder_file", lambda *which: tmp_path / "models" / named(*which).name)
    (tmp_path / "models").mkdir()
    monkeypatch.setattr(command, "Networks", MadeUpNetworks)
    monkeypatch.setattr(
        command, "making_of", lambda networks, recogniser, settings: replace(making(), encoder=recogniser)
    )
    monkeypatch.setattr(command, "key_of", lambda making, settings: "key")
    return tmp_path / "models"


SMALL = ("--size", "64", "--faces", "48", "--width", "2", "--hidden", "4", "--batch", "24")


def train(capsys, tmp_path, *more):
    given = ["--work", str(tmp_path / "work"), "--encoder", "sface", *SMALL, *more]
    code = cli.main(["train", "decoder", *given])
    return code, *capsys.readouterr()


def test_it_writes_a_decoder_and_its_card_and_the_same_command_makes_the_same_one(models, tmp_path, capsys):
    code, said, complaints = train(capsys, tmp_path, "--epochs", "2")
    assert (code, complaints) == (0, "")
    decoder, record = load_decoder("sface")
    assert (record.settings.side, record.settings.perceptual, record.perceptual_layer) == (64, "white-box", "conv")
    assert (record.epochs, record.trained_on, record.photographs) == (2, 44, 0)
    assert set(record.held_out) == {"PSNR", "SSIM"}
    assert record.held_out["PSNR"].faces == 3
    assert decoder.picture(torch.ones(128)).shape == (3, 64, 64)
    card = (models / "decoder-sface.md").read_text()
    assert "--encoder sface --perceptual white-box --size 64 --width 2 --hidden 4 --batch 24 --epochs 2" in card
    assert "no photograph of anybody" in card
    assert "3 unseen faces" in said
    before = (models / "decoder-sface.safetensors").read_bytes()
    assert train(capsys, tmp_path, "--epochs", "2")[0] == 0
    assert (models / "decoder-sface.safetensors").read_bytes() == before


def test_a_layer_has_a_decoder_of_its_own(models, tmp_path, capsys):
    code, _, complaints = train(capsys, tmp_path, "--epochs", "1", "--layer", "conv")
    assert (code, complaints) == (0, "")
    assert load_decoder("sface", "conv")[1].settings.layer == "conv"
    assert "--layer conv" in (models / "decoder-sface@conv.md").read_text()


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        (["--size", "100"], "--size 100: there are 64, 112, 224"),
        (["--weight", "edges=1"], "no term called 'edges'; there are pixel"),
        (["--weight", "pixel=much"], "give a number, as pixel=0.5"),
        (["--weight", "pixel=-1"], "the weight of pixel is -1"),
        (["--perceptual", "mobilefacenet-192"], "mobilefacenet-192"),
        (["--layer", "conv9"], "sface has no layer conv9; among its feature maps are conv"),
        (["--faces", "0"], "there is nothing to learn from"),
        (["--faces", "8"], "too few faces for a decoder"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_one_line(tmp_path, capsys, more, complaint):
    code, _, complaints = train(capsys, tmp_path, *more)
    assert code == 2
    assert complaint in complaints
    assert complaints.count("\n") == 1


def test_weights_and_another_network_go_into_the_record(tmp_path, capsys):
    code, _, complaints = train(
        capsys, tmp_path, "--epochs", "1", "--weight", "gradient=0.5", "--perceptual", "dlib-resnet"
    )
    assert (code, complaints) == (0, "")
    settings = load_decoder("sface")[1].settings
    assert (settings.weight("gradient"), settings.perceptual) == (0.5, "dlib-resnet")


def test_it_ends_when_its_minutes_are_over(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(command._Clock, "beyond", lambda clock, share: lambda: True)
    monkeypatch.setattr("explorer.studio.corpus.decoder_material._PER_PART", 48)
    monkeypatch.setattr("explorer.science.training.decoder._STEPS", 1)
    assert train(capsys, tmp_path, "--epochs", "9")[0] == 0
    assert load_decoder("sface")[1].epochs == 0.5


def test_photographs_of_people_that_judge_are_left_out(models, tmp_path, capsys, monkeypatch):
    faces = torch.randn(30, 128, generator=torch.Generator().manual_seed(0))
    shown = torch.zeros(30, 64, 64, 3, dtype=torch.uint8)
    held_out = torch.arange(30) % 5 == 0
    album = Material(
        MadeFaces(faces, shown), held_out, "30 photographs of a folder in the layout people", photographs=True
    )
    monkeypatch.setattr(command, "folder_material", lambda *given: album)
    monkeypatch.setattr(command, "portrait_set", lambda: None)
    monkeypatch.setattr(command, "embed_set", lambda *given: SimpleNamespace(embeddings={"sface": torch.zeros(2, 128)}))
    monkeypatch.setattr(command, "passing_as_judges", lambda *given: torch.arange(30) < 3)
    given = ("--faces", "0", "--epochs", "1", "--photographs", str(tmp_path / "my people"))
    code, _, complaints = train(capsys, tmp_path, *given)
    assert (code, complaints) == (0, "")
    record = load_decoder("sface")[1]
    assert (record.photographs, record.trained_on, record.held_out["PSNR"].faces) == (27, 22, 5)
    card = (models / "decoder-sface.md").read_text()
    assert "of which 3 that pass as people that judge were left out" in card
    assert "--photographs FOLDER" in card
    assert "my people" not in card
    code, _, complaints = train(capsys, tmp_path, *given, "--layer", "conv")
    assert code == 2
    assert "leave --photographs or --layer out" in complaints
    monkeypatch.setattr(command, "passing_as_judges", lambda *given: torch.ones(30, dtype=torch.bool))
    code, _, complaints = train(capsys, tmp_path, *given)
    assert code == 2
    assert "nobody but people that judge" in complaints
