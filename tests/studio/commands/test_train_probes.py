"""`likeness train probes` and `likeness train regressor` on a made-up corpus: what they write, and what they refuse."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from explorer.science.inversion.regressor import LatentRegressor
from explorer.science.training import probes as recipes
from explorer.science.training.regressor import RegressorRecipe
from explorer.studio.app import cli
from explorer.studio.catalogue import probes as probing
from explorer.studio.catalogue import regressors as regressing
from explorer.studio.catalogue.probes import load_probes
from explorer.studio.catalogue.regressors import find_regressor, load_regressor
from explorer.studio.commands import _train_probes, _train_regressor
from explorer.studio.corpus.reading import read_judged
from explorer.studio.errors import UserError
from tests.studio.bringing.slice_samples import card
from tests.studio.corpus.corpus_kit import write_corpus


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("corpus") / "made-up")[0]


@pytest.fixture(autouse=True)
def models(tmp_path, monkeypatch, corpus):
    """Weights go to a folder of the test's own; the made-up test split stands for openpeople."""
    monkeypatch.setattr(probing, "probes_file", lambda encoder: tmp_path / f"probes-{encoder}.safetensors")

    def regressor_file(encoder, space, objective="latent"):
        return tmp_path / f"{space}-{objective}.safetensors"

    def small(**given):
        return RegressorRecipe(width=16, epochs=2, **given)

    small.drawn_steps = 1
    monkeypatch.setattr(regressing, "regressor_file", regressor_file)
    monkeypatch.setattr(_train_probes, "_openpeople", lambda corpus, device: read_judged(corpus))
    monkeypatch.setattr(_train_regressor, "starts", lambda *others: {})
    monkeypatch.setattr(_train_regressor, "read_portraits", lambda *others: {"sface": torch.zeros(20, 128)})
    monkeypatch.setattr(_train_regressor, "load_labellers", lambda device: None)
    monkeypatch.setattr(_train_regressor, "RegressorRecipe", small)
    whole = recipes._default
    monkeypatch.setattr(recipes, "_default", lambda kind: {"linear": replace(whole(kind)["linear"], epochs=3)})
    return tmp_path


def run(capsys, *arguments):
    code = cli.main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


def test_probes_and_their_card_are_written(corpus, models, capsys):
    code, said, _ = run(capsys, "train", "probes", "--work", corpus.folder, "--encoder", "sface", "--no-thesis")
    assert code == 0
    assert "balanced accuracy" in said
    readouts = load_probes("sface").read(torch.randn(128))
    assert all(one.test is not None and one.portraits is not None for one in readouts)
    card = (models / "probes-sface.md").read_text()
    assert card.startswith("# probes-sface")
    assert "not measured" not in card


def test_one_probe_is_trained_anew_and_the_others_stay(corpus, models, capsys):
    arguments = ("train", "probes", "--work", corpus.folder, "--encoder", "sface")
    run(capsys, *arguments, "--no-thesis")
    before, card = load_probes("sface").probes, (models / "probes-sface.md").read_text()
    of_before = "Openpeople's photographs are labelled by hand (`openpeople-labels.md`); no probe learnt from them."
    told = [line for line in card.split("\n") if line.startswith(("Openpeople's", "What differs", "judgement by"))]
    (models / "probes-sface.md").write_text(card.replace("\n".join(told), of_before))
    code, said, _ = run(capsys, *arguments, "--probe", "eyeglasses")
    assert code == 0
    assert "eyeglasses" in said
    assert "smiling" not in said
    after = load_probes("sface").probes
    assert list(after) == list(before)
    for name, fitted in before.items():
        if name != "eyeglasses":
            for key, tensor in fitted.probe.state_dict().items():
                assert torch.equal(after[name].probe.state_dict()[key], tensor)
    again = (models / "probes-sface.md").read_text()
    changed = [line for line in again.split("\n") if line not in card.split("\n")]
    assert len(changed) >= 1
    assert all(line.startswith(("| eyeglasses, trained anew |", "| Eyeglasses, ")) for line in changed)
    run(capsys, *arguments, "--probe", "eyeglasses")
    assert (models / "probes-sface.md").read_text().count("trained anew") == 1


