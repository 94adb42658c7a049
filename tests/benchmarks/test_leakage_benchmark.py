"""The figures of the leakage: their keys, what is missing."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import leakage
from explorer.science.inversion.step import InversionStep, Leader, StartsProgress
from explorer.science.training import probes as recipes
from explorer.science.training.probes import ProbeRecipe
from explorer.studio.corpus.probe_training import train_encoder, work_folder
from explorer.studio.corpus.reading import read_dataset, read_judged
from explorer.studio.errors import UserError
from tests.studio.corpus.corpus_kit import write_corpus

HEADLINE = (
    "smiling_balanced_accuracy",
    "eyeglasses_balanced_accuracy",
    "wearing_hat_balanced_accuracy",
    "calibration_error_max",
    "landmark_error_percent",
    "landmark_baseline_percent",
    "emd",
    "emd_baseline",
)


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    """Probes trained on a made-up corpus, and the corpus."""
    with pytest.MonkeyPatch.context() as patch:
        whole = recipes._default
        patch.setattr(recipes, "_default", lambda kind: {"linear": whole(kind)["linear"]})
        corpus = write_corpus(tmp_path_factory.mktemp("corpus") / "made-up")[0]
        data, recipe = read_dataset(corpus), ProbeRecipe()
        making = train_encoder(work_folder(corpus, data, recipe), data, "sface", recipe)
        return {one.spec.name: one for one in making}, corpus


@pytest.mark.slow
def test_every_probe_is_judged_on_both_sets_and_by_person(made_up):
    probes, corpus = made_up
    test = read_judged(corpus)
    people = torch.arange(len(test.embeddings["sface"])) % 10
    known = replace(test, people=people)
    found = {name: leakage.judged(fitted, "sface", test, known) for name, fitted in probes.items()}
    for name, of in found.items():
        assert list(of["test"]) == list(of["openpeople"])
        first = next(iter(of["test"]))
        assert (of["openpeople"][first]["people"], of["test"][first]["people"]) == (10, None)
        assert of["openpeople"][first]["value"] == of["test"][first]["value"], name
        assert of["openpeople"][first]["low"] <= of["openpeople"][first]["value"] <= of["openpeople"][first]["high"]
    figures = leakage.headline({"arcface-mbf": found, "dlib-resnet": found})
    assert set(figures) == {name + suffix for name in HEADLINE for suffix in ("", "_dlib")}
    assert figures["smiling_balanced_accuracy"] == found["smiling"]["test"]["balanced accuracy"]["value"]
    assert figures["landmark_error_percent"] < figures["landmark_baseline_percent"]
    assert figures["calibration_error_max"] >= found["hat"]["test"]["calibration error"]["value"]


def test_what_is_missing_is_said_in_one_line(monkeypatch, tmp_path: Path):
    def load(encoder):
        raise UserError(f"there are no probes for {encoder}: make them")

    monkeypatch.setattr(leakage, "load_probes", load)
    monkeypatch.setattr(sys, "argv", ["leakage", str(tmp_path)])
    with pytest.raises(SystemExit, match=r"benchmarks\.leakage: there are no probes for arcface-mbf: make them"):
        leakage.main()


@pytest.mark.slow
def test_starts_alone_are_measured_again_and_all_else_stays_with_its_commit(made_up, monkeypatch, tmp_path):
    monkeypatch.setattr(leakage, "RESULTS", tmp_path)
    monkeypatch.setattr(leakage, "photographs_of_people", lambda networks: torch.ones(2, 3))
    monkeypatch.setattr(
        leakage, "run_starts", lambda *given: ({"regressor_cosine_portraits": 0.5}, {"starts": {"a": 1}})
    )
    corpus = made_up[1].folder
    with pytest.raises(UserError, match="run without --starts"):
        leakage.again(corpus, None, tmp_path, {})
    before = {
        "commit": "abc",
        "headline": {"emd": 0.9, "regressor_cosine_portraits": 0.2},
        **{"sets": {"test": 60}, "probes": {"p": 1}, "three_term_rates": [3.0], "starts": {"a": 0}},
    }
    for _ in range(2):  # the commit of what stays is handed on
        (tmp_path / "leakage.json").write_text(json.dumps(before))
        figures, details = leakage.again(corpus, None, tmp_path, {})
        assert figures == {"emd": 0.9, "regressor_cosine_portraits": 0.5}
        assert (details["earlier_commit"], details["measured_now"]) == ("abc", ["regressor_cosine_portraits"])
        assert (details["probes"], details["starts"]) == ({"p": 1}, {"a": 1})
        before = {"commit": "def", "headline": figures, **details}


def test_means_of_starts_come_with_their_intervals():
    found = leakage.start_details({"offered": [0.2, 0.4, 0.6]})
    assert found["offered"]["mean"] == 0.4
    low, high = found["offered"]["interval"]
    assert (low, high) == pytest.approx((0.4 - 1.96 * 0.2 / 3**0.5, 0.4 + 1.96 * 0.2 / 3**0.5), abs=1e-4)


def contest_and_search(led, found):
    """The events of a run: the leader's cosine at each step of its contest, then those of the search."""
    nothing = torch.zeros(1)
    for cosine in led:
        yield StartsProgress(2, 4, cosine)
        yield StartsProgress(4, 4, cosine, Leader(nothing, nothing, cosine, 2))
    for index, cosine in enumerate(found):
        yield InversionStep(index, {}, {}, 1 - cosine, nothing, {}, cosine, nothing, np.zeros((5, 2)), 0.0, True)
    return None


@pytest.mark.parametrize(
    ("led", "found", "steps"),
    [
        ((0.2, 0.5, 0.9), (), (2, True)),
        ((0.2, 0.5), (0.7, 0.86), (3, True)),
        ((), (0.3, 0.7, 0.85), (2, True)),
        ((0.2,), (0.3, 0.4), (2, False)),
    ],
)
def test_steps_are_the_leaders_through_contest_and_search(led, found, steps):
    assert leakage.steps_until(0.85, contest_and_search(led, found)) == steps
