"""Probes from photographs: read of people who had no part in the fit, and refused where too few people are known."""

from dataclasses import replace

import pytest
import torch

from explorer.science.evaluation import people as evaluation
from explorer.science.evaluation.leakage import JudgedSet, Truth
from explorer.science.leakage.fitted import decode_probes, encode_probes
from explorer.science.leakage.probes import PROBES
from explorer.science.training.photograph_probes import PhotographsError, fit_photograph_probe, people_apart
from tests.science.leakage_kit import made_up_corpus

PEOPLE, EACH = 40, 10


def photographs(dimension=16):
    """Ten photographs of each of forty people; their embeddings say what their labels are."""
    data = made_up_corpus(PEOPLE * EACH, dimension)
    every = torch.arange(len(data))
    truths = {name: Truth(every, spec.target(data.labels[spec.label])) for name, spec in PROBES.items()}
    return JudgedSet("album", {"made-up": data.first["made-up"]}, truths, {}, every // EACH)


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    """A hundred draws of people tell chance from a certain answer as well."""
    monkeypatch.setattr(evaluation, "DRAWS", 100)


@pytest.fixture(scope="module")
def album():
    return photographs()


def apart(album, people=10):
    return album.people < people


@pytest.mark.parametrize("name", PROBES)
def test_every_probe_reads_people_who_had_no_part_in_it(album, name):
    spec = PROBES[name]
    fitted = fit_photograph_probe(album, "made-up", spec, apart(album))
    measured = fitted.record.portraits[0]
    assert measured.beats_chance, measured.words()
    assert (measured.people, measured.faces) == (10, 100)
    assert (fitted.record.people, fitted.record.trained_on) == (30, 300)
    assert fitted.record.fitted_on == "fitted on 300 photographs of 30 people; judged on 10 others"
    assert fitted.record.judged_on == "album, others"


def test_the_fit_does_not_look_at_those_who_judge(album):
    spec, those = PROBES["smiling"], apart(album)
    truth = album.truths["smiling"]
    turned = torch.where(those, 1 - truth.values, truth.values)
    other = replace(album, truths={**album.truths, "smiling": Truth(truth.rows, turned)})
    one, two = (fit_photograph_probe(data, "made-up", spec, those) for data in (album, other))
    assert torch.equal(one.probe.layers[0].weight, two.probe.layers[0].weight)
    assert one.record.calibrator == two.record.calibrator
    assert not two.record.portraits[0].beats_chance


def test_what_only_tells_who_somebody_is_tells_nothing_of_others():
    random = torch.Generator().manual_seed(0)
    people = torch.arange(PEOPLE).repeat_interleave(EACH)
    who = torch.randn(PEOPLE, 64, generator=random)[people] + 0.05 * torch.randn(len(people), 64, generator=random)
    worn = (torch.randperm(PEOPLE, generator=random) % 2)[people].float()
    data = JudgedSet("album", {"made-up": who}, {"hat": Truth(torch.arange(len(people)), worn)}, {}, people)
    fitted = fit_photograph_probe(data, "made-up", PROBES["hat"], people < 10)
    assert not fitted.record.portraits[0].beats_chance
    assert float((fitted.answers(who[people < 10]) - 0.5).abs().max()) < 0.35, "calibrated on people held out"


def test_probabilities_hold_on_others():
    album = photographs()
    fitted = fit_photograph_probe(album, "made-up", PROBES["smiling"], apart(album, 20))
    error = next(one for one in fitted.record.portraits if one.measure == "calibration error")
    assert error.value < error.floor + 0.1


def test_a_file_of_them_says_on_whom_they_were_fitted(album):
    fitted = fit_photograph_probe(album, "made-up", PROBES["gender"], apart(album))
    read = decode_probes(encode_probes("made-up", 16, {"gender": fitted}), "made-up")["gender"]
    assert read.record == fitted.record
    directions = album.embeddings["made-up"]
    assert torch.allclose(read.answers(directions), fitted.answers(directions), atol=0.02)


def test_one_class_only_is_refused(album):
    truth = album.truths["hat"]
    bare = replace(album, truths={"hat": Truth(truth.rows, torch.zeros_like(truth.values))})
    with pytest.raises(PhotographsError, match=r"hat: at least 3 people must show each of two classes.*worn 0"):
        fit_photograph_probe(bare, "made-up", PROBES["hat"], apart(album))


@pytest.mark.parametrize(("people", "judging"), [(10, 3), (40, 10), (90, 10), (914, 102)])
def test_one_in_nine_judges_and_of_few_people_more(people, judging):
    names = [f"person {number}" for number in range(people)]
    chosen = people_apart(names * 3)
    assert len(chosen) == judging
    assert chosen == people_apart(reversed(names))


def test_too_few_people_are_refused():
    with pytest.raises(PhotographsError, match="photographs of 9 people are too few: a probe needs 10"):
        people_apart([str(number) for number in range(9)])
