"""`likeness train refiner` with faces that are made up: what it writes, and what it needs."""

import hashlib

import pytest
import torch

from explorer.studio.app import cli
from explorer.studio.catalogue.refiners import load_refiner, refining
from explorer.studio.commands import _train_refiner as command
from tests.studio.commands import test_train_regressor_identity as kit
from tests.studio.commands.test_train_regressor_identity import models  # noqa: F401 - a fixture


@pytest.fixture(autouse=True)
def made_up(models, monkeypatch):  # noqa: F811
    """What the command of the regressor is given, for this one."""
    for name in ("Networks", "portrait_set", "embed_set", "drawing_of", "starts"):
        monkeypatch.setattr(command, name, getattr(kit.command, name))
    whole = command.RefinerRecipe
    monkeypatch.setattr(command, "RefinerRecipe", lambda **given: whole(width=16, batch=2, **given))
    return models


def train(capsys, tmp_path, *more):
    code = cli.main(["train", "refiner", "--work", str(tmp_path / "work"), "--encoder", "sface", *more])
    return code, *capsys.readouterr()


def test_it_is_trained_with_the_regressor_that_proposes_and_its_card_says_so(made_up, tmp_path, capsys):
    code, said, complaints = train(capsys, tmp_path, "--steps", "3")
    assert (code, complaints) == (0, "")
    refiner, record = load_refiner("sface")
    regressor = made_up / "regressor-sface-w.safetensors"
    assert record.regressor == hashlib.sha256(regressor.read_bytes()).hexdigest()
    assert (record.passes, record.trained_on, record.drawn.faces) == (3, 6, 60)
    assert refining("sface", "W+") is not None
    given = torch.ones(1, 128), torch.zeros(1, 128), torch.zeros(1, 512)
    assert not torch.equal(refiner(*given), given[2])
    assert "behind the last pass" in said
    card = (made_up / "refiner-sface.md").read_text()
    assert "--encoder sface --steps 3`" in card
    assert "3 passes unrolled" in card
    assert "seed 1" in card


def test_without_a_regressor_it_says_what_to_make(made_up, tmp_path, capsys):
    (made_up / "regressor-sface-w.safetensors").unlink()
    code, _, complaints = train(capsys, tmp_path, "--steps", "2")
    assert code == 2
    assert "likeness train regressor --encoder sface" in complaints


def test_sizes_that_are_not_drawn_are_refused(tmp_path, capsys):
    assert train(capsys, tmp_path, "--resolution", "1024")[0] == 2