def test_a_probe_is_renewed_only_where_there_are_probes_and_by_a_name_that_is_one(corpus, models, capsys):
    arguments = ("train", "probes", "--work", corpus.folder, "--encoder", "sface")
    code, _, said = run(capsys, *arguments, "--probe", "moustache")
    assert (code, said.count("\n")) == (2, 1)
    assert "no probe moustache" in said
    code, _, said = run(capsys, *arguments, "--probe", "eyeglasses")
    assert code == 2
    assert "there are no probes for sface" in said
    run(capsys, *arguments, "--no-thesis")
    (models / "probes-sface.md").write_text("# something else")
    code, _, said = run(capsys, *arguments, "--probe", "eyeglasses")
    assert code == 2
    assert "train all" in said


def test_an_encoder_that_the_corpus_does_not_know_is_named(corpus, capsys):
    code, _, complaints = run(capsys, "train", "probes", "--work", corpus.folder, "--encoder", "dlib-resnet")
    assert code == 2
    assert "no embeddings of dlib-resnet" in complaints


@pytest.mark.parametrize("command", ["probes", "regressor"])
def test_a_folder_that_is_no_corpus_is_refused(command, tmp_path, capsys):
    code, _, complaints = run(capsys, "train", command, "--work", tmp_path)
    assert code == 2
    assert "holds no corpus" in complaints


def test_a_regressor_and_its_card_are_written(corpus, models, capsys):
    assert find_regressor("sface", "W") is None
    with pytest.raises(UserError, match="likeness train regressor --work DIR --encoder sface --space W"):
        load_regressor("sface", "W")
    code, _, complaints = run(capsys, "train", "regressor", "--work", corpus.folder, "--encoder", "sface")
    assert (code, complaints) == (0, "")
    assert isinstance(find_regressor("sface", "W"), LatentRegressor)
    record = load_regressor("sface", "W")[1]
    assert record.explained is not None
    assert "three hidden layers of 16" in (models / "W-latent.md").read_text()


def test_the_card_of_a_variant_says_what_it_did_to_unseen_faces(corpus, models, monkeypatch, capsys):
    def loss(regressor, embeddings, latents, random):
        return (regressor(embeddings) - latents).square().mean()

    monkeypatch.setattr(_train_regressor, "_drawn_loss", lambda *others: loss)
    asked = ("--encoder", "sface", "--objective", "image", "--steps", "2")
    code, _, complaints = run(capsys, "train", "regressor", "--work", corpus.folder, *asked)
    assert (code, complaints) == (0, "")
    drawn = load_regressor("sface", "W", "image")[1].drawn
    card = (models / "W-image.md").read_text()
    assert f"unseen generated faces | {drawn.value:.4f} ({drawn.low:.4f} to {drawn.high:.4f}; of the one" in card
    assert f"trained by the latent {drawn.chance:.4f})" in card
    assert "--objective image --steps 2`" in card


@pytest.mark.parametrize("option", [("--space", "W+"), ("--objective", "beauty")])
def test_what_no_regressor_does_is_refused(corpus, option, capsys):
    code, _, complaints = run(capsys, "train", "regressor", "--work", corpus.folder, *option)
    assert code == 2
    assert option[1] in complaints


def test_a_damaged_regressor_is_said_in_one_line(models):
    (models / "W-latent.safetensors").write_bytes(b"half")
    with pytest.raises(UserError, match="damaged"):
        find_regressor("sface", "W")


def test_a_corpus_of_another_network_of_that_name_is_refused(tmp_path, monkeypatch):
    corpus, now = SimpleNamespace(folder=tmp_path), card()
    monkeypatch.setattr(_train_probes, "brought_encoder", lambda encoder: now if encoder == "mine" else None)
    for _ in range(2):
        _train_probes._refuse_namesakes(corpus, ["sface", "mine"])
    now = card(layer="another")
    with pytest.raises(UserError, match="embedded by another network that was called mine"):
        _train_probes._refuse_namesakes(corpus, ["mine"])
    assert [file.name for file in tmp_path.iterdir()] == ["encoder-mine.txt"]
