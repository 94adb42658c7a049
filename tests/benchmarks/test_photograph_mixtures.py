from __future__ import annotations

import torch
import torch.nn.functional as F

from benchmarks.photograph_mixtures import Labelled, balanced, best_penalty, fitted, halves_of, mixtures_of, scored
from explorer.science.evaluation.leakage import JudgedSet, Truth

PEOPLE = torch.arange(8).repeat_interleave(3)
MALE = (PEOPLE % 4 != 0).long()
RANDOM = torch.Generator().manual_seed(3)
SEEN = torch.randn(24, 6, generator=RANDOM)
JUDGED = JudgedSet("orl", {"mine": SEEN}, {"gender": Truth(torch.arange(24), MALE)}, {}, PEOPLE)


def test_people_lie_in_one_half_and_both_halves_have_women_and_men():
    half = halves_of(JUDGED)
    for person in PEOPLE.unique():
        assert len(half[person == PEOPLE].unique()) == 1
    for one in (0, 1):
        assert sorted(MALE[half == one].unique().tolist()) == [0, 1]
        assert int((half == one).sum()) == 12


def test_a_mixture_lies_halfway_between_photographs_of_different_people():
    directions = F.normalize(SEEN, dim=-1)
    mixtures = mixtures_of(SEEN, PEOPLE, 20, 0)
    assert torch.equal(mixtures, mixtures_of(SEEN, PEOPLE, 20, 0))
    assert not torch.equal(mixtures, mixtures_of(SEEN, PEOPLE, 20, 1))
    torch.testing.assert_close(mixtures.norm(dim=-1), torch.ones(20))
    pairs = [(a, b) for a in range(24) for b in range(a) if PEOPLE[a] != PEOPLE[b]]
    halfway = F.normalize(torch.stack([directions[a] + directions[b] for a, b in pairs]), dim=-1)
    assert ((mixtures[:, None] - halfway[None]).norm(dim=-1).min(1).values < 1e-5).all()


def test_mixtures_weigh_their_share_and_classes_the_same():
    truth = torch.tensor([0, 0, 0, 1.0])
    weights = balanced(truth)
    torch.testing.assert_close(weights.sum(), torch.tensor(1.0, dtype=torch.float64))
    torch.testing.assert_close(weights[3], weights[:3].sum())
    directions = torch.eye(4, dtype=torch.float64)
    corpus, other = Labelled(directions, {"gender": truth}), Labelled(-directions, {"gender": truth})
    # Opposite faces with the same labels at half of the weight leave nothing to tell by.
    assert fitted(corpus, other, 0.5, "gender", 1e-6).weight.abs().max() < 1e-9
    assert fitted(corpus, other, 0.1, "gender", 1e-6).weight.abs().max() > 0.1


def test_half_of_a_set_is_judged_by_the_other_halfs_mixtures():
    half = halves_of(JUDGED)
    learnt = Labelled(F.normalize(SEEN.double(), dim=-1), {"gender": MALE.double()})
    penalty = best_penalty(learnt, learnt, "gender")
    by = {one: fitted(learnt, None, 0.0, "gender", penalty * (1 + 9 * one)) for one in (0, 1)}
    said = scored(JUDGED, "mine", "gender", by, half)
    for one in (0, 1):
        torch.testing.assert_close(said.scores[half == one], by[1 - one](learnt.directions[half == one])[:, 0])
    both = scored(JUDGED, "mine", "gender", by, None)
    torch.testing.assert_close(both.scores, sum(one(learnt.directions)[:, 0] for one in by.values()))
