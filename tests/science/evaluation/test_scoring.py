"""Scores of results: a photograph against itself, against another person, and a picture without a face."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from explorer.science.evaluation.score import EncoderScore, PhotographRates, Standing, strangers_range
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
    assert alone.model_dump() == known.model_dump() | dict.fromkeys(Standing._fields) | {"photographs": ()}
    assert EncoderScore.model_validate_json(alone.model_dump_json()) == alone


def test_a_score_says_what_strangers_on_photographs_do_at_it_and_at_the_threshold(networks):
    spec, calibration = encoder_spec("sface"), networks.calibration("sface")
    target = torch.nn.functional.normalize(torch.arange(1.0, 129.0), dim=0)
    same, opposite = (judge(spec, calibration, sign * target, target, attacked=False) for sign in (1, -1))
    for name, one, other in zip(calibration.photographs, same.photographs, opposite.photographs, strict=True):
        rates = calibration.photographs[name].at(calibration.threshold)
        assert one.population == other.population == name
        assert (one.passing, one.low, one.high) == (other.passing, other.low, other.high)
        assert (one.passing, one.pairs) == (rates.passing, rates.pairs)
        assert (one.nearer, other.nearer) == (0, one.pairs)
    assert same.population == "generated"


def test_a_score_of_an_earlier_version_is_read(networks):
    """It knew generated impostors alone, and did not say so."""
    known = judge(encoder_spec("sface"), networks.calibration("sface"), *torch.ones(2, 128), attacked=True)
    earlier = known.model_dump(exclude={"population", "photographs"})
    assert EncoderScore.model_validate(earlier) == known.model_copy(update={"photographs": ()})


def test_strangers_are_said_in_few_words():
    def score(encoder, passing):
        rates = PhotographRates(
            population="orl", people=40, pairs=78_000, passing=passing, low=0, high=0.0038, nearer=78
        )
        return EncoderScore(
            encoder=encoder, measure="cosine", attacked=False, photographs=(rates,), score=0.5,
            **dict.fromkeys(Standing._fields),
        )  # fmt: skip

    none, two = score("sface", 0), score("arcface-mbf", 2)
    assert strangers_range([none, two]) == "0 to 2.6e-5 on ORL"
    assert strangers_range([none, none]) == "0 on ORL"
    assert strangers_range([score("sface", 1014), score("arcface-mbf", 6474)]) == "1.3 to 8.3 % on ORL"
    assert strangers_range([two, score("sface", 6474)]) == "2.6e-5 to 8.3 % on ORL"
    assert strangers_range([two], lambda share: f"{share:.6f}") == "0.000026 on ORL"
    assert two.photographs[0].words_by_person() == ("2.6e-5 on ORL (0 to 3.8e-3 by person; 40 people, 78,000 pairs)")
    assert strangers_range([two.model_copy(update={"photographs": ()})]) == ""


def test_half_a_standing_is_refused(networks):
    whole = judge(encoder_spec("sface"), networks.calibration("sface"), *torch.ones(2, 128), attacked=True).model_dump()
    for name in Standing._fields:
        with pytest.raises(ValidationError, match="sface"):
            EncoderScore.model_validate(whole | {name: None})
