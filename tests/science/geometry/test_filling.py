"""What is known stays, gaps get what lies around them."""

import pytest
import torch

from explorer.science.geometry.filling import fill


def _random(*shape):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(3))


def test_what_is_known_stays_exactly_as_it_is():
    texture, known = _random(3, 32, 32), (_random(1, 32, 32) > 0.3).float()
    filled = fill(texture * known, known)
    torch.testing.assert_close(filled * known, texture * known)


@pytest.mark.parametrize("side", [2, 31, 64, 100])
def test_of_one_colour_everything_is_that_colour(side):
    colour = torch.tensor([0.2, 0.5, 0.7])[:, None, None]
    known = torch.zeros(1, side, side)
    known[:, : max(1, side // 8)] = 1
    torch.testing.assert_close(fill(colour * known, known), colour.expand(3, side, side))


def test_a_gap_lies_between_its_neighbours():
    texture, known = torch.zeros(1, 64, 64), torch.ones(1, 64, 64)
    texture[..., 44:] = 1
    known[..., 20:44] = 0
    across = fill(texture * known, known)[0, 32]
    assert (across.diff() >= -1e-6).all()
    assert 0.3 < across[32] < 0.7


def test_half_known_texels_are_half_filled():
    texture, known = torch.full((1, 16, 16), 0.8), torch.ones(1, 16, 16)
    known[:, 8, 8] = 0.5
    torch.testing.assert_close(fill(texture * known, known), texture)


def test_where_nothing_is_known_it_stays_as_it_is():
    assert (fill(torch.zeros(3, 8, 8), torch.zeros(1, 8, 8)) == 0).all()


def test_far_from_what_is_known_both_halves_are_alike_and_near_it_they_are_not():
    """Left and right edge of the map meet behind the head."""
    texture, known = torch.zeros(1, 256, 256), torch.zeros(1, 256, 256)
    known[..., 96:160] = 1
    texture[..., 128:160] = 1
    filled = fill(texture, known)[0, 128]
    assert abs(filled[0] - filled[-1]) < 0.05
    assert filled[94] < 0.25
    assert filled[161] > 0.75
