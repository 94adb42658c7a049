"""Directions of W that were planted, and the plan of edits."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch

from explorer.science.training.corpus import CorpusRecipe, latents_of, plan
from explorer.science.training.edits import (
    EDIT_KINDS,
    Direction,
    Directions,
    EditKind,
    EditPlan,
    edited,
    find_direction,
    is_editable,
    plan_edit,
    with_reach,
)

RECIPE = CorpusRecipe()


def planted(faces: int, noise: float) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """w (N, 512) of unequal spreads, values that grow along a direction, and that direction."""
    random = torch.Generator().manual_seed(0)
    spread = torch.linspace(0.5, 2, 512)
    w = torch.randn(faces, 512, generator=random) * spread + 3
    direction = torch.randn(512, generator=random) / spread
    score = (w - 3) @ direction
    return w, score + noise * score.std() * torch.randn(faces, generator=random), direction


def directions() -> Directions:
    random = torch.Generator().manual_seed(1)
    found = {}
    for kind in EDIT_KINDS:
        normal = torch.randn(512, generator=random)
        found[kind.name] = Direction(kind.name, normal / normal.norm(), 2.0, 0.5, (1.0, 3.0))
    return Directions(1000, found)


@pytest.mark.slow
def test_a_planted_direction_is_found_and_explains_what_it_can():
    w, values, direction = planted(4000, noise=1.0)
    found = find_direction(EditKind("planted", 1.0, rare=False), w, values)
    assert float(found.normal.norm()) == pytest.approx(1, abs=1e-5)
    # Half of the variance is noise, and some of the rest goes into estimating 512 coefficients.
    assert 0.35 < found.explained < 0.5
    # In units of each coordinate's spread, the step is the planted slope.
    step, slope = found.normal / w.std(0), direction * w.std(0)
    assert float(torch.cosine_similarity(step, slope, dim=0)) > 0.85
    assert found.spread == pytest.approx(float((w @ found.normal).std()), rel=1e-4)


@pytest.mark.slow
def test_a_binary_value_has_a_direction_too():
    w, values, direction = planted(3000, noise=0.2)
    found = find_direction(EditKind("planted", 1.0, rare=True), w, (values > values.quantile(0.95)).float())
    moved = (w + 3 * found.spread * found.normal - w) @ direction
    assert float(moved[0]) > 0
    assert found.explained > 0.05


def test_noise_has_no_direction_that_explains_anything():
    w, _, _ = planted(2000, noise=0.0)
    noise = torch.randn(2000, generator=torch.Generator().manual_seed(5))
    assert abs(find_direction(EditKind("noise", 1.0, rare=False), w, noise).explained) < 0.02


@pytest.mark.parametrize(("needed", "reach"), [(3.5, (4.0 * 0.7, 4.0 * 1.3)), (0.0, (2 * 0.7, 2 * 1.3))])
def test_the_reach_is_the_least_distance_that_shows_the_attribute(needed, reach):
    tried = with_reach(directions().by_name["hat"], lambda distance: float(distance >= needed))
    assert tried.reach == pytest.approx(reach)


def test_where_no_distance_is_enough_the_best_one_is_taken():
    tried = with_reach(directions().by_name["hat"], lambda distance: 0.3 if distance == 5 else 0.1)
    assert tried.reach == pytest.approx((5 * 0.7, 5 * 1.3))


def test_edits_are_of_unmixed_training_faces_and_have_their_shares():
    found = directions()
    plans = [plan_edit(RECIPE, index, found) for index in range(1000)]
    for index, edit in enumerate(plans):
        base = plan(RECIPE, edit.sample.base)
        assert is_editable(base)
        assert edit.sample.split == base.split == "train"
        assert edit.sample.index == index
        assert edit.sample.base < found.faces
        assert edit.sample.view_seed != base.view_seed
    counts = Counter(edit.name for edit in plans)
    for kind in EDIT_KINDS:
        assert counts[kind.name] / 1000 == pytest.approx(kind.share, abs=0.05)
        distances = np.array([edit.distance for edit in plans if edit.name == kind.name])
        assert ((np.abs(distances) >= 1) & (np.abs(distances) <= 3)).all()
        assert (distances > 0).all() == kind.rare
    assert plans[7] == plan_edit(RECIPE, 7, found)
    assert len({edit.sample.view_seed for edit in plans}) == 1000


def test_shares_are_all_there_is():
    assert sum(kind.share for kind in EDIT_KINDS) == pytest.approx(1)


def test_an_edit_moves_w_along_its_direction_and_keeps_z(networks):
    generator, found = networks.bare_generator(), directions()
    edit = plan_edit(RECIPE, 3, found)
    base = latents_of(generator, edit.sample)
    moved = edited(generator, EditPlan(edit.sample, "hat", 1.5), found)
    torch.testing.assert_close(moved.w - base.w, 1.5 * 2.0 * found.by_name["hat"].normal, atol=1e-5, rtol=1e-4)
    assert torch.equal(moved.z, base.z)
