"""A search that goes by answers alone: covariance matrix adaptation (Hansen & Ostermeier 2001) along directions of W.

W has 512 coordinates, of which faces differ along few: in its principal directions a search of a few hundred questions
gets somewhere, where in all of them it would not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from explorer.science.generation.generator import Generator as FaceGenerator

_SAMPLES = 4000


def principal_directions(generator: FaceGenerator, count: int) -> Tensor:
    """The directions along which W varies most, each as long as its standard deviation.

    Args:
        count: how many; at most K.

    Returns:
        (count, K), of 4,000 draws with seed 0; the first is the longest.
    """
    w = generator.sample(_SAMPLES, 0, 1.0)[1].double().cpu()
    values, vectors = torch.linalg.eigh((w - w.mean(0)).T @ (w - w.mean(0)) / (len(w) - 1))
    largest = values.argsort(descending=True)[:count]
    directions: Tensor = (vectors[:, largest] * values[largest].clamp_min(0).sqrt()).T.float()
    return directions


class Evolution:
    """Proposes latents around one, and learns from what each was worth.

    Args:
        start: (K,), or (L, K) with one w for each style layer; what is learnt moves all layers alike.
        directions: (M, K), M at least 2, each as long as one unit of the search.
        seed: of the proposals. step: how far the first ones lie from the start, in those units.

    Attributes:
        size: how many are proposed at a time.
        best: the latent that was worth most, the start's shape; the start itself until one was worth more.
        worth: what that was worth; minus infinity before the first is known.

    Raises:
        ModuleNotFoundError: `cma` is not installed.
        ValueError: there are fewer than two directions, or they do not fit the start.
    """

    def __init__(self, start: Tensor, directions: Tensor, seed: int, step: float = 0.3) -> None:
        if directions.ndim != 2 or len(directions) < 2 or directions.shape[-1] != start.shape[-1]:
            raise ValueError(f"directions {tuple(directions.shape)} do not fit a latent {tuple(start.shape)}")
        import cma

        self._start, self._directions = start.detach().float().cpu(), directions.float().cpu()
        self.size = 4 + math.floor(3 * math.log(len(directions)))
        # Its own seed would be set for all of numpy.
        random = np.random.default_rng(seed)
        drawn = lambda *shape: random.standard_normal(shape)  # noqa: E731 - it is called as numpy's own function is
        options = {"popsize": self.size, "randn": drawn, "seed": math.nan, "verbose": -9}
        self._search = cma.CMAEvolutionStrategy(np.zeros(len(directions)), step, options)
        self._asked: list[np.ndarray[tuple[int], np.dtype[np.float64]]] = []
        self.best, self.worth = self._start, -math.inf

    def ask(self) -> Tensor:
        """The next latents, (size, ...)."""
        self._asked = self._search.ask()
        return torch.stack([self._latent(one) for one in self._asked])

    def tell(self, worth: Sequence[float | None]) -> None:
        """Say what each of the latents asked for last was worth, the more the better; None where it was refused."""
        for one, value in zip(self._asked, worth, strict=True):
            if value is not None and value > self.worth:
                self.best, self.worth = self._latent(one), value
        known = [value for value in worth if value is not None]
        # What was refused is worth less than the worst, and all of it the same.
        refused = (min(known) if known else 0.0) - 1.0
        self._search.tell(self._asked, [-(refused if value is None else value) for value in worth])

    def _latent(self, coordinates: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Tensor:
        moved: Tensor = torch.from_numpy(np.asarray(coordinates)).float() @ self._directions
        return self._start + moved
