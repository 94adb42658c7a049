"""The regressor: the thesis's shape, where its starts lie, and its file."""

import pytest
import torch

from explorer.science.inversion.regressor import (
    LatentRegressor,
    RegressorFileError,
    RegressorRecord,
    decode_regressor,
    encode_regressor,
    limited,
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


def test_offsets_for_layers_begin_as_none_and_never_grow_long(regressor):
    layered = regressor.in_layers(23)
    embeddings = torch.randn(4, 128)
    torch.testing.assert_close(layered(embeddings), regressor(embeddings)[:, None].expand(-1, 23, -1))
    torch.nn.init.normal_(layered.offsets[1].weight, std=100.0)
    apart = (layered(embeddings) - regressor(embeddings)[:, None]) / regressor.latent_spread
    assert apart.square().mean(-1).sqrt().max() < 0.3
    assert apart.square().mean(-1).sqrt().min() > 0.25
    few = torch.full((2, 512), 1e-3)
    torch.testing.assert_close(limited(few), few, rtol=1e-4, atol=0)


def test_starts_in_w_plus_lie_along_and_around_the_answer_layer_by_layer(regressor):
    layered = regressor.in_layers(23)
    torch.nn.init.normal_(layered.offsets[1].weight, std=0.1)
    starts = layered.propose(torch.randn(128), 5, seed=3)
    assert starts.shape == (5, 23, 512)
    out, centre = (starts[1] - layered.latent_centre).flatten(), (starts[0] - layered.latent_centre).flatten()
    assert torch.cosine_similarity(out, centre, dim=0) == pytest.approx(1, abs=1e-5)


def test_a_regressor_to_w_plus_comes_back_from_its_file(regressor):
    layered = regressor.in_layers(5)
    torch.nn.init.normal_(layered.offsets[1].weight, std=0.1)
    record = RECORD.model_copy(update={"space": "W+", "layers": 5, "objective": "identity"})
    found, known = decode_regressor(encode_regressor(layered, record), "sface", "W+")
    embeddings = torch.randn(4, 128)
    assert known == record
    torch.testing.assert_close(found(embeddings), layered(embeddings), atol=0.05, rtol=0)
