"""The plan of a corpus, and one sample from latent to labels."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.face import Face, Photograph
from explorer.science.generation.mobilestylegan import STYLE_LAYERS
from explorer.science.inversion.step import to_uint8
from explorer.science.leakage.labels import LABEL_SIZE, halved
from explorer.science.training import corpus
from explorer.science.training.corpus import SPLITS, CorpusRecipe, latents_of, plan, split_of, styles_of
from explorer.science.training.corpus_rows import rows
from explorer.studio.corpus.making import load_corpus_models

pytestmark = pytest.mark.slow

RECIPE = CorpusRecipe()


@pytest.fixture(scope="module")
def models():
    return load_corpus_models("cpu")


def planned(wanted) -> corpus.SamplePlan:
    """The first sample that is as wanted."""
    return next(one for one in (plan(RECIPE, index) for index in range(1000)) if wanted(one))


def test_splits_have_their_shares_and_do_not_depend_on_the_size():
    counts = Counter(split_of(RECIPE, index) for index in range(10_000))
    assert counts["test"] == pytest.approx(1000, rel=0.1)
    assert counts["calibration"] == pytest.approx(1000, rel=0.1)
    assert [split_of(CorpusRecipe(faces=100), index) for index in range(50)] == [
        split_of(CorpusRecipe(faces=90_000), index) for index in range(50)
    ]


def test_only_training_faces_are_mixed_or_drawn_at_another_truncation():
    plans = [plan(RECIPE, index) for index in range(5_000)]
    for one in plans:
        if one.split != "train":
            assert (one.psi, one.crossover) == (1.0, 0)
        assert RECIPE.psi[0] <= one.psi <= RECIPE.psi[1]
        assert 0 <= one.crossover < STYLE_LAYERS
    training = [one for one in plans if one.split == "train"]
    assert np.mean([one.crossover > 0 for one in training]) == pytest.approx(RECIPE.mixed, abs=0.03)
    assert np.mean([one.psi != 1 for one in training]) == pytest.approx(RECIPE.truncated, abs=0.03)


def test_no_seed_serves_two_purposes():
    plans = [plan(RECIPE, index) for index in range(1_000)]
    seeds = [seed for one in plans for seed in (one.seed, one.other_seed, one.view_seed)]
    assert len(set(seeds)) == len(seeds)


def test_latents_are_the_generators_own(networks):
    generator = networks.bare_generator()
    one = planned(lambda one: one.split == "test")
    latents = latents_of(generator, one)
    z, w = generator.sample(1, one.seed)
    assert latents.other_w is None
    assert torch.equal(latents.z, z[0])
    assert torch.equal(latents.w, w[0])


def test_a_mix_takes_its_other_w_from_the_crossover_on(networks):
    one = planned(lambda one: one.crossover > 0)
    latents = latents_of(networks.bare_generator(), one)
    styles = styles_of(latents, one.crossover)[0]
    assert torch.equal(styles[: one.crossover], latents.w.expand(one.crossover, -1))
    assert torch.equal(styles[one.crossover :], latents.other_w.expand(STYLE_LAYERS - one.crossover, -1))


def test_a_face_aligned_once_for_each_template_is_embedded_as_ever(networks, models):
    pixels = to_uint8(models.generator.image(models.generator.sample(1, 5)[1][:, None].expand(-1, 23, -1), 512)[0])
    face = models.detector.detect_in_frame(pixels)
    photograph = Photograph(pixels, "sample", "")
    with torch.no_grad():
        ours = corpus.embed(models.recognisers, photograph, face)
    for name, recogniser in models.recognisers.items():
        assert torch.equal(ours[name], embed_face(recogniser, photograph, face))


def test_a_sample_can_be_drawn_again_from_what_is_kept(models):
    plans = [planned(lambda one: one.crossover > 0 and one.psi != 1), planned(lambda one: one.split == "test")]
    wanted = [
        corpus.Wanted(latents_of(models.generator, one), one.crossover, one.view_seed, repeat)
        for one, repeat in zip(plans, (True, False), strict=True)
    ]
    made = corpus.make(models, wanted)
    assert all(one.repeat == (sample.seen.second.labels is not None) for one, sample in zip(wanted, made, strict=True))
    tensors = rows(plans, made)
    assert {len(tensor) for name, tensor in tensors.items() if name.split("/")[0] in {"w", "labels", "first"}} == {2}
    assert tensors["mixed_rows"].tolist() == tensors["repeat_rows"].tolist() == [0]
    assert [SPLITS[place] for place in tensors["split"].tolist()] == [one.split for one in plans]
    again = corpus.Latents(tensors["z"][0], tensors["w"][0], tensors["mixed_w"][0])
    picture = models.draw(styles_of(again, int(tensors["crossover"][0])), 512)[0]
    points = tensors["first/points"][0].double().numpy()
    frame = crop_frame(Photograph(to_uint8(picture), "again", ""), Face(points, (0, 0, 1, 1), 1), LABEL_SIZE).frame
    assert np.abs(halved(frame).astype(int) - made[0].seen.frame).max() <= 2
    for encoder in models.recognisers:
        one, other = tensors[f"first/{encoder}"], tensors[f"second/{encoder}"]
        same, different = torch.cosine_similarity(one, other), torch.cosine_similarity(one, other.flip(0))
        assert (same > different).all()
