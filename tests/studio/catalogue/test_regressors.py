"""Regressors on disk, and the runs that begin with their proposals."""

import hashlib

import pytest
import torch

from explorer.science.inversion.regressor import LatentRegressor, RegressorRecord
from explorer.science.inversion.settings import InversionSettings
from explorer.science.iteration import Steps
from explorer.studio.catalogue import regressors as regressing
from explorer.studio.catalogue.regressors import (
    find_regressor,
    proposing,
    recorded_proposer,
    regressed_space,
    save_regressor,
)
from explorer.studio.errors import UserError
from explorer.studio.inversion.record import TargetRecord
from explorer.studio.inversion.running import InversionTarget, run_inversion

RECORD = RegressorRecord(encoder="sface", dimension=128, space="W", objective="latent", width=8, trained_on=7)


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    """A folder in place of the one with the regressors that ship."""

    named = regressing.regressor_file

    def file(*which):
        return tmp_path / named(*which).name

    monkeypatch.setattr(regressing, "regressor_file", file)
    return file


def made_up(latent: torch.Tensor) -> LatentRegressor:
    """Answers every embedding with about one latent."""
    regressor = LatentRegressor(128, 8).eval().requires_grad_(False)
    regressor.latent_centre.copy_(latent)
    regressor.latent_spread.fill_(1e-4)
    return regressor


def test_w_plus_begins_where_w_does():
    assert [regressed_space(space) for space in ("Z", "W", "W+")] == ["Z", "W", "W"]


def test_a_regressor_is_found_where_it_was_saved_and_none_where_there_is_none(shipped):
    assert find_regressor("sface", "W") is None
    save_regressor(made_up(torch.ones(512)), RECORD, "a card")
    found = find_regressor("sface", "W")
    torch.testing.assert_close(found(torch.randn(1, 128))[0], torch.ones(512), atol=0.01, rtol=0)
    assert find_regressor("sface", "Z") is None


IDENTITY = RECORD.model_copy(update={"objective": "identity"})


def test_what_was_trained_by_identity_goes_before_and_what_leads_to_w_plus_before_that(shipped):
    save_regressor(made_up(torch.ones(512)), RECORD, "a card")
    assert proposing("sface", "W+") == proposing("sface", "W") == shipped("sface", "W")
    save_regressor(made_up(torch.full((512,), 2.0)), IDENTITY, "a card")
    assert proposing("sface", "W+") == shipped("sface", "W", "identity")
    torch.testing.assert_close(
        find_regressor("sface", "W")(torch.randn(1, 128)).mean(), torch.tensor(2.0), atol=0.01, rtol=0
    )
    layered = made_up(torch.full((512,), 3.0)).in_layers(23)
    save_regressor(layered, IDENTITY.model_copy(update={"space": "W+", "layers": 23}), "a card")
    assert find_regressor("sface", "W+")(torch.randn(1, 128)).shape == (1, 23, 512)
    assert proposing("sface", "W") == shipped("sface", "W", "identity")
    assert proposing("sface", "Z") is None
    assert shipped("sface", "W+", "identity").name == "regressor-sface-w-plus-identity.safetensors"


def test_a_run_that_is_made_again_takes_the_regressor_that_it_had_as_long_as_that_is_there(shipped):
    save_regressor(made_up(torch.ones(512)), RECORD, "a card")
    save_regressor(made_up(torch.ones(512)), IDENTITY, "a card")
    recorded = {"scrfd-500m": "aa", "regressor-sface-w": "bb"}
    assert proposing("sface", "W+", recorded) == shipped("sface", "W")
    assert recorded_proposer(recorded) == "regressor-sface-w"
    assert recorded_proposer({"scrfd-500m": "aa"}) is None
    shipped("sface", "W").unlink()
    assert proposing("sface", "W+", recorded) == shipped("sface", "W", "identity")


def test_a_damaged_one_is_said_and_an_unknown_encoder_too(shipped):
    shipped("sface", "W").write_bytes(b"half")
    with pytest.raises(UserError, match="damaged: train it again"):
        find_regressor("sface", "W")
    with pytest.raises(UserError, match="no encoder called"):
        find_regressor("secret", "W")


@pytest.mark.slow
def test_a_run_says_which_start_won_and_which_regressor_took_part(shipped, networks):
    """The face that is sought is one that the regressor knows."""
    generator, detector, encoder = networks.generator(), networks.detector(), networks.recogniser("sface")
    with torch.no_grad():
        w = generator.sample(1, 123)[1]
        image = generator.image(generator.styles(w, "W"), 256)
        embedding = encoder.embed(image, detector.points_in_frame(image)[0])[0]
    record = TargetRecord.of_vector("made up", "0" * 64, "sface", embedding.numpy())
    target = InversionTarget(record, embedding)
    settings = InversionSettings(encoder="sface", steps=1, starts=4, contest=0, finish=0, resolution=128)

    def finish(chosen):
        return Steps(run_inversion(networks, target, chosen)).result.run

    without = finish(settings)
    save_regressor(made_up(w[0]), RECORD, "a card")
    run, declined = finish(settings), finish(settings.model_copy(update={"regressor": False}))
    assert (without.begun_from, without.proposed_starts) == ("random", 0)
    assert (declined.begun_from, declined.proposed_starts) == ("random", 0)
    assert (run.begun_from, run.proposed_starts) == ("regressor", 1)
    assert run.steps[0].cosine > 0.6 > without.steps[0].cosine
    digest = hashlib.sha256(shipped("sface", "W").read_bytes()).hexdigest()
    assert run.networks["regressor-sface-w"] == digest
    assert "regressor-sface-w" not in declined.networks
