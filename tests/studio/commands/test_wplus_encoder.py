"""`likeness train wplus-encoder` and the inversion of photographs themselves: what is written, said and refused."""

import json
from functools import partial

import pytest
import torch

from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.reading import read_file
from explorer.science.inversion.photograph_encoder import PhotographEncoder, PhotographEncoderRecord
from explorer.science.inversion.presets import PHOTOGRAPH
from explorer.science.inversion.settings import InversionSettings
from explorer.science.training.photograph_encoder import PhotographEncoderRecipe
from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.catalogue import photograph_encoders
from explorer.studio.catalogue.photograph_encoders import load_photograph_encoder, save_photograph_encoder
from explorer.studio.commands import _evaluate_wplus, _train_wplus_encoder
from explorer.studio.commands._evaluate_wplus import as_text
from explorer.studio.errors import UserError
from explorer.studio.evaluation.wplus_judged import ALEX, COSINE, SECONDS, JudgedFace, table_of
from explorer.studio.inversion import photograph_start as starting
from explorer.studio.inversion import running
from explorer.studio.inversion.guidance import guidance_for
from explorer.studio.inversion.photograph_start import photograph_start

FACE = places.resources() / "faces" / "synthetic-p009.jpg"
TINY = ("--faces", "16", "--steps", "2", "--drawn-steps", "1", "--rows", "8", "--components", "4")


@pytest.fixture
def own(monkeypatch, tmp_path):
    """A file in place of the program's own."""
    file = tmp_path / "wplus-encoder.safetensors"
    for module in (photograph_encoders, starting, running, _train_wplus_encoder):
        monkeypatch.setattr(module, "photograph_encoder_file", lambda: file)
    return file


@pytest.fixture(scope="module")
def frame(networks):
    photograph = read_file(FACE)
    return crop_frame(photograph, networks.detector().detect(photograph.pixels)[0]).frame


def shipped(networks, file):
    """An encoder that answers nearly the mean face, as the program's own."""
    generator = networks.generator()
    encoder = PhotographEncoder(generator.mean_w, generator.spread_w, 23, side=32, hidden=4, components=2)
    record = PhotographEncoderRecord(
        generator=generator.spec.id, layers=23, width=512, side=32, hidden=4, components=2, begun_by="none"
    )
    save_photograph_encoder(encoder.eval(), record, "card", file)
    return encoder


def run(capsys, *words):
    code = cli.main([str(word) for word in words])
    return code, *capsys.readouterr()


def test_it_is_trained_goes_on_and_says_what_it_came_to(own, tmp_path, capsys, monkeypatch):
    small = partial(PhotographEncoderRecipe, spread_faces=16, batch=2, drawn_batch=2, hidden=8, drawn_at=128)
    monkeypatch.setattr(_train_wplus_encoder, "PhotographEncoderRecipe", small)
    monkeypatch.setattr(_train_wplus_encoder, "unseen_scores", lambda *given: {})
    code, said, complaints = run(capsys, "train", "wplus-encoder", "--work", tmp_path, *TINY)
    assert (code, complaints) == (0, "")
    assert "16 generated faces" in own.with_suffix(".md").read_text()
    assert str(own) in said
    _, record = load_photograph_encoder(own)
    assert (record.trained_on, record.steps, record.drawn_steps, record.layers) == (16, 2, 1, 23)
    card = own.with_suffix(".md").read_text()
    assert "likeness train wplus-encoder --faces 16 --steps 2 --drawn-steps 1" in card
    before = own.read_bytes()
    assert run(capsys, "train", "wplus-encoder", "--work", tmp_path, *TINY)[0] == 0
    assert own.read_bytes() == before, "nothing is learnt twice"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--components", "9", "--rows", "8"), "the metric has 8 rows"),
        (("--steps", "0", "--drawn-steps", "0"), "nothing"),
    ],
)
def test_what_cannot_be_learnt_is_refused(options, complaint, tmp_path, capsys):
    code, _, complaints = run(capsys, "train", "wplus-encoder", "--work", tmp_path, *options)
    assert code == 2
    assert complaint in complaints


