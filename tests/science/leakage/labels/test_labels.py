"""All labels of a face that we know, against what we know of it."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from explorer.science.leakage.labels import (
    LABEL_SIZE,
    LABELS,
    MEASURE_SIZE,
    THRESHOLDS,
    Labellers,
    Labels,
    halved,
    stacked,
)
from explorer.science.leakage.labels.expression import EXPRESSIONS
from explorer.science.networks.errors import NetworkFileError
from explorer.studio import catalogue


@pytest.mark.slow
def test_the_table_is_the_labels(astronaut_labels):
    assert list(LABELS) == [field.name for field in fields(Labels)]
    for name, spec in LABELS.items():
        assert np.shape(getattr(astronaut_labels, name)) == spec.shape
        assert np.isfinite(getattr(astronaut_labels, name)).all()
    assert set(THRESHOLDS) <= set(LABELS)


def test_every_network_of_the_table_is_in_the_catalogues_group_or_in_the_default_one():
    wanted = {network for spec in LABELS.values() for network in spec.networks}
    assert wanted == {*catalogue.catalogue().group("leakage"), "mediapipe-face"}
    assert "mediapipe-face" in catalogue.catalogue().group("default")


@pytest.mark.slow
def test_the_astronaut_is_a_smiling_woman_without_glasses_or_hat(astronaut_labels):
    assert astronaut_labels.smile > 2 * THRESHOLDS["smile"]
    assert EXPRESSIONS[int(astronaut_labels.expression.argmax())] == "happy"
    assert astronaut_labels.eyeglasses < THRESHOLDS["eyeglasses"]
    assert astronaut_labels.hat < THRESHOLDS["hat"]
    assert astronaut_labels.male < THRESHOLDS["male"]
    assert 25 < astronaut_labels.age < 60
    assert np.abs(astronaut_labels.pose[:2]).max() < 25


@pytest.mark.slow
def test_landmarks_agree_with_the_detectors_five_points(astronaut_labels, astronaut_crop):
    landmarks = astronaut_labels.landmarks
    five = astronaut_crop[1] * (MEASURE_SIZE / LABEL_SIZE)
    ours = [landmarks[36:42].mean(0), landmarks[42:48].mean(0), landmarks[30], landmarks[48], landmarks[54]]
    interocular = np.linalg.norm(landmarks[36] - landmarks[45])
    assert np.linalg.norm(np.stack(ours) - five, axis=1).max() < 0.1 * interocular
    assert (landmarks > 0).all()
    assert (landmarks < MEASURE_SIZE).all()


def test_areas_share_out_the_frame(astronaut_labels):
    assert astronaut_labels.areas.sum() == pytest.approx(1, abs=1e-5)


def test_the_same_frame_has_the_same_labels(labellers, astronaut_crop, astronaut_labels):
    again = labellers(astronaut_crop[0], halved(astronaut_crop[0]))
    for name in LABELS:
        np.testing.assert_array_equal(getattr(again, name), getattr(astronaut_labels, name))


def test_halving_is_the_mean_of_four():
    frame = np.random.default_rng(0).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    means = frame.reshape(4, 2, 4, 2, 3).astype(float).mean((1, 3))
    assert np.abs(halved(frame) - means).max() <= 0.5


def test_stacking_keeps_every_label(astronaut_labels):
    arrays = stacked([astronaut_labels] * 3)
    assert {name: array.shape[1:] for name, array in arrays.items()} == {n: s.shape for n, s in LABELS.items()}
    assert arrays["histogram"].dtype == np.int32


@pytest.mark.parametrize("network", ["face-parsing", "pyemotion", "mediapipe-face", "dlib-age"])
def test_a_foreign_file_is_refused(label_files, network, tmp_path):
    foreign = tmp_path / "foreign"
    foreign.write_bytes(b"GIF89a, not a network")
    with pytest.raises(NetworkFileError):
        Labellers(label_files | {network: foreign})
