"""The area of same and different people: known cases, an independent count, and intervals by person."""

from __future__ import annotations

import pytest
import torch

from explorer.science.evaluation.separation import SeparationError, separation


def people_of(count: int, each: int) -> torch.Tensor:
    return torch.arange(count * each) // each


def test_the_area_is_the_share_of_pairs_of_pairs_that_are_ranked_rightly():
    people = people_of(5, 4)
    random = torch.Generator().manual_seed(3)
    vectors = torch.randn(5, 8, generator=random)[people] + 1.2 * torch.randn(20, 8, generator=random)
    for measure in ("cosine", "euclidean"):
        found = separation(vectors, people, measure)
        unit = torch.nn.functional.normalize(vectors)
        near = unit @ unit.T if measure == "cosine" else -torch.cdist(vectors, vectors)
        same = [near[i, j] for i in range(20) for j in range(i) if people[i] == people[j]]
        other = [near[i, j] for i in range(20) for j in range(i) if people[i] != people[j]]
        right = sum((one > two) + 0.5 * (one == two) for one in same for two in other)
        assert found.auc == pytest.approx(float(right) / len(same) / len(other), abs=1e-6)
        assert (found.same, found.different, found.people) == (len(same), len(other), 5)
        assert found.low < found.auc < found.high


def test_people_who_are_apart_have_an_area_of_one_and_no_doubt():
    people = people_of(4, 3)
    found = separation(torch.eye(4)[people] + 0.01, people, "cosine")
    assert (found.auc, found.low, found.high) == (1.0, 1.0, 1.0)


def test_vectors_that_know_nobody_have_an_interval_that_holds_chance():
    people = people_of(10, 6)
    vectors = torch.randn(60, 16, generator=torch.Generator().manual_seed(0))
    found = separation(vectors, people, "cosine")
    assert found.low < 0.5 < found.high


def test_one_person_who_is_told_apart_is_no_proof_for_ten():
    """The pairs are many, the people few: the interval goes by the people."""
    people = people_of(10, 6)
    vectors = torch.randn(60, 16, generator=torch.Generator().manual_seed(0))
    vectors[:6] = torch.tensor([20.0, *[0.0] * 15]) + 0.1 * vectors[:6]
    found = separation(vectors, people, "cosine")
    assert found.auc > 0.5
    assert found.low <= 0.55


def test_the_order_of_photographs_and_the_people_s_numbers_do_not_count():
    people = people_of(6, 4)
    vectors = torch.randn(6, 8)[people] + torch.randn(24, 8)
    order = torch.randperm(24)
    assert separation(vectors[order], 7 * people[order] + 3, "cosine").auc == pytest.approx(
        separation(vectors, people, "cosine").auc, abs=1e-9
    )


@pytest.mark.parametrize(
    ("people", "said"), [([0, 1, 2], "no person has two photographs"), ([0, 0, 0], "all photographs show one person")]
)
def test_photographs_that_tell_nothing_are_refused(people, said):
    with pytest.raises(SeparationError, match=said):
        separation(torch.rand(3, 4), torch.tensor(people), "cosine")