def test_a_photograph_begins_with_the_encoders_answer_and_without_one_with_the_mean(own, networks, frame):
    settings = PHOTOGRAPH.with_choices({}, {})
    wanted = guidance_for(networks, settings, torch.ones(512), frame)
    assert wanted.picture.pixels.shape == (3, 256, 256)
    bare = photograph_start(networks, settings, wanted.picture)
    assert bare.origin == "mean"
    assert torch.equal(bare.proposer.latent, networks.generator().mean_w.expand(23, 512))
    encoder = shipped(networks, own)
    found = photograph_start(networks, settings, wanted.picture)
    assert found.origin == "photograph"
    assert torch.allclose(
        found.proposer.propose(torch.ones(512), 3, 0)[0], encoder.answer(wanted.picture.pixels), atol=0.1
    )
    assert photograph_start(networks, settings, wanted.picture, recorded=["sface"]).origin == "mean", "as it was then"


def test_what_is_no_photograph_is_refused(own, networks, frame):
    settings = PHOTOGRAPH.with_choices({}, {})
    with pytest.raises(UserError, match="no photograph to invert"):
        guidance_for(networks, settings, torch.ones(512), None)
    wanted = guidance_for(networks, settings, torch.ones(512), frame)
    with pytest.raises(UserError, match="not in W:"):
        photograph_start(networks, InversionSettings(targets="picture", space="W"), wanted.picture)
    own.write_bytes(b"none")
    with pytest.raises(UserError, match="damaged"):
        photograph_start(networks, settings, wanted.picture)


def test_the_command_inverts_a_photograph_itself_and_marks_it_so(own, networks, tmp_path, capsys):
    shipped(networks, own)
    short = ("--method", "photograph", "--encoder", "sface", "--steps", "2", "--finish", "0", "--resolution", "128")
    code, said, complaints = run(capsys, "invert", FACE, "--out", tmp_path / "out", "--json", *short)
    assert (code, complaints) == (0, "")
    (record,) = json.loads(said)
    assert record["begun_from"] == "photograph"
    assert record["sought"] == {"perceptual": "photograph", "pixels": "photograph"}
    assert {"wplus-encoder", "lpips-alex"} <= record["networks"].keys()
    losses = [step["losses"] for step in record["steps"]]
    assert losses[-1]["perceptual"] < losses[0]["perceptual"]
    assert (record["proposed_starts"], len(losses)) == (0, 3)


def test_a_file_of_ones_own_answers_in_place_of_the_programs(own, networks, frame, tmp_path, capsys):
    given = tmp_path / "mine.safetensors"
    encoder, settings = shipped(networks, given), PHOTOGRAPH.with_choices({}, {})
    picture = guidance_for(networks, settings, torch.ones(512), frame).picture
    found = photograph_start(networks, settings, picture, given=given)
    assert (found.origin, own.exists()) == ("photograph", False)
    assert torch.allclose(found.proposer.propose(torch.ones(512), 3, 0)[0], encoder.answer(picture.pixels), atol=0.1)
    other = load_photograph_encoder(given)[1].model_copy(update={"generator": "another"})
    save_photograph_encoder(encoder, other, "card", tmp_path / "other.safetensors")
    for name, complaint in (("other", "answers latents of another"), ("none", "none.safetensors")):
        code, _, complaints = run(capsys, "evaluate", "wplus", "orl", "--file", tmp_path / f"{name}.safetensors")
        assert (code, complaint in complaints) == (2, True), complaints
        assert len(complaints.strip().splitlines()) == 1


def test_a_table_counts_every_person_alike():
    faces = [
        JudgedFace(person, {"one pass": {ALEX: alex, COSINE: 0.5, SECONDS: 1.0}})
        for person, alex in ((0, 0.2), (0, 0.4), (1, 0.6), (2, 0.9))
    ]
    table = table_of("a set", faces, "photograph", 60)
    estimate = table.ways["one pass"][ALEX]
    assert (table.faces, table.people) == (4, 3)
    assert estimate.value == pytest.approx((0.3 + 0.6 + 0.9) / 3)
    assert estimate.low <= estimate.value <= estimate.high
    assert "4 faces of 3 people, begun from the encoder's answer" in as_text(table)
    with pytest.raises(UserError, match="no usable face"):
        table_of("a set", [], "mean", 60)


def test_a_set_that_is_none_is_refused(capsys):
    assert _evaluate_wplus.STEPS == 60
    code, _, complaints = run(capsys, "evaluate", "wplus", "nowhere")
    assert (code, "no folder nowhere" in complaints) == (2, True)
