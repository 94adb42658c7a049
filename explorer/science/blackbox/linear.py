"""A linear map from one encoder's embeddings to another's, by ridge regression (Hoerl & Kennard 1970).

Encoders that were trained for the same end come to much the same space up to a linear map (McNeely-White et al. 2020).
Four hundred faces suffice to lead from dlib's ResNet into MobileFaceNet so that each of a hundred new faces is found
by its translated vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

# Penalties tried, as shares of the mean variance of what is mapped.
RIDGES = (1e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 3.0, 10.0)
# Fewer faces than these say nothing of the ones held out.
FEWEST = 20
_HELD_OUT = 5


@dataclass(frozen=True, eq=False)
class LinearMap:
    """x to centre_out + (x - centre_in) weight.

    centre_in: (D,). weight: (D, E). centre_out: (E,); all float32.
    ridge: the penalty, of those tried, that was best on the faces held out.
    held_out: cosine there between what was mapped and what it should be, both less `centre_out`, in the mean.
    faces: how many it was fitted on, those held out while the penalty was chosen included.

    Example:
        >>> import torch
        >>> from explorer.science.blackbox import LinearMap
        >>> shift = LinearMap(torch.zeros(2), torch.eye(2), torch.ones(2), ridge=0.1, held_out=1.0, faces=100)
        >>> shift(torch.tensor([[1.0, 2.0]])).tolist()
        [[2.0, 3.0]]
    """

    centre_in: Tensor
    weight: Tensor
    centre_out: Tensor
    ridge: float
    held_out: float
    faces: int

    def __call__(self, vectors: Tensor) -> Tensor:
        """(..., D) to (..., E); gradients flow."""
        return self.centre_out + self.offset(vectors)

    def offset(self, vectors: Tensor) -> Tensor:
        """(..., D) to how far they lead away from the mean of what was learnt, (..., E)."""
        mapped: Tensor = (vectors - self.centre_in) @ self.weight
        return mapped

    def to(self, device: torch.device | str) -> LinearMap:
        """The same on another device."""
        tensors = (self.centre_in.to(device), self.weight.to(device), self.centre_out.to(device))
        return LinearMap(*tensors, ridge=self.ridge, held_out=self.held_out, faces=self.faces)


def fit_linear(vectors: Tensor, wanted: Tensor, ridges: Sequence[float] = RIDGES) -> LinearMap:
    """Learn to map embeddings to those of another encoder.

    The penalty is the one that maps each fifth face best after learning from the others; the map is then fitted on all.

    Args:
        vectors: (N, D). wanted: (N, E), of the same faces.
        ridges: penalties to choose from, as shares of the mean variance of the vectors.

    Raises:
        ValueError: there are fewer than 20 faces, or numbers that are not finite.

    Example:
        >>> import torch
        >>> from explorer.science.blackbox import fit_linear
        >>> vectors = torch.randn(200, 8, generator=torch.Generator().manual_seed(0))
        >>> turned = vectors.flip(1) + 5
        >>> found = fit_linear(vectors, turned)
        >>> bool((found(vectors) - turned).abs().max() < 0.01)
        True
    """
    if len(vectors) < FEWEST or len(vectors) != len(wanted):
        raise ValueError(f"a map is learnt from at least {FEWEST} faces, each known on both sides, not {len(vectors)}")
    x, y = vectors.double().cpu(), wanted.double().cpu()
    if not bool(x.isfinite().all() and y.isfinite().all()):
        raise ValueError("embeddings to learn a map from must be finite")
    apart = torch.arange(len(x)) % _HELD_OUT == _HELD_OUT - 1
    learning = _Ridge(x[~apart], y[~apart])
    reached = {ridge: _agreement(learning, ridge, x[apart], y[apart]) for ridge in ridges}
    best = max(reached, key=lambda ridge: reached[ridge])
    whole = _Ridge(x, y)
    return LinearMap(
        whole.centre_in.float(),
        whole.weight(best).float(),
        whole.centre_out.float(),
        ridge=best,
        held_out=reached[best],
        faces=len(x),
    )


class _Ridge:
    """Solves for every penalty at the cost of one: the vectors' scatter is taken apart once."""

    def __init__(self, x: Tensor, y: Tensor) -> None:
        self.centre_in, self.centre_out = x.mean(0), y.mean(0)
        inner = x - self.centre_in
        self._values, self._vectors = torch.linalg.eigh(inner.T @ inner)
        self._values = self._values.clamp_min(0)
        self._against = self._vectors.T @ (inner.T @ (y - self.centre_out))

    def weight(self, ridge: float) -> Tensor:
        """(D, E)."""
        penalty = (ridge * self._values.mean()).clamp_min(torch.finfo(torch.float64).tiny)
        weight: Tensor = self._vectors @ (self._against / (self._values + penalty)[:, None])
        return weight


def _agreement(learnt: _Ridge, ridge: float, x: Tensor, y: Tensor) -> float:
    mapped = (x - learnt.centre_in) @ learnt.weight(ridge)
    return float(F.cosine_similarity(mapped, y - learnt.centre_out, dim=-1).mean())
