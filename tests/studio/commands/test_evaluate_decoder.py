"""`likeness evaluate decoder`: what it prints, writes and refuses."""

import json

import pytest

from explorer.studio.app import cli
from explorer.studio.catalogue.decoders import save_decoder
from explorer.studio.commands import _evaluate_decoder as command
from tests.studio.catalogue.test_decoders import decoder, record, shipped  # noqa: F401 - a fixture
from tests.studio.corpus.test_decoder_table import World, faces


@pytest.fixture(autouse=True)
def small(monkeypatch, shipped):  # noqa: F811
    """A small world in which one decoder was trained."""
    import torch

    def seen(*given):
        made = faces()
        made.embeddings.resize_(3, 128).copy_(torch.randn(3, 128, generator=torch.Generator().manual_seed(0)))
        return made

    monkeypatch.setattr(command, "Networks", lambda device: World())
    monkeypatch.setattr(command, "photograph_set", lambda name: name)
    monkeypatch.setattr(command, "faces_of_set", seen)
    monkeypatch.setattr(command, "decoder_file", shipped)
    save_decoder(decoder(), record(), "a card")
    return shipped


def evaluate(capsys, *given):
    code = cli.main(["evaluate", "decoder", *given])
    return code, *capsys.readouterr()


def test_the_decoders_that_there_are_are_judged_as_text_and_json(capsys):
    code, said, complaints = evaluate(capsys, "openpeople")
    assert (code, complaints) == (0, "")
    assert "made up: 3 faces of 3 people, sface, features of white-box, 64 px, learnt from 7 faces" in said
    assert "face LPIPS" in said
    assert said.count("better by") == 2  # of the decoder, and in the last line
    assert "cosine, dlib-resnet: decoder" in said
    code, said, _ = evaluate(capsys, "openpeople", "orl", "--json")
    assert code == 0
    tables = json.loads(said)
    assert len(tables) == 2
    assert [row["name"] for row in tables[0]["rows"]] == ["decoder", "mean face"]
    assert set(tables[0]["rows"][0]["gains"]) == {"psnr", "ssim", "lpips", "face_psnr", "face_ssim", "face_lpips"}


def test_a_decoder_of_any_file_is_judged(capsys, small, tmp_path):
    file = tmp_path / "row.safetensors"
    file.write_bytes(small("sface").read_bytes())
    small("sface").unlink()
    assert evaluate(capsys, "openpeople", "--file", str(file))[0] == 0
    file.write_bytes(b"nothing")
    code, _, complaints = evaluate(capsys, "openpeople", "--file", str(file))
    assert code == 2
    assert "is no decoder, or it is damaged" in complaints


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (["openpeople", "--encoder", "edgeface-s"], "no decoder for edgeface-s: train one with `likeness train"),
        (["openpeople", "--encoder", "nobody"], "no encoder called 'nobody'"),
        (["corpus"], "give its folder by --work"),
        (["openpeople", "--nearest", "9"], "give a folder to keep them in by --work"),
        (["openpeople", "--file", "nowhere"], "nowhere cannot be read"),
    ],
)
def test_what_cannot_be_judged_is_refused_in_one_line(capsys, given, complaint):
    code, _, complaints = evaluate(capsys, *given)
    assert code != 0
    assert complaint in complaints
    assert complaints.count("\n") == 1


def test_without_any_decoder_it_says_how_to_train_one(capsys, small):
    small("sface").unlink()
    code, _, complaints = evaluate(capsys, "openpeople")
    assert code == 2
    assert "there is no decoder yet: train one with" in complaints
