"""Labels as whole numbers: how far they come back from where they were, and what never changes."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.science.leakage.labels import LABELS, THRESHOLDS
from explorer.science.leakage.labels.histogram import binned
from explorer.science.training.label_codes import (
    CODES,
    HISTOGRAM_BINS,
    POINTS,
    binned_counts,
    errors,
    from_codes,
    most_error,
    pack,
    to_codes,
    unpack,
)
from tests.studio.corpus.label_kit import made_up_labels

FACES = 300


@pytest.fixture(scope="module")
def labels():
    made = {name: values.numpy() for name, values in made_up_labels(FACES, 1).items()}
    return made | {POINTS: np.random.default_rng(0).uniform(0, 512, (FACES, 5, 2)).astype(np.float32)}


@pytest.mark.parametrize("name", CODES)
def test_a_label_comes_back_within_its_stated_error(labels, name):
    returned = from_codes(name, to_codes(name, labels[name]))
    assert returned.shape == labels[name].shape
    assert returned.dtype == (np.int32 if name == "histogram" else np.float32)
    assert 0 < errors(name, labels[name]).max() <= most_error(name)


@pytest.mark.parametrize("name", CODES)
def test_what_came_back_has_the_same_codes(labels, name):
    codes = to_codes(name, labels[name])
    assert np.array_equal(to_codes(name, from_codes(name, codes)), codes)


@pytest.mark.parametrize("name", CODES)
def test_codes_are_packed_without_loss(labels, name):
    codes = to_codes(name, labels[name])
    assert np.array_equal(unpack(name, pack(name, codes), FACES), codes)
    anything = np.random.default_rng(1).integers(-(2**15), 2**15, codes.shape).astype(np.int16)
    assert np.array_equal(unpack(name, pack(name, anything), FACES), anything)
    assert unpack(name, pack(name, codes[:0]), 0).shape == (0, *CODES[name].shape)


@pytest.mark.parametrize("name", THRESHOLDS)
def test_no_value_changes_sides(name):
    at, step = np.float32(THRESHOLDS[name]), CODES[name].step
    near = np.concatenate([at + np.linspace(-2 * step, 2 * step, 1001), [np.nextafter(at, 0), at]]).astype(np.float32)
    returned = from_codes(name, to_codes(name, near))
    assert np.array_equal(returned >= at, near >= at)
    assert np.abs(near - returned).max() <= most_error(name)


def test_landmarks_move_by_a_small_fraction_of_a_pixel():
    assert most_error("landmarks") == 1 / 8
    assert most_error(POINTS) == 1 / 16


def test_a_histograms_bins_are_what_the_probes_read(labels):
    returned = from_codes("histogram", to_codes("histogram", labels["histogram"]))
    assert HISTOGRAM_BINS % 10 == 0
    most = 2 * most_error("histogram") / labels["histogram"].sum(-1).min()
    assert np.abs(binned(returned) - binned(labels["histogram"])).max() <= 2 * most
    multiples = binned_counts(returned) / CODES["histogram"].step
    assert np.array_equal(multiples, np.rint(multiples))
    # Within a bin no level has over one pixel more than another.
    assert np.ptp(returned[..., :12], axis=-1).max() <= 1


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e9])
def test_what_no_label_can_be_is_refused(value):
    with pytest.raises(ValueError, match="age"):
        to_codes("age", np.array([30.0, value], np.float32))


@pytest.mark.parametrize("data", [b"", b"noise", pack("age", np.zeros(4, np.int16))])
def test_bytes_that_are_no_codes_of_so_many_faces_are_refused(data):
    with pytest.raises(ValueError, match="age"):
        unpack("age", data, 5)


def test_every_label_is_kept():
    assert set(CODES) == {*LABELS, POINTS}


def test_landmarks_as_the_labeller_gives_them_come_back_exactly():
    whole = np.random.default_rng(3).integers(-20, 470, (50, 68, 2))
    landmarks = ((whole + 0.5) * 0.5).astype(np.float32)
    assert np.array_equal(from_codes("landmarks", to_codes("landmarks", landmarks)), landmarks)
