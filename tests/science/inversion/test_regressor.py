"""The regressor: the thesis's shape, where its starts lie, and its file."""

import pytest
import torch

from explorer.science.inversion.regressor import (
    LatentRegressor,
    RegressorFileError,
    RegressorRecord,
    decode_regressor,
    encode_regressor,
)

RECORD = RegressorRecord(encoder="sface", dimension=128, space="W", objective="latent", width=32, trained_on=7)


@pytest.fixture
def regressor():
    torch.manual_seed(0)
    made = LatentRegressor(128, 32)
    made.standardise(torch.randn(50, 128), 3 + 2 * torch.randn(50, 512))
    return made.eval().requires_grad_(False)


def test_the_thesiss_network_has_three_hidden_layers_of_2048():
    shapes = [tuple(layer.weight.shape) for layer in LatentRegressor(512).layers if isinstance(layer, torch.nn.Linear)]
    assert shapes == [(2048, 512), (2048, 2048), (2048, 2048), (512, 2048)]


def test_the_length_of_an_embedding_does_not_matter(regressor):
    embeddings = torch.randn(4, 128)
    torch.testing.assert_close(regressor(embeddings), regressor(9 * embeddings))


@pytest.mark.parametrize("count", [1, 2, 8])
def test_starts_begin_with_the_answer_and_lie_along_and_around_it(regressor, count):
    embedding = torch.randn(128)
    starts = regressor.propose(embedding, count, seed=3)
    answer = regressor(embedding[None])[0]
    assert starts.shape == (count, 512)
    torch.testing.assert_close(starts[0], answer)
    assert torch.equal(starts, regressor.propose(embedding, count, seed=3))
    if count > 1:
        centre = regressor.latent_centre
        assert (starts[1] - centre).norm() > (answer - centre).norm()
        assert torch.cosine_similarity(starts[1] - centre, answer - centre, dim=0) == pytest.approx(1, abs=1e-5)
    assert len(starts.unique(dim=0)) == count


def test_a_regressor_comes_back_from_its_file(regressor):
    found, record = decode_regressor(encode_regressor(regressor, RECORD), "sface", "W")
    embeddings = torch.randn(4, 128)
    assert record == RECORD
    torch.testing.assert_close(found(embeddings), regressor(embeddings), atol=0.05, rtol=0)


def test_a_damaged_or_foreign_file_is_refused(regressor):
    data = encode_regressor(regressor, RECORD)
    for harmed in (data[:3000], b"nothing", b""):
        with pytest.raises(RegressorFileError, match="damaged"):
            decode_regressor(harmed, "sface", "W")
    with pytest.raises(RegressorFileError, match="from sface to W, not from sface to Z"):
        decode_regressor(data, "sface", "Z")
