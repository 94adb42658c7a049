"""The soft histogram: its mass, limit, gradient and memory; the printed form; the distance of histograms."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import wasserstein_distance

from explorer.science.faces.reading import read_file
from explorer.science.leakage import histogram
from explorer.science.leakage.histogram import (
    AS_PUBLISHED,
    DEFAULT,
    colour_histogram,
    earth_movers_distance,
    soft_histogram,
)
from explorer.science.leakage.labels.histogram import binned, counts
from explorer.studio import places

LEVELS = arrays(np.float64, st.integers(1, 40), elements=st.floats(-300, 600))


@given(LEVELS, st.integers(1, 12))
def test_our_form_sums_to_one_whatever_the_values(values, bins):
    shares = soft_histogram(torch.from_numpy(values), bins)
    assert shares.shape == (bins,)
    assert shares.sum().item() == pytest.approx(1, abs=1e-12)
    assert (shares > -1e-12).all()


@pytest.mark.parametrize("bins", [1, 5, 10, 16, 256])
def test_our_form_is_the_hard_histogram_in_the_limit(bins):
    levels = torch.randint(0, 256, (4000,), generator=torch.Generator().manual_seed(0)).double()
    soft = soft_histogram(levels, bins, dataclasses.replace(DEFAULT, sharpness=1e4))
    hard = np.histogram(levels.numpy(), bins, (-0.5, 255.5))[0] / 4000
    np.testing.assert_allclose(soft.numpy(), hard, atol=1e-12)


def test_our_form_is_near_the_exact_shares_of_a_photograph():
    frame = read_file(places.resources() / "faces" / "synthetic-p009.jpg").pixels[:300, :300]
    image = torch.from_numpy(frame).permute(2, 0, 1)[None].float() / 255
    exact = binned(counts(frame))
    assert np.abs(colour_histogram(image)[0].numpy() - exact).max() < 0.03
    np.testing.assert_allclose(
        colour_histogram(image, form=dataclasses.replace(DEFAULT, sharpness=200))[0], exact, atol=1e-5
    )


@pytest.mark.slow
@pytest.mark.parametrize("form", [DEFAULT, AS_PUBLISHED], ids=["ours", "printed"])
def test_the_gradient_is_the_numeric_one(form, monkeypatch):
    monkeypatch.setattr(histogram, "_CHUNK", 7)
    values = torch.rand(2, 3, 9, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * 255
    values.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: soft_histogram(x, 10, form), values)


@pytest.mark.parametrize("form", [DEFAULT, AS_PUBLISHED], ids=["ours", "printed"])
def test_in_pieces_it_is_the_same(form, monkeypatch):
    values = torch.rand(3, 1000, generator=torch.Generator().manual_seed(2), dtype=torch.float64) * 255
    whole = soft_histogram(values, 10, form)
    monkeypatch.setattr(histogram, "_CHUNK", 64)
    torch.testing.assert_close(soft_histogram(values, 10, form), whole)


def test_what_is_kept_for_the_gradient_does_not_grow_with_the_bins():
    values = (torch.rand(3, 5000) * 255).requires_grad_()
    kept: dict[int, int] = {}
    for bins in (2, 100):
        sizes: list[int] = []
        with torch.autograd.graph.saved_tensors_hooks(lambda x: (sizes.append(x.numel()), x)[1], lambda x: x):  # noqa: B023
            soft_histogram(values, bins)
        kept[bins] = sum(sizes)
    assert kept[100] == kept[2] == values.numel()


def test_the_printed_form_is_equation_4_4_term_by_term():
    values = torch.linspace(0, 255, 11, dtype=torch.float64)
    width = 255 / 10
    for k, soft in enumerate(soft_histogram(values, 10, AS_PUBLISHED), 1):
        centre = width * (k - 0.5)
        upper, lower = values - centre + width / 2, values - centre - width / 2
        assert soft.item() == pytest.approx((torch.sigmoid(1.85 * upper) - torch.sigmoid(1.85 * lower)).sum().item())


def test_the_printed_form_counts_and_loses_half_of_the_mass_at_its_ends():
    assert soft_histogram(torch.full((100,), 128.0), 10, AS_PUBLISHED).sum().item() == pytest.approx(100)
    for end in (0.0, 255.0):
        assert soft_histogram(torch.full((100,), end), 10, AS_PUBLISHED).sum().item() == pytest.approx(50)
        assert soft_histogram(torch.full((100,), end), 10, DEFAULT).sum().item() == pytest.approx(1)


def test_no_level_lies_on_an_edge_of_our_form_but_51_does_on_one_of_the_printed():
    assert all(edge % 1 for edge in DEFAULT.edges(10))
    assert 51.0 in AS_PUBLISHED.edges(10)


@pytest.mark.parametrize(("values", "bins"), [(torch.zeros(3, 0), 10), (torch.zeros(3, 5), 0)])
def test_nothing_to_count_is_refused(values, bins):
    with pytest.raises(ValueError, match="at least one value and one bin"):
        soft_histogram(values, bins)


SHARES = st.integers(2, 16).flatmap(
    lambda bins: st.tuples(
        *2 * [arrays(np.float64, bins, elements=st.floats(0, 1)).filter(lambda one: one.sum() > 1e-3)]
    )
)


@given(SHARES)
def test_the_earth_movers_distance_is_scipys(pair):
    one, other = pair
    place = np.arange(len(one))
    expected = wasserstein_distance(place, place, one, other)
    ours = earth_movers_distance(torch.from_numpy(one), torch.from_numpy(other))
    assert ours.item() == pytest.approx(expected, abs=1e-9)


def test_all_mass_moved_by_three_bins_is_a_distance_of_three():
    one, other = torch.eye(10)[2], torch.eye(10)[5]
    assert earth_movers_distance(one, other).item() == 3
    torch.testing.assert_close(earth_movers_distance(torch.stack([one, other]), other), torch.tensor([3.0, 0.0]))
