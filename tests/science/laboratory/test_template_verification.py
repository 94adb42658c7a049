"""Verification over the photographs in a template, in a world whose answer is known."""

import numpy as np
import pytest

from explorer.science.laboratory.template_verification import (
    PeopleVectors,
    TooFewPhotographs,
    chosen_rule,
    curve_of,
    curves_by_quality,
    draw_photographs,
)

PEOPLE, EACH, SIZE = 12, 8, 24


def world(noise, seed=0, measure="cosine"):
    """Photographs of people whose noise is known, and `score`, which tells it."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((PEOPLE, SIZE))
    whose = np.repeat(np.arange(PEOPLE), EACH)
    spread = noise[np.arange(len(whose)) % len(noise)]
    faces = centres[whose] + spread[:, None] * random.standard_normal((len(whose), SIZE))
    return PeopleVectors(faces.astype(np.float32), whose, measure, {"score": 1 / spread, "size": random.random(96) + 1})


def test_photographs_of_a_template_are_never_compared_with_it_and_are_the_same_for_every_number():
    seen = world(np.array([1.0]))
    drawn = draw_photographs(seen.people, 5, orders=7)
    assert drawn.taken.shape == (7, PEOPLE, 5)
    assert drawn.left.shape == (7, PEOPLE * 3)
    for taken, left in zip(drawn.taken, drawn.left, strict=True):
        assert sorted([*taken.ravel(), *left]) == list(range(PEOPLE * EACH))
        assert (seen.people[taken] == np.arange(PEOPLE)[:, None]).all()


def test_draws_follow_from_the_seed_alone():
    people = np.repeat(np.arange(4), 6)
    one, again, other = (draw_photographs(people, 3, seed=seed).taken for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_more_photographs_verify_better_where_their_noise_is_independent():
    seen = world(np.array([1.0]))
    drawn = draw_photographs(seen.people, 6)
    curve = curve_of(seen, drawn, far=0.01)
    rates = [point.tar.value for point in curve.points]
    assert rates[-1] > rates[0] + 0.2
    assert curve.falls == ()
    assert curve.points[1].gain.low > 0
    assert (curve.people, curve.genuine, curve.impostors) == (PEOPLE, 20 * 24, 20 * 24 * (PEOPLE - 1))
    assert curve_of(seen, drawn, far=0.01) == curve


def test_one_photograph_is_what_photographs_reach_against_each_other():
    seen = world(np.array([0.9]))
    drawn = draw_photographs(seen.people, 4, orders=3)
    curve = curve_of(seen, drawn, far=0.01)
    unit = seen.vectors / np.linalg.norm(seen.vectors, axis=1, keepdims=True)
    genuine, impostors = [], []
    for taken, left in zip(drawn.taken, drawn.left, strict=True):
        for one in taken[:, 0]:
            for other in left:
                pair = genuine if seen.people[one] == seen.people[other] else impostors
                pair.append(float(unit[one] @ unit[other]))
    allowed = sorted(impostors, reverse=True)[int(0.01 * len(impostors))]
    assert curve.points[0].tar.value == pytest.approx(np.mean(np.array(genuine) > allowed))


def test_a_template_that_grows_worse_is_told():
    seen = world(np.array([0.3]))
    spoilt = seen.vectors.copy()
    drawn = draw_photographs(seen.people, 2, orders=1)
    spoilt[drawn.taken[0, :, 1]] = -40 * spoilt[drawn.taken[0, :, 0]]
    bad = PeopleVectors(spoilt, seen.people, "euclidean", seen.qualities)
    assert curve_of(bad, drawn).falls == (2,)


@pytest.mark.slow
def test_the_signal_that_tells_the_noise_is_chosen_and_gains_on_the_other_half():
    seen = world(np.array([0.4, 4.0]), seed=3)
    drawn = draw_photographs(seen.people, 6, orders=6)
    assert chosen_rule(seen, drawn, "normalised").signal == "score"
    weighted, equal = curves_by_quality(seen, drawn, far=0.01)
    assert {rule.signal for rule in weighted.rules} == {"score"}
    assert weighted.points[0].tar == equal.points[0].tar
    assert all(a.tar.value >= b.tar.value for a, b in zip(weighted.points, equal.points, strict=True))
    assert weighted.points[3].tar.value > equal.points[3].tar.value + 0.02


@pytest.mark.slow
def test_the_rule_of_half_of_the_people_follows_from_the_others_alone():
    seen = world(np.array([0.4, 4.0]), seed=3)
    drawn = draw_photographs(seen.people, 4, orders=5)
    before = curves_by_quality(seen, drawn)[0].rules
    turned = seen.qualities["score"].copy()
    mine = seen.people % 2 == 0  # those who are judged first
    turned[mine] = 1 / turned[mine]
    after = curves_by_quality(PeopleVectors(seen.vectors, seen.people, "cosine", {"score": turned}), drawn)[0].rules
    assert after[0] == before[0]
    assert after[1] != before[1]


@pytest.mark.slow
def test_the_pairs_of_weighted_and_equal_templates_are_the_same():
    seen = world(np.array([0.5, 1.0]))
    weighted, equal = curves_by_quality(seen, draw_photographs(seen.people, 4))
    assert (weighted.genuine, weighted.impostors) == (equal.genuine, equal.impostors)
    assert weighted.impostors < curve_of(seen, draw_photographs(seen.people, 4)).impostors


def test_too_few_photographs_are_refused():
    with pytest.raises(TooFewPhotographs, match="at least 7 each"):
        draw_photographs(np.repeat(np.arange(4), 6), 6)
    few = np.repeat(np.arange(3), 6)
    seen = PeopleVectors(np.ones((18, 4), np.float32), few, "cosine", {})
    with pytest.raises(TooFewPhotographs, match="four at least"):
        curves_by_quality(seen, draw_photographs(few, 3))
