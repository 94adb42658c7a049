"""Reconstructions against photographs of the same people: what must come out of embeddings whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.science.evaluation.same_person import (
    SeenPeople,
    closeness,
    different_pairs,
    identification,
    success,
)

MEASURES = pytest.mark.parametrize("measure", ["cosine", "euclidean"])


def people_apart(measure, people=6, each=4, made=2, spread=0.05, seed=0) -> SeenPeople:
    """People along axes of their own, each photograph near its axis; what is made lies where its photograph does."""
    random = np.random.default_rng(seed)
    whose = np.repeat(np.arange(people), each)
    photographs = np.eye(people, dtype=np.float32)[whose]
    photographs += spread * random.standard_normal(photographs.shape).astype(np.float32)
    sources = np.flatnonzero(np.tile(np.arange(each) < made, people))
    found = np.ones(len(sources), bool)
    return SeenPeople(measure, whose, photographs, sources, photographs[sources].copy(), found)


def changed(seen: SeenPeople, **changes) -> SeenPeople:
    names = ("measure", "people", "photographs", "sources", "reconstructions", "found")
    return SeenPeople(**({name: getattr(seen, name) for name in names} | changes))


def middle(seen: SeenPeople) -> float:
    """Between people: halfway from themselves to others."""
    return 0.5 if seen.measure == "cosine" else 0.7


@MEASURES
def test_people_who_are_far_apart_are_all_brought_back(measure):
    seen = people_apart(measure)
    judged = success(seen, middle(seen))
    assert (judged.type_1.value, judged.type_2.value, judged.original.value, judged.of_original.value) == (1, 1, 1, 1)
    assert (judged.false_matches.value, judged.false_matches_made.value) == (0, 0)
    assert (judged.type_2.low, judged.type_2.high) == (0.5, 1), "of six people, by the rule of three"
    assert (judged.false_matches_made.low, judged.false_matches_made.high) == (0, 3 / 15)
    assert judged.false_matches.high == pytest.approx(3 / 15)
    found = identification(seen)
    assert (found.made.value, found.original.value, found.by_chance) == (1, 1, pytest.approx(3 / 23))


@MEASURES
def test_what_equals_its_photograph_reaches_what_the_photograph_reaches(measure):
    seen = people_apart(measure, spread=0.4)
    for threshold in (0.2, 0.5, 0.8, 1.1):
        judged = success(seen, threshold)
        assert judged.type_2 == judged.original
        assert judged.false_matches_made.value >= 0
    mean = closeness(seen)
    assert mean.type_2 == mean.original
    assert mean.type_1.value == pytest.approx(1.0 if measure == "cosine" else 0.0, abs=1e-3)
    found = identification(seen)
    assert found.made == found.original


@MEASURES
def test_the_photograph_that_was_inverted_is_no_other_photograph_of_its_person(measure):
    # Every photograph of a person lies elsewhere; only the one that was inverted is near to what was made.
    photographs = np.eye(6, dtype=np.float32)
    people = np.array([0, 0, 1, 1, 2, 2])
    sources = np.array([0, 2, 4])
    seen = SeenPeople(measure, people, photographs, sources, photographs[sources], np.ones(3, bool))
    judged = success(seen, middle(seen))
    assert (judged.type_1.value, judged.type_2.value, judged.original.value) == (1, 0, 0)
    assert judged.of_original is None, "of nothing there is no share"


@MEASURES
def test_the_same_face_for_everybody_passes_for_everybody_and_finds_nobody(measure):
    seen = people_apart(measure, people=6, each=4, made=4)
    one = np.ones((len(seen.sources), 6), np.float32)
    seen = changed(seen, reconstructions=one, photographs=np.ones_like(seen.photographs))
    judged = success(seen, middle(seen))
    assert (judged.type_1.value, judged.type_2.value) == (1, 1)
    assert (judged.false_matches.value, judged.false_matches_made.value) == (1, 1)


@MEASURES
def test_a_reconstruction_without_a_face_passes_for_nobody_and_has_no_score(measure):
    whole = people_apart(measure, made=2)
    found = whole.found.copy()
    found[::2] = False
    seen = changed(whole, found=found, reconstructions=np.where(found[:, None], whole.reconstructions, np.nan))
    judged, before = success(seen, middle(seen)), success(whole, middle(seen))
    assert (judged.type_1.value, judged.type_2.value, judged.of_original.value) == (0.5, 0.5, 0.5)
    assert (judged.original, judged.false_matches) == (before.original, before.false_matches)
    alone = changed(whole, sources=whole.sources[1::2], reconstructions=whole.reconstructions[1::2], found=found[1::2])
    assert closeness(seen).type_2 == closeness(alone).type_2
    assert identification(seen).made.value == 0.5


def test_every_person_counts_alike_however_many_photographs_there_are():
    # The first person has nine other photographs, none of which is near; the second has one, which is.
    photographs = np.eye(12, dtype=np.float32)
    photographs[11] = photographs[10]
    people = np.array([0] * 10 + [1] * 2)
    seen = SeenPeople("cosine", people, photographs, np.array([0, 10]), photographs[[0, 10]], np.ones(2, bool))
    judged = success(seen, 0.5)
    assert judged.type_2.value == 0.5
    assert (judged.type_2.low, judged.type_2.high) == (0, 1), "two people: either may be drawn twice"


def test_false_matches_are_shares_of_all_pairs_counted_by_hand():
    seen = people_apart("cosine", people=5, each=3, spread=0.6)
    unit = seen.photographs / np.linalg.norm(seen.photographs, axis=1, keepdims=True)
    scores = unit @ unit.T
    apart = np.triu(seen.people[:, None] != seen.people[None])
    judged = success(seen, 0.3)
    assert judged.false_matches.value == pytest.approx((scores >= 0.3)[apart].mean(), abs=0.02)
    strangers = seen.people[seen.sources][:, None] != seen.people[None]
    assert judged.false_matches_made.value == pytest.approx((scores[seen.sources] >= 0.3)[strangers].mean())
    assert closeness(seen).different.value == pytest.approx(scores[apart].mean(), abs=1e-6)
    assert different_pairs(seen.people) == apart.sum() == 90
    assert judged.false_matches.low <= judged.false_matches.value <= judged.false_matches.high


def test_an_interval_holds_the_share_that_would_be_measured_on_other_people():
    # Each person is brought back with probability 0.7.
    random = np.random.default_rng(5)
    held = 0
    for _ in range(40):
        people = np.repeat(np.arange(30), 2)
        photographs = np.eye(30, dtype=np.float32)[people]
        sources = np.arange(0, 60, 2)
        made = photographs[sources] * np.where(random.random(30) < 0.7, 1, -1).astype(np.float32)[:, None]
        judged = success(SeenPeople("cosine", people, photographs, sources, made, np.ones(30, bool)), 0.5)
        held += judged.type_2.low <= 0.7 <= judged.type_2.high
    assert held >= 34


def test_people_with_one_photograph_count_for_type_1_and_as_strangers():
    seen = people_apart("cosine", people=4, each=1, made=1)
    judged = success(seen, 0.5)
    assert (judged.type_1.value, judged.type_2, judged.original, judged.of_original) == (1, None, None, None)
    assert judged.false_matches.value == 0
    assert identification(seen) is None
    assert closeness(seen).type_2 is None


def test_one_person_alone_has_neither_strangers_nor_an_interval():
    seen = people_apart("cosine", people=1, each=3, made=1)
    judged = success(seen, 0.5)
    assert (judged.false_matches, judged.false_matches_made) == (None, None)
    assert (judged.type_2.value, judged.type_2.low, judged.type_2.high) == (1, None, None)
    assert seen.strangers is None


def test_nothing_to_judge_is_refused():
    seen = people_apart("cosine")
    with pytest.raises(ValueError, match="no reconstruction"):
        changed(seen, sources=seen.sources[:0], reconstructions=seen.reconstructions[:0], found=seen.found[:0])
