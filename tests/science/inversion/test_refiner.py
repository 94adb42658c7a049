"""The refiner: it begins as nothing, moves all layers alike, and comes back from its file."""

import pytest
import torch

from explorer.science.inversion.refiner import (
    LatentRefiner,
    RefinedRegressor,
    RefinerRecord,
    decode_refiner,
    encode_refiner,
)
from explorer.science.inversion.regressor import LatentRegressor, RegressorFileError

RECORD = RefinerRecord(encoder="sface", dimension=128, width=32, passes=3, regressor="ab" * 32, trained_on=7)


@pytest.fixture
def refiner():
    torch.manual_seed(0)
    made = LatentRefiner(128, 32)
    torch.nn.init.normal_(made.layers[-1].weight, std=0.1)
    made.standardise(torch.full((512,), 3.0), torch.full((512,), 2.0))
    return made.eval().requires_grad_(False)


def test_a_new_one_moves_nothing():
    w = torch.randn(3, 512)
    assert torch.equal(LatentRefiner(128, 32)(torch.randn(3, 128), torch.randn(3, 128), w), w)


def test_the_length_of_embeddings_does_not_matter_and_all_layers_move_alike(refiner):
    wanted, there, w = torch.randn(2, 128), torch.randn(2, 128), torch.randn(2, 512)
    moved = refiner(wanted, there, w)
    torch.testing.assert_close(refiner(5 * wanted, 0.1 * there, w), moved)
    layered = refiner(wanted, there, w[:, None].expand(-1, 23, -1))
    torch.testing.assert_close(layered, moved[:, None].expand(-1, 23, -1))
    assert not torch.allclose(moved, w)


def test_proposals_are_refined_each_as_often_as_it_says(refiner):
    torch.manual_seed(1)
    regressor, target = LatentRegressor(128, 8).eval().requires_grad_(False), torch.randn(128)
    seen = []

    def embed(latents):
        seen.append(latents)
        return latents[:, :128]

    refined = RefinedRegressor(regressor, refiner, 3, embed).propose(target, 4, seed=0)
    assert (refined.shape, len(seen)) == ((4, 512), 12)
    latent = regressor.propose(target, 4, seed=0)[2:3]
    for _ in range(3):
        latent = refiner(target[None], latent[:, :128], latent)
    torch.testing.assert_close(refined[2:3], latent)


def test_two_of_the_same_networks_choose_the_same_starts(refiner):
    regressor = LatentRegressor(128, 8)
    one, same = (RefinedRegressor(regressor, refiner, 3, lambda latents: latents) for _ in range(2))
    assert one == same
    assert one != RefinedRegressor(regressor, refiner, 2, one.embed)
    assert one != regressor


def test_a_refiner_comes_back_from_its_file_and_a_damaged_or_foreign_one_is_refused(refiner):
    data = encode_refiner(refiner, RECORD)
    found, record = decode_refiner(data, "sface")
    assert record == RECORD
    given = torch.randn(2, 128), torch.randn(2, 128), torch.randn(2, 512)
    torch.testing.assert_close(found(*given), refiner(*given), atol=0.1, rtol=0)
    with pytest.raises(RegressorFileError, match="of sface, not of dlib-resnet"):
        decode_refiner(data, "dlib-resnet")
    for harmed in (data[:3000], b""):
        with pytest.raises(RegressorFileError, match="damaged"):
            decode_refiner(harmed, "sface")
