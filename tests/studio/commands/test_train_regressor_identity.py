"""`likeness train regressor --objective identity` with faces that are made up: what it writes, and what it refuses."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from explorer.science.inversion.regressor import LatentRegressor, RegressorRecord
from explorer.science.training.identity_targets import Photographed
from explorer.science.training.regressor_identity import IdentityRecipe
from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.catalogue.regressors import find_regressor, load_regressor, save_regressor
from explorer.studio.commands import _train_regressor_identity as command
from explorer.studio.corpus.identity_material import Material
from tests.science.training.test_regressor_identity import MadeUpDrawing

LATENT = RegressorRecord(encoder="sface", dimension=128, space="W", objective="latent", width=16, trained_on=7)


class MadeUpNetworks:
    """Nothing is drawn, found or embedded by them."""

    def __init__(self, device):
        self.device = torch.device(device)

    def generator(self):
        return SimpleNamespace(spec=SimpleNamespace(style_layers=23))


class WideDrawing(MadeUpDrawing):
    """As it, for embeddings of 128 numbers."""

    def __init__(self):
        self.map = torch.randn(512, 128, generator=torch.Generator().manual_seed(0)) / 512**0.5


@pytest.fixture(autouse=True)
def models(tmp_path, monkeypatch):
    """Weights go to a folder of the test's own, in which there is a regressor to begin with."""
    random = torch.Generator().manual_seed(0)
    generated, real = torch.randn(60, 128, generator=random), torch.randn(40, 128, generator=random)
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setattr(places, "models", lambda: folder)
    monkeypatch.setattr(command, "Networks", MadeUpNetworks)
    monkeypatch.setattr(command, "portrait_set", lambda: None)
    monkeypatch.setattr(
        command, "embed_set", lambda *others: SimpleNamespace(embeddings={"sface": torch.zeros(20, 128)})
    )
    monkeypatch.setattr(command, "drawing_of", lambda *others: WideDrawing())
    made_up = Material(generated, "60 generated faces; no photograph of anybody")
    monkeypatch.setattr(command, "generated_material", lambda *others: made_up)
    monkeypatch.setattr(command, "photographed", lambda *others: Photographed(real, torch.arange(40) // 2))
    monkeypatch.setattr(command, "starts", lambda *others: {})
    monkeypatch.setattr(command, "IdentityRecipe", lambda **given: replace(IdentityRecipe(**given), batch=4))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        regressor = LatentRegressor(128, 16).eval()
    save_regressor(regressor, LATENT, "a card")
    return folder


def train(capsys, tmp_path, *more):
    given = ["--work", str(tmp_path / "work"), "--encoder", "sface", "--objective", "identity", *more]
    code = cli.main(["train", "regressor", *given])
    return code, *capsys.readouterr()


def test_it_goes_on_from_the_shipped_regressor_and_its_card_says_how(models, tmp_path, capsys):
    code, said, complaints = train(capsys, tmp_path, "--steps", "3")
    assert (code, complaints) == (0, "")
    regressor, record = load_regressor("sface", "W", "identity")
    assert (record.objective, record.trained_on, record.photographs, record.layers) == ("identity", 12, 0, 0)
    assert record.drawn.faces == 60
    assert "unseen targets, 128 px" in said
    card = (models / "regressor-sface-w-identity.md").read_text()
    assert "`likeness train regressor --work DIR --encoder sface --space W --objective identity --steps 3`" in card
    assert "3 steps of batch 4, Adam at" in card
    assert "seed 1" in card
    assert "no photograph of anybody" in card
    assert "on 60 unseen targets |" in card
    answer = regressor(torch.ones(1, 128))
    begun, _ = load_regressor("sface", "W")
    assert not torch.equal(answer, begun(torch.ones(1, 128)))
    torch.testing.assert_close(answer, begun(torch.ones(1, 128)), atol=0.2, rtol=0)
    assert torch.equal(find_regressor("sface", "W+")(torch.ones(1, 128)), answer), "searches begin with it"


def test_w_plus_gets_offsets_for_each_layer_and_the_card_says_so(models, tmp_path, capsys):
    code, _, complaints = train(capsys, tmp_path, "--steps", "2", "--space", "W+")
    assert (code, complaints) == (0, "")
    assert find_regressor("sface", "W+")(torch.ones(1, 128)).shape == (1, 23, 512)
    assert "a small offset for each of 23 layers" in (models / "regressor-sface-w-plus-identity.md").read_text()


def test_photographs_are_counted_and_their_folder_is_not_named(models, tmp_path, capsys):
    code, _, complaints = train(capsys, tmp_path, "--steps", "2", "--photographs", str(tmp_path / "my people"))
    assert (code, complaints) == (0, "")
    card = (models / "regressor-sface-w-identity.md").read_text()
    assert "40 photographs of 20 people of a folder" in card
    assert "no photograph of anybody" not in card
    assert "my people" not in card
    assert load_regressor("sface", "W", "identity")[1].photographs == 36


def test_the_same_command_goes_on_from_its_checkpoint_and_another_one_begins_anew(tmp_path, capsys):
    for steps in ("2", "2", "3"):
        assert train(capsys, tmp_path, "--steps", steps)[0] == 0
    folder = tmp_path / "work" / "regressors"
    assert len(list(folder.glob("*.pt"))) == 2
    assert folder.stat().st_mode & 0o077 == 0


def test_without_a_regressor_to_begin_with_it_says_what_to_make(models, tmp_path, capsys):
    (models / "regressor-sface-w.safetensors").unlink()
    code, _, complaints = train(capsys, tmp_path, "--steps", "2")
    assert code == 2
    assert "--encoder sface --space W --objective latent" in complaints


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--objective", "latent", "--photographs", "x"], "--photographs is for --objective identity"),
        (["--objective", "latent", "--space", "W+"], "--space W+ is for --objective identity"),
        (["--objective", "image", "--faces", "50"], "--faces is for --objective identity"),
        (["--objective", "identity", "--resolution", "100"], "--resolution 100: faces are drawn at 128, 256 or 512 px"),
    ],
)
def test_what_does_not_go_together_is_refused(options, said, tmp_path, capsys):
    assert cli.main(["train", "regressor", "--work", str(tmp_path), "--encoder", "sface", *options]) == 2
    assert said in capsys.readouterr().err
