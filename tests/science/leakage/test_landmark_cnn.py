"""The landmark networks: shapes, the face they begin with, gradients, and what they say of a moved picture."""

import pytest
import torch

from explorer.science.leakage.landmark_cnn import ARCHITECTURES, load_landmarks

MEAN = torch.rand(68, 2, generator=torch.Generator().manual_seed(0)) * 120 + 52


def network(architecture):
    torch.manual_seed(3)
    return ARCHITECTURES[architecture](MEAN).eval()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_it_begins_near_the_mean_face(architecture):
    found = network(architecture)(torch.rand(2, 3, 224, 224, generator=torch.Generator().manual_seed(1)))
    assert found.shape == (2, 68, 2)
    assert (found - MEAN).norm(dim=-1).mean() < 12


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_gradient_is_the_numeric_one(architecture):
    searched = network(architecture).double()
    frame = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    direction = torch.randn(frame.shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)

    def along(amount: torch.Tensor) -> torch.Tensor:
        return searched(frame + amount * direction)[0, ::17]

    assert torch.autograd.gradcheck(along, torch.zeros((), dtype=torch.float64, requires_grad=True), eps=1e-7)


def test_places_of_the_maps_are_pixels_of_the_frame():
    """All probability on one cell of a map is the centre of that cell."""
    searched = network("heatmap")
    with torch.no_grad():
        searched.prior.fill_(-1e4)
        searched.prior[:, 3, 20] = 1e4
    found = searched(torch.zeros(1, 3, 224, 224))
    torch.testing.assert_close(found, torch.tensor([20.5 * 8, 3.5 * 8]).expand(1, 68, 2))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_loaded_network_is_the_saved_one_and_does_not_learn(architecture):
    saved = network(architecture)
    loaded = load_landmarks(saved.state_dict(), architecture)
    frame = torch.rand(1, 3, 224, 224)
    assert torch.equal(loaded(frame), saved(frame))
    assert not any(parameter.requires_grad for parameter in loaded.parameters())
