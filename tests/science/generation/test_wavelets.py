"""The Haar transform: its definition, its inverse, energy and gradients."""

import pytest
import torch

from explorer.science.generation.wavelets import haar, inverse_haar


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_inverse_haar_inverts_the_haar_transform_and_keeps_energy():
    image = noise(2, 3, 8, 6)
    bands = haar(image)
    torch.testing.assert_close(inverse_haar(bands), image)
    torch.testing.assert_close(haar(inverse_haar(bands)), bands)
    torch.testing.assert_close(bands.square().sum(), image.square().sum())


def test_bands_are_the_printed_sums_of_the_four_corners():
    image = noise(1, 2, 4, 4)
    a, b, c, d = (image[:, :, row::2, column::2] for row in (0, 1) for column in (0, 1))
    bands = haar(image)
    torch.testing.assert_close(bands[:, :2], (a + b + c + d) / 2)
    vertical, horizontal, diagonal = bands[:, 2:].unflatten(1, (2, 3)).unbind(2)
    torch.testing.assert_close(vertical, (a + b - c - d) / 2)
    torch.testing.assert_close(horizontal, (a - b + c - d) / 2)
    torch.testing.assert_close(diagonal, (a - b - c + d) / 2)


@pytest.mark.parametrize(("transform", "shape"), [(haar, (2, 2, 4, 6)), (inverse_haar, (2, 8, 2, 3))])
def test_gradients_equal_the_numeric_ones_to_the_second_order(transform, shape):
    x = noise(*shape).requires_grad_()
    assert torch.autograd.gradcheck(transform, x)
    assert torch.autograd.gradgradcheck(transform, x)


def test_a_picture_that_is_not_contiguous_is_transformed_all_the_same():
    image = noise(1, 3, 6, 8).transpose(2, 3)
    torch.testing.assert_close(haar(image), haar(image.contiguous()))
