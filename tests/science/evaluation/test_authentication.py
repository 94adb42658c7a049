"""False rejections at a rate of false acceptance, on scores whose answer is known."""

import numpy as np
import pytest

from explorer.science.evaluation.authentication import (
    STEPS,
    AuthenticationError,
    PairCounts,
    count_pairs,
    estimate,
    over_trainings,
    rejections,
    roc_fars,
    step_of,
)


def counted(same, different):
    """Counts of people who all have these scores with themselves, and with each other person."""
    people = len(same)
    pairs = np.array([(one, other) for one in range(people) for other in range(one + 1, people)])
    rows = [np.bincount(step_of(np.array(scores)), minlength=STEPS).astype(float) for scores in same]
    others = np.bincount(step_of(np.array(different)), minlength=STEPS).astype(float)
    return PairCounts(np.stack(rows), np.tile(others, (len(pairs), 1)), pairs)


def brute(embeddings, people, far):
    """The least threshold, of all steps, that lets no more than this share of impostors in, and what is below it."""
    rows, columns = np.triu_indices(len(people), 1)
    scores = (embeddings[rows] * embeddings[columns]).sum(1)
    alike = people[rows] == people[columns]
    for threshold in np.arange(STEPS) * 0.001 - 1:
        if (scores[~alike] >= threshold - 1e-9).mean() <= far:
            return (scores[alike] < threshold - 1e-9).mean()
    raise AssertionError


def test_the_threshold_is_where_the_asked_share_of_strangers_passes():
    # Strangers at 0.0, 0.1, ... 0.9; people with themselves at 0.55 and 0.85.
    counts = counted([[0.55, 0.85]] * 6, np.arange(10) / 10)
    rates = rejections(counts, [0.5, 0.4, 0.2, 0.1, 0.01])[0]
    # Thresholds just above 0.4, 0.5, 0.7, 0.8 and 0.9.
    assert rates.tolist() == [0.0, 0.0, 0.5, 0.5, 1.0]
    assert counts.genuine == 12
    assert counts.impostors == 150
    assert counts.tells(0.1)
    assert not counts.tells(0.01)


def test_it_is_what_looking_at_every_pair_gives():
    random = np.random.default_rng(3)
    people = np.repeat(np.arange(8), 5)
    embeddings = random.normal(size=(8, 6))[people] + 0.8 * random.normal(size=(40, 6))
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    # Scores on steps exactly, so that no step holds two different ones.
    counts = count_pairs(embeddings.astype(np.float32), people)
    assert (counts.genuine, counts.impostors) == (8 * 10, 40 * 39 // 2 - 80)
    for far in (0.3, 0.1, 0.02):
        assert rejections(counts, [far])[0, 0] == pytest.approx(brute(embeddings, people, far), abs=1 / 80)


def test_those_who_are_counted_face_the_threshold_of_all():
    counts = counted([[0.9]] * 3 + [[0.3]] * 3, [0.0, 0.5])
    women = np.arange(6) < 3
    assert rejections(counts, [0.01], women)[0, 0] == 0.0
    assert rejections(counts, [0.01], ~women)[0, 0] == 1.0
    assert rejections(counts, [0.01])[0, 0] == 0.5


def test_people_are_drawn_again_and_trainings_too():
    counts = counted([[0.9]] * 10 + [[0.3]] * 10, [0.0, 0.5])
    first, second = rejections(counts, [0.01]), np.zeros((1001, 1))
    alone, both = estimate(over_trainings([first])[:, 0]), estimate(over_trainings([first, second])[:, 0])
    assert alone.value == 0.5
    # Of 20 people, the share of a half scatters by 0.11.
    assert (alone.low, alone.high) == (pytest.approx(0.28, abs=0.03), pytest.approx(0.72, abs=0.03))
    assert both.value == 0.25
    assert both.low == 0.0
    assert estimate(np.zeros(1001), people=60).high == pytest.approx(0.05)


def test_the_curve_falls_and_ends_where_strangers_are_too_few():
    counts = counted([np.linspace(0.2, 0.9, 15)] * 5, np.linspace(-0.3, 0.6, 40))
    fars = roc_fars(counts.impostors)
    assert (fars[0], fars[-1]) == (pytest.approx(10 / 400), 1.0)
    assert (np.diff(rejections(counts, fars)[0]) <= 0).all()


@pytest.mark.parametrize("people", [[0, 0, 0], [0, 1, 2], [0, 0, 2], []])
def test_too_few_are_refused(people):
    with pytest.raises(AuthenticationError, match="two pictures of one"):
        count_pairs(np.zeros((len(people), 4), np.float32), np.array(people, np.int64))
