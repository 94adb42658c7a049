"""A face drawn again: its landmarks stay on it, and its embedding is nearly the one of the corpus made in full."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.science.training import corpus
from explorer.science.training.corpus import CorpusRecipe, latents_of, plan, styles_of
from explorer.science.training.redrawing import DrawingModels, moved_landmarks, see_again
from explorer.studio.corpus.making import load_corpus_models
from tests.studio.corpus.label_kit import POINTS, canned_models

LANDMARKS = np.random.default_rng(2).uniform(30, 190, (2, 68, 2)).astype(np.float32)
BEFORE = np.stack([POINTS, POINTS + 3])


def test_landmarks_stay_where_the_face_is_found_at_the_same_place():
    for size in (256, 512, 1024):
        moved = moved_landmarks(LANDMARKS, BEFORE, BEFORE * (size / 512), size)
        assert np.allclose(moved, LANDMARKS, atol=1e-3)


def test_landmarks_go_against_the_shift_of_the_frame():
    moved = moved_landmarks(LANDMARKS, BEFORE, BEFORE + np.float32([4, -2]), 512)
    step = (moved - LANDMARKS).reshape(-1, 2)
    assert np.allclose(step, step[0], atol=1e-3)
    assert step[0, 0] < 0 < step[0, 1]
    assert -step[0, 0] == pytest.approx(2 * step[0, 1], rel=1e-3)


def test_a_face_is_seen_twice_and_bears_no_label():
    models, styles = canned_models(("sface", "dlib-resnet")), torch.zeros(1, 23, 512)
    (seen,) = see_again(models, [styles], 256, [5])
    assert seen is not None
    assert seen.first.labels is None
    assert seen.second.labels is None
    assert seen.frame.shape == (224, 224, 3)
    assert seen.first.points == pytest.approx(POINTS / 2)
    assert {name: len(vector) for name, vector in seen.first.embeddings.items()} == {"sface": 128, "dlib-resnet": 128}


def test_a_face_that_is_not_found_is_none_and_another_camera_is_tried():
    styles = [torch.full((1, 23, 512), level) for level in (-1.0, 0.0, 1.0)]
    # The detector is asked for three first views, then for the second ones of two, then for the one not found yet.
    one, two, three = see_again(canned_models(blind=[0, 3]), styles, 256, [5, 6, 7])
    assert one is None
    assert two.view_seed == 6 + corpus.CAMERAS_APART
    assert three.view_seed == 7
    assert three.first.embeddings["sface"].mean() > two.first.embeddings["sface"].mean()
    assert see_again(canned_models(blind=[1, 2, 3, 4]), styles[:1], 256, [5]) == [None]


@pytest.mark.slow
def test_at_the_size_of_the_corpus_a_face_is_the_same_and_at_256_px_nearly_so(networks):
    whole = load_corpus_models("cpu")
    models = DrawingModels(networks.generator(), whole.detector, whole.recognisers)
    sample = plan(CorpusRecipe(), 0)
    latents = latents_of(whole.generator, sample)
    (made,) = corpus.make(whole, [corpus.Wanted(latents, sample.crossover, sample.view_seed, repeat=False)])
    styles = styles_of(latents, sample.crossover)
    same, small = (see_again(models, [styles], size, [sample.view_seed])[0] for size in (512, 256))
    assert np.array_equal(same.frame, made.seen.frame)
    assert same.view_seed == made.seen.view_seed
    for name, embedding in made.seen.first.embeddings.items():
        assert torch.allclose(same.first.embeddings[name], embedding, atol=1e-4)
        assert torch.cosine_similarity(small.first.embeddings[name], embedding, dim=0) > 0.9
    assert np.abs(small.first.points * 2 - made.seen.first.points).max() < 4
