"""Labelled, embedded faces in memory: what recipes need of a corpus, however it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.science.training.corpus import SPLITS, Split

# Every so many base faces of the training split choose between candidates and say when to stop.
_VALIDATION = 10


@dataclass(frozen=True, eq=False)
class Dataset:
    """N faces; the first axis of every tensor runs over them.

    base: (N,) the base face that each is, or is an edit of. split: (N,) uint8, places in SPLITS.
    edited: (N,) bool, whether w was moved along an attribute's direction.
    first, second: (N, D) embeddings by encoder, of the picture and of what a random camera made of it; `second` is
        empty where there is none.
    labels: by the name of the label, of the first view.
    w: (N, 512), and z: (N, 512); None for photographs.
    single: (N,) bool, whether w alone draws the face. untruncated: (N,) bool, whether psi was 1.

    Example:
        >>> import torch
        >>> from explorer.science.training import Dataset
        >>> number = torch.arange(20)
        >>> data = Dataset(number, torch.zeros(20, dtype=torch.uint8), torch.zeros(20, dtype=torch.bool), {}, {}, {})
        >>> learnt_from, validation = data.train_val_indices()
        >>> sorted(torch.cat([learnt_from, validation]).tolist()) == number.tolist()
        True
    """

    base: Tensor
    split: Tensor
    edited: Tensor
    first: Mapping[str, Tensor]
    second: Mapping[str, Tensor]
    labels: Mapping[str, Tensor]
    w: Tensor | None = None
    z: Tensor | None = None
    single: Tensor | None = None
    untruncated: Tensor | None = None

    def __len__(self) -> int:
        return len(self.base)

    def rows(self, split: Split) -> Tensor:
        """The rows of a split, (M,) int64."""
        return torch.nonzero(self.split == SPLITS.index(split))[:, 0]

    def train_val_indices(self) -> tuple[Tensor, Tensor]:
        """The training split's rows in two: those that are learnt from, and those, unedited, for validation.

        All edits of a base face are on its side.
        """
        rows = self.rows("train")
        held_out = self.base[rows] % _VALIDATION == 0
        validation = rows[held_out]
        return rows[~held_out], validation[~self.edited[validation]]
