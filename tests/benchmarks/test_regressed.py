"""Faces made at one stroke, judged: by person, beside the gallery, failures included."""

import pytest
import torch

from benchmarks import regressed
from benchmarks.regressed import GALLERY, measure_regressor, nearest, summary
from explorer.science.inversion.regressor import LatentRegressor, RegressorRecord
from explorer.studio import places
from explorer.studio.catalogue.regressors import save_regressor
from explorer.studio.errors import UserError
from explorer.studio.evaluation.strangers import EmbeddedSet

ENCODERS = ("sface", "dlib-resnet")
RECORD = RegressorRecord(encoder="sface", dimension=128, space="W", objective="latent", width=8, trained_on=7)


@pytest.fixture
def portraits():
    """Two photographs of each of three people."""
    random = torch.Generator().manual_seed(0)
    embeddings = {encoder: torch.randn(6, 128, generator=random) for encoder in ENCODERS}
    return EmbeddedSet((), torch.arange(6) // 2, embeddings, ())


def test_a_face_that_is_the_portrait_has_cosine_one_and_none_counts_as_nothing(portraits):
    same = [{encoder: rows[row] for encoder, rows in portraits.embeddings.items()} for row in range(6)]
    found = summary(portraits, same, ENCODERS)
    assert found["sface"] == {"measure": "cosine", "mean": 1.0, "interval": [1.0, 1.0]}
    assert found["dlib-resnet"] == {"measure": "euclidean", "mean": 0.0, "interval": [0.0, 0.0]}
    found = summary(portraits, [*same[:4], None, None], ENCODERS)
    assert found["without_face"] == 2
    assert found["sface"]["mean"] == pytest.approx(4 / 6, abs=1e-4)
    assert found["sface"]["interval"] == [0.0, 1.0], "of three people"
    assert found["dlib-resnet"]["mean"] == 0


def test_the_nearest_of_the_gallery_is_one_face_under_every_encoder(networks):
    galleries = {encoder: networks.calibration(encoder).gallery for encoder in ENCODERS}
    (found,) = nearest(networks, 3 * galleries["sface"][[17]], "sface", ENCODERS)
    for encoder, gallery in galleries.items():
        assert torch.equal(found[encoder], gallery[17])


def test_the_headline_is_of_the_regressor_that_a_search_begins_with(portraits, networks, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(regressed, "Networks", lambda device: networks)
    monkeypatch.setattr(regressed, "portrait_set", lambda: None)
    monkeypatch.setattr(regressed, "first_people", lambda *others: None)
    monkeypatch.setattr(regressed, "present_encoders", lambda: ENCODERS)
    monkeypatch.setattr(regressed, "embed_set", lambda *others: portraits)
    seen = {0.0: None, 1.0: {encoder: rows[0] for encoder, rows in portraits.embeddings.items()}}
    monkeypatch.setattr(
        regressed,
        "answered",
        lambda networks, regressor, *others: seen[round(float(regressor.latent_centre[0]))],
    )
    nearest_of_gallery = nearest(networks, portraits.embeddings["sface"], "sface", ENCODERS)
    monkeypatch.setattr(regressed, "nearest", lambda *others: nearest_of_gallery)
    monkeypatch.setattr(places, "models", lambda: tmp_path)
    with pytest.raises(UserError, match="sface has no regressor"):
        measure_regressor("sface", None)
    plain = LatentRegressor(128, 8)
    save_regressor(plain, RECORD, "a card")
    assert measure_regressor("sface", None).headline == {"regressor_cosine_portraits": 0.0}
    plain.latent_centre.fill_(1.0)
    save_regressor(plain, RECORD.model_copy(update={"objective": "identity"}), "a card")
    part = measure_regressor("sface", None)
    faces = part.details["regressor"]["faces"]
    assert list(faces) == ["regressor-sface-w", "regressor-sface-w-identity", GALLERY]
    assert part.headline["regressor_cosine_portraits"] == faces["regressor-sface-w-identity"]["sface"]["mean"] > 0.1
    assert (part.details["regressor"]["people"], part.details["regressor"]["portraits"]) == (3, 6)
    capsys.readouterr()


@pytest.mark.slow
def test_an_answer_is_drawn_found_and_embedded(networks):
    regressor = LatentRegressor(128, 8).eval().requires_grad_(False)
    regressor.latent_centre.copy_(networks.generator().sample(1, 3)[1][0])
    regressor.latent_spread.fill_(1e-4)
    found = regressed.answered(networks, regressor, "W", torch.ones(128), ENCODERS)
    assert {encoder: tuple(one.shape) for encoder, one in found.items()} == dict.fromkeys(ENCODERS, (128,))
    again = regressed.answered(networks, regressor, "W", -torch.ones(128), ENCODERS)
    assert torch.cosine_similarity(found["sface"], again["sface"], dim=0) > 0.99
