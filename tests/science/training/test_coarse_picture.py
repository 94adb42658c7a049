"""The coarse picture: its line is least squares, and its areas stay what they are."""

from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError

from explorer.science.decoding.network import CoarsePicture, FaceDecoder
from explorer.science.decoding.settings import DecoderSettings
from explorer.science.training import coarse_picture
from explorer.science.training.coarse_picture import fit_coarse_picture, principal_pictures
from explorer.science.training.decoder import DecoderFaces, train_decoder
from tests.science.training.test_decoder_training import SETTINGS, faces, losing, same

COARSE = SETTINGS.model_copy(update={"coarse": 8, "epochs": 2})


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(coarse_picture, "_STEPS", 2)
    monkeypatch.setattr(coarse_picture, "_ROUNDS", 16)


def numbers(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("components", [0, 2])
def test_it_tells_of_unseen_faces_what_no_line_does(components, tmp_path, monkeypatch):
    monkeypatch.setattr(coarse_picture, "_ROUNDS", 40)
    units = numbers(900, 3)
    areas = torch.tanh(units[:, 0] * units[:, 1])[:, None, None, None].expand(-1, 3, 2, 2).contiguous()
    torch.manual_seed(0)
    coarse = CoarsePicture(3, 2, components)
    fit_coarse_picture(coarse, units[:600], areas[:600], 1, tmp_path / "coarse.pt")
    with torch.no_grad():
        missed = (coarse(units[600:]) - areas[600:]).square().mean()
    assert missed < 0.3 * areas[600:].var()


def test_the_line_alone_is_least_squares(tmp_path, monkeypatch):
    monkeypatch.setattr(coarse_picture, "_ROUNDS", 0)
    units, told = numbers(500, 4), numbers(4, 12, seed=3)
    areas = (units @ told + 0.5).unflatten(1, (3, 2, 2))
    coarse = CoarsePicture(4, 2)
    fit_coarse_picture(coarse, units, areas, 1, tmp_path / "coarse.pt")
    with torch.no_grad():
        # A little is held back by the ridge.
        assert (coarse(units) - areas).square().mean() < 0.01 * areas.var()


def test_principal_pictures_are_the_right_singular_vectors():
    pictures = numbers(40, 6)
    _, _, vectors = torch.linalg.svd(pictures, full_matrices=False)
    found = principal_pictures(pictures)
    torch.testing.assert_close((found @ vectors.T).abs().flip(0), torch.eye(6), atol=1e-3, rtol=0)


def test_components_tell_pictures_that_are_sums_of_them_without_loss(tmp_path):
    units, two = numbers(300, 4), numbers(2, 12, seed=5)
    areas = (torch.stack([units[:, 0], units[:, 1] ** 2 - 1], 1) @ two).unflatten(1, (3, 2, 2))
    coarse = CoarsePicture(4, 2, 2)
    fit_coarse_picture(coarse, units, areas, 1, tmp_path / "coarse.pt")
    rows = torch.nn.functional.normalize(coarse.basis, dim=1)
    torch.testing.assert_close(rows @ rows.T, torch.eye(2), atol=1e-4, rtol=0)
    within = areas.flatten(1) @ rows.T @ rows
    torch.testing.assert_close(within, areas.flatten(1), atol=1e-3, rtol=0)


def test_large_areas_are_the_coarse_picture_s_whatever_the_rest_draws():
    decoder = FaceDecoder(4, COARSE).eval()
    embeddings = numbers(3, 4)
    before = decoder(embeddings)
    with torch.no_grad():
        decoder.last.bias.add_(3.0)
    assert torch.allclose(decoder(embeddings), before, atol=1e-5)
    with torch.no_grad():
        decoder.coarse.line.bias.add_(0.25)
    assert torch.allclose(decoder(embeddings), before + 0.25, atol=1e-5)


def test_it_is_fitted_first_and_stays_as_it_is_while_the_rest_learns(tmp_path):
    known = faces()
    *_, trained = train_decoder(known, COARSE, losing(COARSE, known), tmp_path / "decoder.pt")
    fitted = torch.load(tmp_path / "decoder.coarse.pt", weights_only=True)["module"]
    assert all(torch.equal(trained.decoder.coarse.state_dict()[name], value) for name, value in fitted.items())
    running = train_decoder(known, COARSE, losing(COARSE, known), tmp_path / "parts.pt")
    next(running)
    running.close()
    *_, resumed = train_decoder(known, COARSE, losing(COARSE, known), tmp_path / "parts.pt")
    assert same(resumed.decoder, trained.decoder)


def test_areas_are_means_of_the_pictures():
    known = faces(8)
    areas = known.areas(2)
    assert areas.shape == (len(known.fitting), 3, 2, 2)
    assert torch.allclose(areas, known.seen(known.fitting).unflatten(3, (2, -1)).unflatten(2, (2, -1)).mean((3, 5)))
    assert isinstance(known, DecoderFaces)


def test_more_components_than_numbers_are_refused():
    with pytest.raises(ValidationError, match="components are 100: a first picture of 4 px has fewer numbers"):
        DecoderSettings(side=64, coarse=4, components=100)


def test_areas_that_do_not_divide_the_picture_are_refused():
    with pytest.raises(ValidationError, match="give a divisor of the side, 64, or 0"):
        DecoderSettings(side=64, coarse=14)
