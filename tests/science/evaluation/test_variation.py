"""What results of one embedding share: alike faces, unlike ones, and faces of which one part is the same."""

import numpy as np
import pytest
import torch
from skimage.color import rgb2lab

from explorer.science.evaluation.variation import SeenFaces, agreements, colour_spread, face_mask, mean_face
from explorer.science.leakage.labels import LABELS

SIDE = 64


def faces(count: int, seed: int) -> SeenFaces:
    """Random faces, their landmarks over the middle of the frame."""
    random = np.random.default_rng(seed)
    labels = {name: random.random((count, *spec.shape)).astype(np.float32) for name, spec in LABELS.items()}
    labels["landmarks"] = (60 + 100 * random.random((count, 68, 2))).astype(np.float32)
    labels["landmarks"][:, (36, 45)] = ((70, 90), (150, 90))
    labels["histogram"] = random.integers(0, 9, (count, 3, 256)).astype(np.int32)
    labels["eyeglasses"] *= 0.006  # about half of them wear some, and none a hat
    labels["hat"][:] = 0
    frames = random.integers(0, 256, (count, SIDE, SIDE, 3), dtype=np.uint8)
    embeddings = {
        name: torch.from_numpy(random.standard_normal((count, size)).astype(np.float32))
        for name, size in (("sface", 128), ("dlib-resnet", 128))
    }
    return SeenFaces(frames, labels, embeddings)


def repeated(one: SeenFaces, count: int) -> SeenFaces:
    """The first face again and again."""
    return SeenFaces(
        one.frames[:1].repeat(count, 0),
        {name: values[:1].repeat(count, 0) for name, values in one.labels.items()},
        {name: values[:1].repeat(count, 1) for name, values in one.embeddings.items()},
    )


def by_name(found):
    return {one.name: one for one in found}


def test_results_that_are_all_the_same_are_wholly_determined():
    found = by_name(agreements(repeated(faces(2, 0), 4), faces(9, 1), "sface"))
    hat = found.pop("hat")
    for name, one in found.items():
        assert one.determined == pytest.approx(1, abs=1e-3), name
        assert one.results == pytest.approx(1 if one.better == "higher" else 0, abs=1e-3), name
    assert (hat.determined, hat.answer) == (None, "none"), "no random face wears one: that tells nothing"


def test_results_that_are_random_faces_are_not_determined_at_all():
    for one in agreements(faces(40, 2), faces(40, 3), "sface"):
        if one.name != "hat":
            assert one.determined == pytest.approx(0, abs=0.16), one.name


def test_each_measure_is_the_mean_over_pairs():
    results = faces(3, 4)
    labels = {**results.labels, "smile": np.array([0.9, 0.9, 0.1], np.float32), "age": np.array([20.0, 30, 46], "f4")}
    embeddings = {"sface": torch.tensor([[1.0, 0], [0, 2], [3, 0]]), "dlib-resnet": torch.tensor([[0.0], [3], [9]])}
    found = by_name(agreements(SeenFaces(results.frames, labels, embeddings), _random(), "dlib-resnet"))
    assert found["smiling"].results == pytest.approx(1 / 3)
    assert found["smiling"].answer == "smiling"
    assert found["age"].results == pytest.approx((10 + 16 + 26) / 3)
    assert found["age"].answer == "32 years"
    assert found["sface"].results == pytest.approx(1 / 3)
    assert found["dlib-resnet"].results == pytest.approx((3 + 6 + 9) / 3)
    assert [one.title for one in found.values()][-2:] == ["dlib-resnet, attacked", "sface, held out"]


def _random() -> SeenFaces:
    one = faces(3, 5)
    return SeenFaces(one.frames, one.labels, {"sface": torch.randn(3, 2), "dlib-resnet": torch.randn(3, 1)})


def test_the_background_may_vary_where_the_face_does_not():
    results, random = faces(5, 6), faces(20, 7)
    mask = face_mask(results.labels["landmarks"], SIDE)
    frames = results.frames.copy()
    frames[:, mask] = 90
    found = by_name(agreements(SeenFaces(frames, results.labels, results.embeddings), random, "sface"))
    assert found["face_picture"].determined == pytest.approx(1)
    assert found["other_picture"].determined == pytest.approx(0, abs=0.1)


def test_the_mean_face_is_the_mean_of_the_pixels():
    frames = np.stack([np.full((4, 4, 3), value, np.uint8) for value in (10, 20, 61)])
    assert np.array_equal(mean_face(frames), np.full((4, 4, 3), 30, np.uint8))


def test_the_spread_is_the_standard_deviation_of_the_lab_colours():
    frames = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)
    lab = rgb2lab(frames)
    wanted = np.sqrt(lab.var(axis=0, ddof=1).sum(-1))
    np.testing.assert_allclose(colour_spread(frames), wanted, rtol=0.02)
    black_and_white = np.stack([np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 255, np.uint8)])
    np.testing.assert_allclose(colour_spread(black_and_white), 100 / 2**0.5, rtol=1e-3)


def test_the_mask_is_the_hull_of_the_mean_landmarks():
    square = np.array([(56, 56), (168, 56), (168, 168), (56, 168)], np.float32)
    landmarks = np.concatenate([square, np.full((64, 2), 100, np.float32)])
    mask = face_mask(np.stack([landmarks - 4, landmarks + 4]), 224)
    assert mask[60:164, 60:164].all()
    assert mask.sum() == pytest.approx(112**2, rel=0.03)


def test_one_result_agrees_with_nothing():
    with pytest.raises(ValueError, match="at least two"):
        agreements(repeated(faces(2, 0), 1), faces(4, 1), "sface")
