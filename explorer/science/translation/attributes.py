"""Faces with known classes: what handles are made for. A class is -1 or 1: absent or there, female or male, younger or
older."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

# What the corpus tells two classes of, and what those are called: -1, then 1.
CLASSES: Mapping[str, tuple[str, str]] = {
    "smiling": ("not smiling", "smiling"),
    "gender": ("female", "male"),
    "age": ("younger", "older"),
    "eyeglasses": ("none", "worn"),
    "hat": ("none", "worn"),
}


@dataclass(frozen=True, eq=False)
class LabelledStyles:
    """N faces of a generator by their latents, with their classes.

    w: (N, K). other: (N, K), which the layers take from `crossover` (N,) on; 0 where one w has all.
    layers: L. split: (N,) places in `SPLITS` of the corpus. classes: (N,) of -1 and 1, by attribute.
    """

    w: Tensor
    other: Tensor
    crossover: Tensor
    layers: int
    split: Tensor
    classes: Mapping[str, Tensor]

    def __len__(self) -> int:
        return len(self.w)

    def styles(self, rows: Tensor) -> Tensor:
        """The styles (n, L, K) of some faces."""
        crossover = self.crossover[rows, None]
        mixed = (torch.arange(self.layers) >= crossover) & (crossover > 0)
        return torch.where(mixed[..., None], self.other[rows, None], self.w[rows, None])

    def only(self, split: int) -> LabelledStyles:
        """The faces of one split."""
        return self[torch.nonzero(self.split == split)[:, 0]]

    def __getitem__(self, rows: Tensor) -> LabelledStyles:
        classes = {name: values[rows] for name, values in self.classes.items()}
        tensors = (self.w[rows], self.other[rows], self.crossover[rows])
        return LabelledStyles(*tensors, self.layers, self.split[rows], classes)

    def signs(self, names: Sequence[str]) -> Tensor:
        """The classes (N, A) of some attributes."""
        return torch.stack([self.classes[name] for name in names], 1)


def balanced_rows(signs: Tensor, count: int) -> Tensor:
    """Faces of a batch (count,), by torch's random numbers: each attribute in turn, its classes as often as each other.

    Rare classes would else hardly be seen (DIFFUSE 5.2.2).

    Args:
        signs: (N, A) of -1 and 1.

    Example:
        >>> import torch
        >>> from explorer.science.translation.attributes import balanced_rows
        >>> rare = torch.tensor([[1.0], [-1.0], [-1.0], [-1.0]])
        >>> _ = torch.manual_seed(0)
        >>> 40 < int((balanced_rows(rare, 100) == 0).sum()) < 60
        True
    """
    chosen = list[Tensor]()
    for place in range(count):
        of_attribute = signs[:, place % signs.shape[1]]
        wanted = 1.0 if bool(torch.rand(()) < 0.5) else -1.0
        some = torch.nonzero(of_attribute == wanted)[:, 0]
        some = some if len(some) else torch.arange(len(signs))
        chosen.append(some[torch.randint(len(some), ())])
    return torch.stack(chosen)
