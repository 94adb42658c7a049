"""Small weights: what they lose, what they keep, and that a network of them says almost the same."""

import pytest
import torch

from explorer.science.networks.compact import dequantise, quantise_int8


def test_every_weight_comes_back_to_within_half_a_level_of_its_row():
    sizes = torch.tensor([[1e-6], [1], [0], [9], [1e4]])
    matrix = sizes * torch.randn(5, 40, generator=torch.Generator().manual_seed(0))
    stored = quantise_int8({"matrix": matrix, "vector": matrix[1]})
    found = dequantise(stored)
    assert stored["matrix"].dtype == torch.int8
    assert set(found) == {"matrix", "vector"}
    assert ((found["matrix"] - matrix).abs() <= matrix.abs().amax(1, keepdim=True) / 254 * 1.001).all()
    assert torch.equal(found["vector"], matrix[1])


def test_a_matrix_without_its_scales_is_refused():
    stored = quantise_int8({"matrix": torch.ones(2, 2)})
    del stored["matrix/scale"]
    with pytest.raises(KeyError):
        dequantise(stored)
