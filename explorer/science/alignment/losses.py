"""What the training makes small: eqs. 5.11 to 5.13, and what the thesis's outlook would add."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.alignment.localiser import POSE_NUMBERS


def fixed_pose_loss(numbers: Tensor, fixed: Tensor) -> dict[str, Tensor]:
    """Absolute errors of a localiser's numbers (B, 12 + D) against those of theta_fixed (12 + D,) (eq. 5.11).

    Returns:
        The mean of each part by name, "rotation", "translation", "scale" and "shape", and their sum as "loss".
    """
    apart = (numbers - fixed).abs()
    split = {"rotation": apart[:, :9], "translation": apart[:, 9:11], "scale": apart[:, 11:POSE_NUMBERS]}
    if numbers.shape[1] > POSE_NUMBERS:
        split["shape"] = apart[:, POSE_NUMBERS:]
    parts = {name: part.mean() for name, part in split.items()}
    return {"loss": _total(parts), **parts}


def identity_loss(logits: Tensor, people: Tensor) -> Tensor:
    """Cross-entropy of logits (B, C) over the people of the training set, (B,) (eq. 5.12)."""
    return F.cross_entropy(logits, people)


def shape_penalty(identity: Tensor) -> Tensor:
    """The mean squared length of weights of shape (B, D) (eq. 5.13, without lambda)."""
    return identity.square().sum(-1).mean()


def landmark_loss(found: Tensor, true: Tensor) -> Tensor:
    """The mean distance of landmarks (B, 14, 2) where the truth is known; 0 where it is of none."""
    known = true.isfinite().flatten(1).all(1)
    if not bool(known.any()):
        return found.sum() * 0
    return (found[known] - true[known]).square().sum(-1).add(1e-12).sqrt().mean()


def same_shape_loss(identity: Tensor, people: Tensor) -> Tensor:
    """How far a person's pictures differ in weights of shape (B, D): squared distances from the person's mean."""
    same = (people[:, None] == people[None]).to(identity)
    means = same @ identity / same.sum(1, keepdim=True)
    return (identity - means).square().sum(-1).mean()


def triplet_loss(units: Tensor, people: Tensor, margin: float) -> Tensor:
    """Of vectors (B, E) of length 1: the hardest other picture of each one's person against the nearest other person.

    Squared distances, batch-hard (Hermans et al. 2017). Those without another picture of theirs or another person in
    the batch do not count.
    """
    distances = (2 - 2 * units @ units.T).clamp_min(0)
    same = people[:, None] == people[None]
    itself = torch.eye(len(people), dtype=torch.bool, device=people.device)
    counts = (same & ~itself).any(1) & (~same).any(1)
    furthest = distances.masked_fill(~same | itself, -torch.inf).amax(1)
    nearest = distances.masked_fill(same, torch.inf).amin(1)
    if not bool(counts.any()):
        return units.sum() * 0
    return F.relu(furthest[counts] - nearest[counts] + margin).mean()


def _total(parts: Mapping[str, Tensor]) -> Tensor:
    return torch.stack(list(parts.values())).sum()
