"""Pictures of photoreal people: the same person to every checker, or not there."""

import numpy as np
import pytest
import torch

from explorer.science.training.photoreal_people import (
    TRIES,
    lens_of,
    make_person,
    strangers_apart,
    threshold_of_strangers,
    wanted_codes,
    weaker,
)
from tests.science.training.photoreal_kit import EDITS, canned_people


def test_a_person_follows_from_the_seed():
    codes = [wanted_codes(7, number, EDITS) for number in range(6)]
    assert not codes[0].any(), "the first picture is the person's own w"
    assert len({code.tobytes() for code in codes}) == 6
    for number, code in enumerate(codes):
        assert np.array_equal(wanted_codes(7, number, EDITS), code)
        assert (np.abs(code / 32) <= [one.reach + 1 / 64 for one in EDITS]).all()
    lenses = [lens_of(7, number, 64) for number in range(6)]
    assert len({lens.seed for lens in lenses}) == 6
    assert {lens.resolution for lens in lenses} == {64}
    # The same camera at another size sees the same, in pixels of that size; later tries are milder.
    assert lens_of(7, 2, 128).blur == pytest.approx(2 * lenses[2].blur)
    assert abs(lens_of(7, 2, 64, attempt=1).angle) < abs(lenses[2].angle)
    assert (lenses[0].zoom, lenses[0].angle, lenses[0].blur, lenses[0].exposure) == (1, 0, 0, 0)


def test_weaker_edits_end_at_none():
    codes = np.array([127, -127, 1, 0], np.int8)
    for _ in range(40):
        smaller = weaker(codes)
        assert (np.abs(smaller.astype(int)) <= np.abs(codes.astype(int))).all()
        codes = smaller
    assert np.abs(codes).max() <= 1


@pytest.mark.parametrize("least", [-2.0, 0.9995, 2.0])
def test_every_two_pictures_that_are_kept_pass_every_checker(least):
    models = canned_people()
    made = make_person(models, 3, 1.0, EDITS, dict.fromkeys(models.checkers, least), pictures=5, size=32)
    assert made.kept.sum() == len(made.pictures) >= 1
    for name in models.checkers:
        rows = torch.stack([one.embeddings[name] for one in made.pictures])
        assert (rows @ rows.T >= least).all() or len(rows) == 1
    for number in range(1, 5):
        wanted = wanted_codes(3, number, EDITS)
        for _ in range(int(made.tries[number]) - 1):
            wanted = weaker(wanted)
        assert np.array_equal(made.codes[number], wanted), "each try is weaker by the same factor"
    if least < -1:
        assert made.kept.all()
        assert (made.tries == 1).all()
    if least > 1:
        assert made.kept.tolist() == [True, False, False, False, False]
        assert (made.tries[1:] == TRIES).all()


def test_a_picture_without_a_face_is_drawn_again():
    made = make_person(canned_people(blind=[1, 2]), 3, 1.0, EDITS, {}, pictures=2, size=32)
    assert made.kept.all()
    assert made.tries.tolist() == [1, 3]


def test_nobody_who_is_chosen_is_anybody_else_to_a_checker():
    random = torch.Generator().manual_seed(0)
    rows = {name: torch.nn.functional.normalize(torch.randn(60, 3, generator=random), dim=1) for name in "ab"}
    rows["a"][5] = torch.nan
    at = {"a": 0.8, "b": 0.9}
    chosen = strangers_apart(rows, at)
    assert 5 not in chosen
    for name, least in at.items():
        scores = rows[name][chosen] @ rows[name][chosen].T
        assert (scores - 2 * torch.eye(len(chosen)) < least).all()
        assert len(chosen) < 59
    assert strangers_apart(rows, at, 4) == chosen[:4], "who asks for fewer gets the first of them"


def test_the_threshold_lets_a_thousandth_of_strangers_pass():
    rows = torch.nn.functional.normalize(torch.randn(150, 16, generator=torch.Generator().manual_seed(0)), dim=1)
    scores = (rows @ rows.T)[torch.triu_indices(150, 150, 1).unbind()]
    passed = (scores > threshold_of_strangers(rows)).float().mean()
    assert 0.0005 < passed <= 0.001
