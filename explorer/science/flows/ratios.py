"""By how much a bijection stretches distances: what is claimed in eq. 6 to 9, measured on pairs of pictures.

The paper infers bounds from the map being one to one, which does not give any; here stands what they would have to be
for the pairs that were looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.science.errors import LikenessError
from explorer.science.flows.bijection import Bijection

PAIRS = 10_000
# Pictures that are mapped, and pairs that are compared, at once.
_AT_ONCE, _PAIRS_AT_ONCE = 64, 512


class RatioError(LikenessError, ValueError):
    """Pictures of which no pair differs; the message says so."""


@dataclass(frozen=True, eq=False)
class DistanceRatios:
    """Pairs of pictures: `pixels` (P,) and `latents` (P,), both Euclidean distances, and whether they are of the `same`
    person (P,).

    Example:
        >>> import torch
        >>> from explorer.science.flows.ratios import DistanceRatios
        >>> found = DistanceRatios(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 2.0]), torch.tensor([True, False]))
        >>> found.smallest, found.largest
        (1.0, 3.0)
    """

    pixels: Tensor
    latents: Tensor
    same: Tensor

    @property
    def ratios(self) -> Tensor:
        """(P,) latent to pixel distance."""
        return self.latents / self.pixels

    @property
    def smallest(self) -> float:
        """What 1 / L' of eq. 9 is at most."""
        return float(self.ratios.min())

    @property
    def largest(self) -> float:
        """What L of eq. 9 is at least."""
        return float(self.ratios.max())


def distance_ratios(
    bijection: Bijection, pictures: Tensor, people: Tensor, count: int = PAIRS, seed: int = 0
) -> DistanceRatios:
    """Compare distances of pictures with those of their latents, over pairs drawn by chance.

    Args:
        pictures: (N, C, S, S) in [0, 1]. people: (N,) whose each is.
        count: pairs; all there are where there are fewer. Pairs of equal pictures are left out.

    Raises:
        RatioError: no two pictures differ.
    """
    first, second = pairs_of(len(pictures), count, seed)
    pixels = _between(pictures.flatten(1), first, second)
    between = _between(latents_of(bijection, pictures), first, second)
    apart = pixels > 0
    if not bool(apart.any()):
        raise RatioError(f"of {len(pictures)} pictures no two differ: give others")
    same = people[first] == people[second]
    return DistanceRatios(pixels[apart], between[apart], same[apart])


def _between(vectors: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Euclidean distances of the rows `first` and `second` of (N, D): (P,)."""
    parts = zip(first.split(_PAIRS_AT_ONCE), second.split(_PAIRS_AT_ONCE), strict=True)
    return torch.cat([torch.linalg.vector_norm(vectors[one] - vectors[other], dim=1) for one, other in parts])


def pairs_of(pictures: int, count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Different pairs of so many pictures, each once: two times (P,), the smaller number first."""
    total = pictures * (pictures - 1) // 2
    numbers = np.random.default_rng(seed).choice(total, min(count, total), replace=False)
    # Pairs are numbered by their larger picture, and from 0 for each: k (k - 1) / 2 lie before the first of picture k.
    second = np.floor((1 + np.sqrt(1 + 8 * numbers.astype(np.float64))) / 2).astype(np.int64)
    first = numbers - second * (second - 1) // 2
    return torch.from_numpy(first), torch.from_numpy(second)


@torch.no_grad()
def latents_of(bijection: Bijection, pictures: Tensor) -> Tensor:
    """Latents (N, D) of pictures (N, C, S, S), on the CPU."""
    device = next(bijection.parameters()).device
    return torch.cat([bijection.latents(part.to(device)).cpu() for part in pictures.split(_AT_ONCE)])
