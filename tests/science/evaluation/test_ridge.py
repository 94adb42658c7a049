"""Ridge regression by people: what it recovers, and that nobody is on both sides of a fold."""

import pytest
import torch

from explorer.science.evaluation.ridge import choose_by_people, equal_classes, equal_people, fit_ridge, folds_of


def sample(people=30, each=4, noise=0.1):
    random = torch.Generator().manual_seed(1)
    inputs = torch.randn(people * each, 6, generator=random, dtype=torch.float64)
    truth = torch.tensor([[2.0], [-1.0], [0.0], [0.0], [0.5], [0.0]], dtype=torch.float64)
    targets = inputs @ truth + 3 + noise * torch.randn(len(inputs), 1, generator=random, dtype=torch.float64)
    return inputs, targets, torch.arange(people).repeat_interleave(each), truth


def test_without_a_penalty_the_least_squares_solution_comes_out():
    inputs, targets, people, truth = sample(noise=0.0)
    (fitted,) = fit_ridge(inputs, targets, equal_people(people), [0.0])
    assert torch.allclose(fitted.weight, truth)
    assert torch.allclose(fitted.bias, torch.tensor([3.0], dtype=torch.float64))


def test_an_infinite_penalty_leaves_the_weighted_mean():
    inputs, targets, _, _ = sample()
    weights = torch.linspace(0.1, 2, len(inputs), dtype=torch.float64)
    (fitted,) = fit_ridge(inputs, targets, weights, [1e12])
    mean = (weights[:, None] * targets).sum(0) / weights.sum()
    assert torch.allclose(fitted(inputs), mean.expand_as(targets), atol=1e-6)


def test_a_row_that_weighs_twice_is_a_row_that_is_there_twice():
    inputs, targets, _, _ = sample()
    weights = torch.ones(len(inputs))
    weights[0] = 2
    twice = torch.cat([torch.tensor([0]), torch.arange(len(inputs))])
    (one,), (other,) = (
        fit_ridge(inputs, targets, weights, [0.3]),
        fit_ridge(inputs[twice], targets[twice], torch.ones(len(twice)), [0.3]),
    )
    assert torch.allclose(one.weight, other.weight)
    assert torch.allclose(one.bias, other.bias)


def test_nobody_is_on_both_sides_of_a_fold():
    people = torch.tensor([5, 5, 5, 2, 2, 9, 1, 1, 7, 8, 3])
    fold = folds_of(people, 3)
    for person in people.unique():
        assert len(fold[people == person].unique()) == 1
    assert set(fold.tolist()) == {0, 1, 2}


def test_everybody_weighs_the_same_and_so_does_every_class():
    people = torch.tensor([1, 1, 1, 2, 3, 3])
    weights = equal_people(people)
    assert [float(weights[people == one].sum()) for one in (1, 2, 3)] == pytest.approx([2, 2, 2])
    classes = torch.tensor([0, 0, 0, 0, 1, 1])
    balanced = equal_classes(people, classes)
    assert float(balanced[classes == 0].sum()) == pytest.approx(float(balanced[classes == 1].sum()))
    assert float(balanced[3]) == pytest.approx(float(balanced[:3].sum()))


def test_what_is_held_out_does_not_depend_on_what_its_person_answers():
    inputs, targets, people, _ = sample()
    chosen = choose_by_people(inputs, targets, people, equal_people(people), [0.1])
    changed = targets.clone()
    changed[people == 4] += 100
    again = choose_by_people(inputs, changed, people, equal_people(people), [0.1])
    assert torch.allclose(chosen.held_out[people == 4], again.held_out[people == 4])


def test_a_trait_that_tells_only_who_it_is_asks_for_the_largest_penalty():
    random = torch.Generator().manual_seed(3)
    people = torch.arange(40).repeat_interleave(10)
    who = torch.randn(40, 50, generator=random)[people] + 0.01 * torch.randn(400, 50, generator=random)
    answers = torch.randint(2, (40,), generator=random)[people][:, None].double()
    chosen = choose_by_people(who, answers, people, equal_people(people), [1e-3, 1.0, 1e3])
    assert chosen.penalty == 1e3


def test_fewer_people_than_folds_are_refused():
    inputs, targets, people, _ = sample(people=3)
    with pytest.raises(ValueError, match="5 folds need as many people, not 3"):
        choose_by_people(inputs, targets, people, equal_people(people))
