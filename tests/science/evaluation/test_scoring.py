"""Scores of results: a photograph against itself, against another person, and a picture without a face."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from explorer.science.evaluation.score import EncoderScore, Standing
from explorer.science.evaluation.scoring import embed_face, judge, score_image
from explorer.science.faces.reading import read_file
from explorer.science.recognition.registry import ENCODERS, encoder_spec
from explorer.studio import places


def embeddings(networks, name):
    photograph = read_file(places.resources() / "faces" / name)
    face = networks.detector().detect(photograph.pixels)[0]
    return photograph, {
        encoder: embed_face(networks.recogniser(encoder), photograph, face) for encoder in ENCODERS.names()
    }


def score(networks, pixels, targets, attacked="sface"):
    return score_image(
        pixels,
        targets,
        attacked,
        detector=networks.detector(),
        recognisers={encoder: networks.recogniser(encoder) for encoder in targets},
        calibrations={encoder: networks.calibration(encoder) for encoder in targets},
    )


@pytest.mark.slow
def test_a_photograph_scores_perfectly_against_itself(networks):
    photograph, targets = embeddings(networks, "astronaut.png")
    scores = score(networks, photograph.pixels, targets)
    assert scores[0].encoder == "sface"
    assert [one.attacked for one in scores] == [True, False, False, False]
    for one in scores:
        assert one.score == pytest.approx(1 if one.measure == "cosine" else 0, abs=1e-5)
        assert one.passes
        assert (one.fmr, one.rank) == (0, 1)
        assert one.passes_own in (True, None)


@pytest.mark.slow
def test_another_person_passes_nowhere(networks):
    photograph, _ = embeddings(networks, "astronaut.png")
    _, others = embeddings(networks, "synthetic-p005.jpg")
    for one in score(networks, photograph.pixels, others):
        assert not one.passes
        assert one.fmr > 1e-3
        assert one.rank > 1


def test_a_picture_without_a_face_has_no_scores(networks):
    _, targets = embeddings(networks, "astronaut.png")
    assert score(networks, np.full((256, 256, 3), 128, np.uint8), targets) == []


def test_without_impostor_statistics_a_score_stands_alone(networks):
    spec = encoder_spec("sface")
    target = torch.nn.functional.normalize(torch.arange(1.0, 129.0), dim=0)
    alone = judge(spec, None, target, target, attacked=True)
    known = judge(spec, networks.calibration("sface"), target, target, attacked=True)
    assert alone.standing is None
    assert known.standing == tuple(getattr(known, name) for name in Standing._fields)
    assert alone.model_dump() == known.model_dump() | dict.fromkeys(Standing._fields)
    assert EncoderScore.model_validate_json(alone.model_dump_json()) == alone


def test_half_a_standing_is_refused(networks):
    whole = judge(encoder_spec("sface"), networks.calibration("sface"), *torch.ones(2, 128), attacked=True).model_dump()
    for name in Standing._fields:
        with pytest.raises(ValidationError, match="sface"):
            EncoderScore.model_validate(whole | {name: None})
