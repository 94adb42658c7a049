"""`likeness train decoder-table` with faces that are made up: which rows there are, and that none is made twice."""

from dataclasses import replace

import pytest
import torch

from explorer.science.decoding import table_rows
from explorer.science.training import coarse_picture
from explorer.studio.app import cli
from explorer.studio.catalogue.decoders import read_decoder
from explorer.studio.commands import _train_decoder_table as command
from explorer.studio.corpus import decoder_rows
from explorer.studio.corpus.decoder_faces import DecodedFaces
from explorer.studio.corpus.decoder_rows import DecoderRows, RowClock
from tests.studio.commands.test_train_decoder import MadeUpNetworks, making
from tests.studio.corpus.test_decoder_table import World, faces


class Networks(MadeUpNetworks):
    def __init__(self, device):
        super().__init__(device)
        self.detector, self.lpips = World().detector, World().lpips


@pytest.fixture(autouse=True)
def small(monkeypatch):
    def seen(*given):
        made, random = faces(), torch.Generator().manual_seed(0)
        own, judge = torch.randn(2, 3, 128, generator=random)
        return DecodedFaces(made.name, own, made.frames, made.people, {"dlib-resnet": judge})

    monkeypatch.setattr(coarse_picture, "_ROUNDS", 1)
    monkeypatch.setattr(coarse_picture, "_STEPS", 2)
    few = {name: acting for name, acting in table_rows.LOSS_ROWS.items() if len(acting) in (1, 6)}
    monkeypatch.setattr(table_rows, "LOSS_ROWS", {name: few[name] for name in (next(iter(few)), "pix. (glob.)")})
    monkeypatch.setattr(command, "Networks", Networks)
    monkeypatch.setattr(
        command, "making_of", lambda networks, recogniser, settings: replace(making(), encoder=recogniser)
    )
    monkeypatch.setattr(command, "key_of", lambda making, settings: "key")
    monkeypatch.setattr(command, "photograph_set", lambda name: name)
    monkeypatch.setattr(command, "faces_of_set", seen)


def train(capsys, work, *more):
    small = ("--faces", "48", "--width", "2", "--batch", "24", "--epochs", "1", "--set", "openpeople")
    code = cli.main(["train", "decoder-table", "--work", str(work), "--encoder", "sface", *small, *more])
    return code, *capsys.readouterr()


def test_all_rows_are_trained_from_one_start_judged_alike_and_not_made_twice(tmp_path, capsys, monkeypatch):
    code, said, complaints = train(capsys, tmp_path, "--perceptual", "white-box", "--perceptual", "edgeface-s")
    assert code == 2
    assert "white-box" in complaints
    code, said, complaints = train(capsys, tmp_path, "--perceptual", "sface", "--perceptual", "edgeface-s")
    assert code == 0, complaints
    table = DecoderRows.model_validate_json((tmp_path / "decoder-table" / "table.json").read_bytes())
    assert [row.half for row in table.rows] == ["losses"] * 2 + ["networks"] * 2
    assert {row.perceptual for row in table.rows[:2]} == {"edgeface-s"}
    assert [row.perceptual for row in table.rows[2:]] == ["white-box", "edgeface-s"]
    assert table.rows[1].acting == ("pixel",)
    assert table.judges == ("arcface-mbf", "dlib-resnet")
    # All losses by the same features: one row of each half, trained once.
    assert table.rows[0].sets == table.rows[3].sets
    # The made-up networks have the same features: what is learnt differs by the losses alone.
    files = list((tmp_path / "decoder-table").glob("*/decoder.safetensors"))
    assert len(files) == 3
    assert len({read_decoder(file)[0].last.weight.numpy().tobytes() for file in files}) == 2
    # One start for all of them, which no loss has had a part in.
    assert len(list((tmp_path / "decoder-table").glob("sface-start-*.pt"))) == 1
    assert set(table.mean_face) == {"openpeople"}
    assert "| pix. (glob.) | 1.00 |" in said
    assert (tmp_path / "decoder-table" / "table.md").read_text() in said

    def refused(*given):
        raise AssertionError("it is there")

    monkeypatch.setattr(decoder_rows, "train_decoder", refused)
    monkeypatch.setattr(command, "faces_of_set", refused)
    assert train(capsys, tmp_path, "--perceptual", "sface", "--perceptual", "edgeface-s")[0] == 0
    assert DecoderRows.model_validate_json((tmp_path / "decoder-table" / "table.json").read_bytes()) == table


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        (["--size", "100"], "--size 100: there are 64, 112, 224"),
        (["--encoder", "nobody"], "no encoder called 'nobody'"),
        (["--set", "corpus"], "give its folder by --corpus"),
        (["--corpus", "nowhere"], "--corpus nowhere: there is no corpus"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_one_line(tmp_path, capsys, more, complaint):
    code, _, complaints = train(capsys, tmp_path, *more)
    assert code == 2
    assert complaint in complaints
    assert complaints.count("\n") == 1


def test_the_time_before_an_interruption_counts(tmp_path):
    file = tmp_path / "seconds.json"
    assert not RowClock(file, 1).over()
    file.write_text("61.5")
    assert RowClock(file, 1).over()
    assert RowClock(file, 2).before >= 61.5
