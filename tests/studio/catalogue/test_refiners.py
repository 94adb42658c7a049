"""Refiners on disk: they refine the answers of the regressor that they were trained with, and of no other."""

import hashlib
from types import SimpleNamespace

import pytest
import torch

from explorer.science.inversion.refiner import LatentRefiner, RefinedRegressor, RefinerRecord
from explorer.science.inversion.regressor import LatentRegressor, RegressorRecord
from explorer.studio import places
from explorer.studio.catalogue.refiners import (
    find_proposer,
    load_refiner,
    refiner_card,
    refiner_file,
    refining,
    save_refiner,
)
from explorer.studio.catalogue.regressors import regressor_file, save_regressor
from explorer.studio.errors import UserError

_SHIPPED = places.models
REGRESSOR = RegressorRecord(encoder="sface", dimension=128, space="W", objective="latent", width=8, trained_on=7)


@pytest.fixture(autouse=True)
def models(monkeypatch, tmp_path):
    """A folder of the test's own, with a regressor and a refiner of its answers."""
    monkeypatch.setattr(places, "models", lambda: tmp_path)
    save_regressor(LatentRegressor(128, 8), REGRESSOR, "a card")
    digest = hashlib.sha256(regressor_file("sface", "W").read_bytes()).hexdigest()
    record = RefinerRecord(encoder="sface", dimension=128, width=8, passes=2, regressor=digest, trained_on=7)
    save_refiner(LatentRefiner(128, 8), record, refiner_card(record, "a recipe", "no photograph", " --steps 2"))
    return tmp_path


def test_it_refines_its_own_regressors_answers_and_no_others(models):
    assert refining("sface", "W+") == refining("sface", "W") == refiner_file("sface")
    assert refining("sface", "Z") is None
    assert refining("dlib-resnet", "W") is None
    other = REGRESSOR.model_copy(update={"objective": "identity"})
    save_regressor(LatentRegressor(128, 8), other, "a card")
    assert refining("sface", "W+") is None, "another regressor proposes now"


def test_a_run_that_was_made_without_is_made_again_without():
    assert refining("sface", "W", {"regressor-sface-w"}) is None
    assert refining("sface", "W", {"regressor-sface-w", "refiner-sface"}) == refiner_file("sface")


def test_what_proposes_is_the_regressor_refined_as_often_as_its_record_says():
    networks = SimpleNamespace(generator=lambda: None, detector=lambda: None, recogniser=lambda encoder: None)
    found = find_proposer(networks, "sface", "W", 128)
    assert isinstance(found, RefinedRegressor)
    assert found.passes == 2
    assert found == find_proposer(networks, "sface", "W", 128), "a start that was chosen is known again"
    refiner_file("sface").unlink()
    assert isinstance(find_proposer(networks, "sface", "W", 128), LatentRegressor)
    regressor_file("sface", "W").unlink()
    assert find_proposer(networks, "sface", "W", 128) is None


@pytest.mark.slow
def test_faces_are_drawn_for_it(networks, models, monkeypatch):
    monkeypatch.setattr(places, "models", _SHIPPED)
    networks.generator(), networks.detector(), networks.recogniser("sface")
    monkeypatch.setattr(places, "models", lambda: models)
    starts = find_proposer(networks, "sface", "W", 128).propose(torch.ones(128), 2, seed=0)
    assert starts.shape == (2, 512)


def test_a_missing_and_a_damaged_one_are_said_in_a_line(models):
    refiner_file("sface").write_bytes(b"half")
    with pytest.raises(UserError, match="damaged: train it again"):
        load_refiner("sface")
    with pytest.raises(UserError, match="likeness train refiner --work DIR --encoder dlib-resnet"):
        load_refiner("dlib-resnet")


def test_the_card_says_recipe_command_and_whose_answers(models):
    card = (models / "refiner-sface.md").read_text()
    assert "`likeness train refiner --work DIR --encoder sface --steps 2`" in card
    assert load_refiner("sface")[1].regressor in card
    assert "in 2 passes" in card
