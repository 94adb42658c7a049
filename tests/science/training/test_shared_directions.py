"""Shrinking what photographs vary in: the algebra of the filter, and that a probe is moved by it no more."""

import pytest
import torch
import torch.nn.functional as F

from explorer.science.leakage.probes import PROBES, Architecture, Probe
from explorer.science.training.shared_directions import (
    covariance,
    filtered,
    largest_share,
    shared_filter,
    within_people,
)


def embeddings(count=400, dimension=8, seed=0):
    return torch.randn(count, dimension, generator=torch.Generator().manual_seed(seed))


def made_up_probe(hidden=(5,), dimension=8):
    torch.manual_seed(0)
    probe = Probe(PROBES["eyeglasses"], dimension, Architecture(hidden, normalised=True))
    probe.standardise(embeddings(), torch.zeros(400))
    return probe.eval().requires_grad_(False)


def test_without_a_share_nothing_is_filtered():
    found = shared_filter(covariance(embeddings()), within_people(embeddings(seed=1), torch.arange(400) % 9), 0.0)
    assert torch.allclose(found, torch.eye(8, dtype=torch.float64), atol=1e-9)


def test_what_only_photographs_vary_in_is_taken_out():
    generated = torch.diag(torch.tensor([1.0] * 8, dtype=torch.float64))
    differing = torch.zeros(8, 8, dtype=torch.float64)
    differing[0, 0] = 1.0
    found = shared_filter(generated, differing, 100.0)
    assert found[0, 0] < 0.01
    assert torch.allclose(found[1:, 1:], torch.eye(7, dtype=torch.float64))


def test_the_filter_is_the_formula():
    generated, differing = covariance(embeddings()), within_people(embeddings(seed=1), torch.arange(400) % 9)
    kept = 0.9 * generated + 0.1 * generated.diagonal().mean() * torch.eye(8)
    scaled = differing * kept.trace() / differing.trace()
    assert torch.allclose(shared_filter(generated, differing, 0.3), kept @ torch.linalg.inv(kept + 0.3 * scaled))


@pytest.mark.parametrize("hidden", [(), (5,), (6, 4)])
def test_a_filtered_probe_reads_an_embedding_as_the_other_reads_it_filtered(hidden):
    probe, seen = made_up_probe(hidden), F.normalize(embeddings(seed=2), dim=-1)
    filtering = shared_filter(covariance(embeddings()), within_people(embeddings(seed=1), torch.arange(400) % 9), 0.5)
    moved = probe.centre + (seen - probe.centre) @ filtering.T.float()
    expected = probe.layers((moved - probe.centre) / probe.spread).reshape(-1)
    assert torch.allclose(filtered(probe, filtering)(3 * seen), expected, atol=1e-5)


def test_people_do_not_differ_within_themselves_by_who_they_are():
    people = torch.arange(40) % 4
    who = embeddings(4)[people]
    assert within_people(who, people).abs().max() < 1e-12
    assert covariance(who).trace() > 0.1


def test_the_largest_share_that_generated_faces_bear_is_taken():
    probe, asked = made_up_probe(), []

    def filter_of(share):
        asked.append(share)
        return (1 - share) * torch.eye(8, dtype=torch.float64)

    def worth(made):
        return float(made.layers[0].weight.norm() / probe.layers[0].weight.norm())

    share, made = largest_share(probe, filter_of, worth, may_lose=0.25, shares=(0.0, 0.1, 0.2, 0.5, 0.9))
    assert share == 0.2
    assert torch.allclose(made.layers[0].weight, 0.8 * probe.layers[0].weight)
    assert 0.9 not in asked, "what takes more is not tried once it is too much"


def test_a_probe_of_embeddings_as_they_are_is_refused():
    bare = Probe(PROBES["eyeglasses"], 8, Architecture((), normalised=False))
    with pytest.raises(ValueError, match="no mean"):
        filtered(bare, torch.eye(8, dtype=torch.float64))
