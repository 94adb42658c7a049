"""Impostor statistics: counted by hand on small galleries, and the shipped one on real faces."""

import pytest
import torch

from explorer.science.faces.alignment import ARCFACE_112
from explorer.science.recognition.base import EncoderSpec
from explorer.science.recognition.registry import ENCODERS, encoder_spec
from explorer.science.recognition.score_reference import ScoreReference, impostor_scores


def spec(measure: str) -> EncoderSpec:
    return EncoderSpec("tiny", "tiny", "tiny", 2, ARCFACE_112, measure, None, "none", True)


def test_every_pair_is_scored_once():
    gallery = torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 4.0]])
    assert sorted(impostor_scores(gallery, "euclidean").tolist()) == [3.0, 4.0, 5.0]


def test_fmr_counts_the_pairs_that_are_at_least_as_near():
    distances = ScoreReference(spec("euclidean"), torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 4.0]]))
    assert [distances.fmr(score) for score in (2.9, 3.0, 4.5, 9.0)] == pytest.approx([0, 1 / 3, 2 / 3, 1])
    cosines = ScoreReference(spec("cosine"), torch.tensor([[1.0, 0.0], [0.0, 2.0], [-1.0, 0.0]]))
    assert [cosines.fmr(score) for score in (0.5, 0.0, -1.0)] == pytest.approx([0, 2 / 3, 1])


@pytest.mark.parametrize("measure", ["cosine", "euclidean"])
def test_the_threshold_lets_no_more_pass_than_it_says(measure):
    gallery = torch.randn(200, 2 if measure == "euclidean" else 16, generator=torch.Generator().manual_seed(0))
    calibration = ScoreReference(spec(measure), gallery)
    for fmr in (1e-3, 1e-2, 0.2):
        reached = calibration.fmr(calibration.score_at(fmr))
        assert fmr <= reached <= fmr + 1.5 / calibration.pairs
    assert calibration.passes(calibration.threshold)


def test_rank_counts_the_gallery_faces_that_are_nearer_than_the_target():
    calibration = ScoreReference(spec("euclidean"), torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 4.0]]))
    probe = torch.tensor([0.0, 1.0])
    assert [calibration.rank(probe, score) for score in (0.5, 2.0, 3.5, 99.0)] == [1, 2, 3, 4]


@pytest.mark.parametrize("encoder", ENCODERS.names())
def test_the_shipped_gallery_is_the_encoder_s(networks, encoder):
    """Impostors of a working encoder lie far from the same person, and its makers' threshold passes few of them."""
    calibration, known = networks.calibration(encoder), encoder_spec(encoder)
    assert calibration.gallery.shape[1] == known.dimension
    assert calibration.pairs >= 100_000
    assert calibration.fmr(calibration.threshold) == pytest.approx(1e-3, abs=2e-5), "as every verdict says"
    if known.measure == "cosine":
        assert 0.2 < calibration.threshold < 0.8
    else:
        assert 0.2 < calibration.threshold < known.own_threshold
