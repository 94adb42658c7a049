"""The area under the ROC curve of pairs against counting them one by one, and its interval by person."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.science.evaluation.verification import verification
from explorer.science.recognition.score_reference import score_matrix


def drawn(people: int, each: int, spread: float, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(seed)
    whose = torch.arange(people * each) // each
    faces = torch.randn(people, 8, generator=random)[whose]
    return faces + spread * torch.randn(len(whose), 8, generator=random), whose


@pytest.mark.parametrize("measure", ["cosine", "euclidean"])
def test_the_area_is_the_share_of_pairs_that_are_ranked_rightly(measure) -> None:
    embeddings, whose = drawn(6, 4, 1.0)
    scores = score_matrix(embeddings, embeddings, measure).numpy() * (1 if measure == "cosine" else -1)
    upper = np.triu(np.ones_like(scores, bool), 1)
    alike = (whose[:, None] == whose[None]).numpy()
    same, different = scores[upper & alike], scores[upper & ~alike]
    right = (same[:, None] > different).mean() + (same[:, None] == different).mean() / 2
    found = verification(embeddings, whose * 7 - 3, measure)
    assert found.area == pytest.approx(right, abs=2e-3)
    assert (found.same, found.different) == (len(same), len(different))


def test_chance_is_a_half_and_its_interval_holds_it() -> None:
    embeddings, whose = drawn(30, 4, 0.0, seed=1)
    noise = torch.randn(len(whose), 8, generator=torch.Generator().manual_seed(2))
    found = verification(noise, whose, "cosine")
    assert found.low < 0.5 < found.high
    assert abs(found.area - 0.5) < 0.1
    assert verification(embeddings + 1e-3 * noise, whose, "cosine")[:3] == (1.0, 1.0, 1.0)


def test_the_interval_follows_the_people_and_not_the_photographs() -> None:
    few, many = (verification(*drawn(people, 40 // people * 2, 1.2, seed=3), "cosine") for people in (5, 20))
    assert few.low < few.area < few.high
    assert few.high - few.low > many.high - many.low


@pytest.mark.parametrize("people", [[0, 0, 0], [0, 1, 2]])
def test_what_has_no_pair_of_one_kind_is_refused(people: list[int]) -> None:
    with pytest.raises(ValueError, match="two people"):
        verification(torch.randn(3, 4), torch.tensor(people), "cosine")
