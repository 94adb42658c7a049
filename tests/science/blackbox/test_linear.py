"""A map that exists is found, and the held-out faces tell how well."""

from __future__ import annotations

import pytest
import torch

from explorer.science.blackbox.linear import fit_linear


def faces(count: int, size: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, size, generator=torch.Generator().manual_seed(seed))


def test_a_linear_map_is_found_from_more_faces_than_numbers() -> None:
    vectors, weight = faces(120, 10), faces(10, 30, 1)
    found = fit_linear(vectors, vectors @ weight + 3)
    assert found.held_out > 0.999
    new = faces(5, 10, 2)
    torch.testing.assert_close(found(new), new @ weight + 3, rtol=0, atol=0.1)
    torch.testing.assert_close(found(new) - found.centre_out, found.offset(new))
    assert (found.faces, found.weight.shape) == (120, (10, 30))


def test_noise_is_met_by_a_larger_penalty_and_nothing_is_found_in_nothing() -> None:
    vectors, weight = faces(60, 40), faces(40, 20, 1)
    clean, noisy = vectors @ weight, vectors @ weight + 12 * faces(60, 20, 3)
    assert fit_linear(vectors, noisy).ridge > fit_linear(faces(400, 40), faces(400, 40) @ weight).ridge
    assert fit_linear(vectors, clean).held_out > fit_linear(vectors, noisy).held_out
    assert abs(fit_linear(vectors, faces(60, 20, 4)).held_out) < 0.3


def test_too_few_faces_unequal_numbers_and_numbers_that_are_not_finite_are_refused() -> None:
    for vectors, wanted in ((faces(19, 4), faces(19, 4)), (faces(30, 4), faces(29, 4))):
        with pytest.raises(ValueError, match="at least 20 faces"):
            fit_linear(vectors, wanted)
    spoilt = faces(30, 4)
    spoilt[3, 1] = torch.nan
    with pytest.raises(ValueError, match="finite"):
        fit_linear(spoilt, faces(30, 4))
