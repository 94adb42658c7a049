"""Noise has the length that was asked for, quantisation the steps, dropping the share; and all follow the seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from explorer.science.leakage.edits import VectorEdit
from explorer.science.leakage.perturb import perturbed, quantised, thinned, with_noise


def vector(seed=0, dimension=512):
    return (3 * np.random.default_rng(seed).standard_normal(dimension)).astype(np.float32)


def cosine(one, other):
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


@pytest.mark.parametrize("amount", [0.1, 0.5, 1.0, 3.0])
def test_noise_has_the_length_asked_for_and_turns_the_vector_as_theory_says(amount):
    noisy = [with_noise(vector(seed), amount, seed) for seed in range(40)]
    lengths = [np.linalg.norm(one - vector(seed)) / np.linalg.norm(vector(seed)) for seed, one in enumerate(noisy)]
    assert np.mean(lengths) == pytest.approx(amount, rel=0.02)
    cosines = [cosine(one, vector(seed)) for seed, one in enumerate(noisy)]
    assert np.mean(cosines) == pytest.approx(1 / np.sqrt(1 + amount**2), abs=0.03)


def test_more_noise_leads_further_the_same_way():
    small, large = (with_noise(vector(), amount, 4) - vector() for amount in (0.2, 0.8))
    np.testing.assert_allclose(4 * small, large, atol=1e-4)


@given(st.integers(1, 16), st.integers(0, 50))
def test_quantisation_keeps_within_half_a_step_on_at_most_so_many_levels(bits, seed):
    before = vector(seed, 64)
    after = quantised(before, bits)
    step = 2 * np.abs(before).max() / 2**bits
    assert np.abs(after - before).max() <= step / 2 + 1e-6
    assert len(np.unique(after)) <= 2**bits
    np.testing.assert_allclose(quantised(-before, bits), -after, atol=step * 1e-3 + 1e-6)


def test_one_bit_leaves_the_signs_alone():
    after = quantised(vector(), 1)
    np.testing.assert_array_equal(np.sign(after), np.sign(vector()))
    assert len(np.unique(np.abs(after))) == 1


@given(st.floats(0, 0.99), st.integers(0, 20))
def test_dropping_zeroes_the_share_asked_for_and_leaves_the_rest_untouched(share, seed):
    after = thinned(vector(), share, seed)
    assert (after == 0).sum() == round(share * 512)
    np.testing.assert_array_equal(after[after != 0], vector()[after != 0])


def test_a_larger_share_drops_what_a_smaller_one_dropped():
    few, many = (thinned(vector(), share, 7) == 0 for share in (0.2, 0.6))
    assert (few <= many).all()


def test_the_same_edit_gives_the_same_vector_and_leaves_the_given_one_alone():
    given_, edit = vector(), VectorEdit(noise=0.5, bits=3, drop=0.3, noise_seed=2)
    np.testing.assert_array_equal(perturbed(given_, edit), perturbed(given_, edit))
    np.testing.assert_array_equal(given_, vector())
    assert (perturbed(given_, edit) != perturbed(given_, edit.model_copy(update={"noise_seed": 3}))).any()
    assert perturbed(given_, edit).dtype == np.float32


def test_what_is_dropped_last_is_zero_though_no_quantised_level_is():
    after = perturbed(vector(), VectorEdit(bits=2, drop=0.5))
    assert (after == 0).sum() == 256


def test_nothing_asked_for_changes_nothing():
    given_ = vector()
    assert perturbed(given_, VectorEdit()) is given_
    assert not VectorEdit(noise_seed=5).changes
    assert VectorEdit(noise_seed=5).words() == ""


def test_a_vector_of_which_nothing_is_left_is_refused():
    lone = np.array([1, 0, 0, 0], np.float32)
    lost = [seed for seed in range(20) if not thinned(lone, 0.75, seed).any()]
    with pytest.raises(ValueError, match="nothing but zeros"):
        perturbed(lone, VectorEdit(drop=0.75, noise_seed=lost[0]))


def test_an_edit_says_what_it_does_and_refuses_what_it_cannot():
    assert VectorEdit(noise=0.5, bits=4, drop=0.25).words() == "noise 0.5, 4 bits, 25 % dropped"
    for wrong in ({"noise": -1}, {"bits": 0}, {"drop": 1}, {"salt": 1}):
        with pytest.raises(ValidationError):
            VectorEdit(**wrong)
