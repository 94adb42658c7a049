"""Embeddings to ask a network for that is trained by identity alone: no face needs to have them.

Photographs differ from each other in other directions than generated faces do: of the variance of arcface-mbf's
embeddings of photographs 22 % lies in the first 50 principal directions of generated ones, of the variance of these
52 %. A network that is asked for nothing else never learns to move a face in the directions that count. Embeddings of
generated faces are therefore mixed with or set apart from each other, rid of what they share, spread into their weaker
directions, and turned towards none in particular: divided by the spread along each principal direction to a power of
0.4 to 1, they have 17 to 38 % of their variance in the first 50, to both sides of the photographs. Photographs, where
there are some, are mixed as they are, for theirs are the right directions already.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.training.augmentation import shared_direction

# Every so many generated faces, and people with photographs, are held out.
_HELD_OUT = 10
# What is added to the variance along each direction, as a share of the mean variance: few faces make some look empty.
_FLOOR = 0.1


@dataclass(frozen=True)
class Asking:
    """How targets are made of embeddings.

    plain: share of the generated faces' targets that are asked for as they are.
    power: from what to what; the variance along each principal direction is divided by itself to this power.
    aimless: up to so much of a target's length is a direction that no face has given.
    apart: share of mixtures in which the other face is taken away in place of added.
    real: share of the targets that are made of photographs, where there are some.
    """

    plain: float = 0.25
    power: tuple[float, float] = (0.4, 1.0)
    aimless: float = 0.6
    apart: float = 0.25
    real: float = 0.5


@dataclass(frozen=True, eq=False)
class Photographed:
    """Photographs to learn from. embeddings: (M, D). people: (M,) whose each is, as numbers."""

    embeddings: Tensor
    people: Tensor


class IdentityTargets:
    """Makes targets of embeddings; a tenth of the faces and of the people stands apart, to judge by.

    Args:
        generated: (N, D) embeddings of generated faces, N at least 20.
        photographs: real ones; never of people that judge.

    Raises:
        ValueError: there are too few faces.
    """

    def __init__(self, generated: Tensor, asking: Asking, photographs: Photographed | None = None) -> None:
        if len(generated) < 2 * _HELD_OUT:
            raise ValueError(f"{len(generated)} generated faces are too few to ask for: make {2 * _HELD_OUT} at least")
        self.dimension, self._asking = generated.shape[1], asking
        faces = F.normalize(generated.float(), dim=-1)
        apart = torch.arange(len(faces)) % _HELD_OUT == 0
        self.generated, self.unseen_generated = faces[~apart], faces[apart]
        self.photographs, self.unseen_photographs = _by_people(photographs)
        mean = self.generated.mean(0)
        # Where faces lie to one side for every picture, that is the encoder's, and stays.
        self._mean, self._shared = mean, bool(shared_direction(self.generated).any())
        self._fit(self.generated - mean)

    def _fit(self, deviations: Tensor) -> None:
        values, self._directions = torch.linalg.eigh((deviations.T @ deviations / len(deviations)).double().cpu())
        variance = values.float().clamp_min(0)
        self._variance = variance + _FLOOR * variance.mean()
        self._directions = self._directions.float()

    def draw(self, count: int, random: torch.Generator) -> Tensor:
        """Targets to learn from: (count, D), of length 1, all of them by chance from `random`."""
        return self._drawn(count, self.generated, self.photographs, random)

    def unseen(self, count: int, seed: int) -> dict[str, Tensor]:
        """Targets to judge by, (count, D) at most, by what they are made of: nothing of them was learnt from."""
        random = torch.Generator().manual_seed(seed)
        found = {
            "unseen generated faces": self.unseen_generated[:count],
            "unseen targets": self._drawn(count, self.unseen_generated, None, random),
        }
        if self.unseen_photographs is not None:
            found["unseen photographs"] = self.unseen_photographs[:count]
        return found

    def _drawn(self, count: int, faces: Tensor, photographs: Tensor | None, random: torch.Generator) -> Tensor:
        chance = torch.rand(count, generator=random)
        targets = F.normalize(self._spread(faces, count, random), dim=-1)
        if photographs is not None:
            real = F.normalize(self._mixed(photographs, count, random), dim=-1)
            targets = torch.where((chance < self._asking.real)[:, None], real, targets)
        return targets

    def _spread(self, faces: Tensor, count: int, random: torch.Generator) -> Tensor:
        """Mixtures of generated faces, spread as the head of this file says, but for a share of them."""
        asking = self._asking
        plain = torch.rand(count, 1, generator=random) < asking.plain
        known = faces[torch.randint(len(faces), (count,), generator=random)]
        kept = 1 - torch.rand(count, 1, generator=random) if self._shared else torch.ones(count, 1)
        power = asking.power[0] + (asking.power[1] - asking.power[0]) * torch.rand(count, 1, generator=random)
        deviations = self._mixed(faces - self._mean, count, random)
        length = (faces - self._mean).norm(dim=1).mean()
        spread = (deviations @ self._directions) * self._variance ** (-power / 2) @ self._directions.T
        aimless = asking.aimless * torch.rand(count, 1, generator=random)
        anywhere = F.normalize(torch.randn(count, self.dimension, generator=random), dim=-1)
        turned = (1 - aimless.square()).sqrt() * F.normalize(spread, dim=-1) + aimless * anywhere
        return torch.where(plain, known, kept * self._mean + length * turned)

    def _mixed(self, rows: Tensor, count: int, random: torch.Generator) -> Tensor:
        """Of pairs of rows: the larger share of the one, and the rest of the other added or taken away."""
        first, second = torch.randint(len(rows), (2, count), generator=random)
        share = 0.5 + 0.5 * torch.rand(count, 1, generator=random)
        sign = torch.where(torch.rand(count, 1, generator=random) < self._asking.apart, -1.0, 1.0)
        # A face less itself would be nothing.
        other = torch.where((first == second)[:, None], torch.zeros(()), sign * rows[second])
        return share * rows[first] + (1 - share) * other


def _by_people(photographs: Photographed | None) -> tuple[Tensor | None, Tensor | None]:
    """Embeddings of length 1 to learn from and to judge by, never of the same person; the latter of one in ten."""
    if photographs is None:
        return None, None
    embeddings = F.normalize(photographs.embeddings.float(), dim=-1)
    apart = torch.isin(photographs.people, photographs.people.unique()[_HELD_OUT - 1 :: _HELD_OUT])
    return embeddings[~apart], embeddings[apart] if apart.any() else None
