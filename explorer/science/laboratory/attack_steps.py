"""What attacks of every kind have in common: the step that they yield, their gradient, and where they begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.science.laboratory.attack_settings import AttackError

See = Callable[[Tensor], Tensor]
"""Maps pictures (B, 3, H, W) in [0, 1] to embeddings (B, D), differentiably."""


@dataclass(frozen=True, eq=False)
class AttackStep:
    """An attack after a step, 0 being the photograph itself.

    total: steps at most. image: (B, 3, H, W) in [0, 1].
    score: (B,) of the goal: a similarity, a distance or a probability. reached: (B,) bool.
    """

    index: int
    total: int
    image: Tensor
    score: Tensor
    reached: Tensor


@dataclass(frozen=True, eq=False)
class Attacked:
    """Altered pictures (B, 3, H, W) in [0, 1], not yet of 8 bits, with their goal's score (B,) and whether they reach
    it (B,)."""

    image: Tensor
    score: Tensor
    reached: Tensor


def with_gradient(see: See, image: Tensor, lost: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor]:
    """Embeddings (B, D), detached, and the gradient (B, 3, H, W) of their losses in the pictures.

    Raises:
        AttackError: there is no gradient, or it is no number.
    """
    with torch.enable_grad():
        leaf = image.detach().requires_grad_()
        embedding = see(leaf)
        if not embedding.requires_grad:
            raise AttackError("the encoder gives no gradients to follow: attack another one")
        (gradient,) = torch.autograd.grad(lost(embedding).sum(), leaf)
    if not bool(gradient.isfinite().all()):
        raise AttackError("the encoder's gradient is not finite at this picture: attack another encoder or photograph")
    return embedding.detach(), gradient


def random_signs(see: See, image: Tensor, rows: Tensor, size: float, seed: int) -> Tensor:
    """Add to the rows (B,) of pictures (B, 3, H, W) a value of this size with random signs, the same in every row, and
    stay in [0, 1]. What the encoder does not look at stays as it is."""
    drawn = torch.rand(image.shape[1:], generator=torch.Generator().manual_seed(seed)) < 0.5
    signs = torch.where(drawn, -1.0, 1.0).to(image)
    _, looked_at = with_gradient(see, image, lambda embedding: embedding)
    changed = rows[:, None, None, None] & (looked_at != 0)
    return torch.where(changed, (image + size * signs).clamp(0, 1), image)
