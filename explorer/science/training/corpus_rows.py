"""The samples of a shard as tensors whose first axis runs over the faces.

index, base, split   number of the sample, of the base face it belongs to, and place in SPLITS
seed, view_seed      of z, and of the second view's camera
psi, crossover       truncation, and the first style layer of the other w (0: none)
z, w                 (N, 512), exactly as drawn; w behind truncation and edit
mixed_rows, mixed_w  the rows that mix, and their other w
first/X, second/X    points (N, 5, 2) of each view's picture, and the embedding (N, D) under each encoder
labels/X             each label of the first view
repeat_rows          the rows whose second view is labelled too: repeat/X
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from explorer.science.leakage.labels import stacked
from explorer.science.training.corpus import SPLITS, CorpusSample, SamplePlan, View, ViewPair


def rows(plans: Sequence[SamplePlan], made: Sequence[CorpusSample]) -> dict[str, Tensor]:
    """The tensors of a shard's samples, in the given order."""
    mixed = [row for row, one in enumerate(made) if one.latents.other_w is not None]
    return {
        "index": torch.tensor([one.index for one in plans]),
        "base": torch.tensor([one.base for one in plans]),
        "split": torch.tensor([SPLITS.index(one.split) for one in plans], dtype=torch.uint8),
        "seed": torch.tensor([one.seed for one in plans]),
        "psi": torch.tensor([one.psi for one in plans]),
        "crossover": torch.tensor([one.crossover for one in plans], dtype=torch.uint8),
        "z": torch.stack([one.latents.z for one in made]).cpu(),
        "w": torch.stack([one.latents.w for one in made]).cpu(),
        "mixed_rows": torch.tensor(mixed, dtype=torch.int64),
        "mixed_w": _stack([made[row].latents.other_w for row in mixed], made[0].latents.w),
    } | seen_rows([one.seen for one in made])


def seen_rows(seen: Sequence[ViewPair]) -> dict[str, Tensor]:
    """The tensors of what was seen of faces, generated or photographed; without `labels/X` where none was labelled."""
    repeated = [row for row, one in enumerate(seen) if one.second.labels is not None]
    tensors = {
        "view_seed": torch.tensor([one.view_seed for one in seen]),
        "repeat_rows": torch.tensor(repeated, dtype=torch.int64),
    }
    tensors |= _view("first", [one.first for one in seen]) | _view("second", [one.second for one in seen])
    tensors |= _labels("labels", [one.first for one in seen])
    if repeated:
        tensors |= _labels("repeat", [seen[row].second for row in repeated])
    return tensors


def _stack(vectors: Sequence[Tensor | None], like: Tensor) -> Tensor:
    found = [vector.cpu() for vector in vectors if vector is not None]
    return torch.stack(found) if found else like.cpu().new_zeros((0, *like.shape))


def _view(name: str, views: Sequence[View]) -> dict[str, Tensor]:
    tensors = {f"{name}/points": torch.stack([torch.from_numpy(view.points) for view in views])}
    for encoder in views[0].embeddings:
        tensors[f"{name}/{encoder}"] = torch.stack([view.embeddings[encoder] for view in views])
    return tensors


def _labels(name: str, views: Sequence[View]) -> dict[str, Tensor]:
    found = [view.labels for view in views if view.labels is not None]
    arrays = stacked(found) if found else {}
    return {f"{name}/{label}": torch.from_numpy(values) for label, values in arrays.items()}
