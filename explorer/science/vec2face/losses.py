"""What generator and critic lose (Vec2Face-v2, eq. 15 to 18).

Norms are sums over numbers, as printed. By the Euclidean length of their slopes, with which eq. 17 binds the critic,
the terms of eq. 16 are of one order so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from explorer.science.flows.bijection import Bijection
from explorer.science.flows.distances import Form, contrastive_loss, latent_distance
from explorer.science.shares import drawn, whole

TERMS = ("biject", "distill", "adversarial", "reconstruction")
"""The terms of eq. 16, in its order."""


def scale_weights(scale: int, scales: int, alpha: float, beta: float) -> dict[str, float]:
    """Eq. 18: the weights of the terms at a scale, counted from 1.

    Raises:
        ValueError: there is no such scale.

    Example:
        >>> from explorer.science.vec2face import scale_weights
        >>> {name: round(weight, 3) for name, weight in scale_weights(5, 5, 0.001, 1.0).items()}
        {'biject': 0.001, 'distill': 1.0, 'adversarial': 148.413, 'reconstruction': 1.0}
    """
    if not 1 <= scale <= scales:
        raise ValueError(f"scale {scale} is none of the {scales}: they are counted from 1")
    falling = math.exp(scales - scale)
    return dict(zip(TERMS, (alpha * falling, falling, beta * math.exp(scale), falling), strict=True))


def gradient_penalty(critic: Callable[[Tensor], Tensor], real: Tensor, made: Tensor) -> Tensor:
    """The last term of eq. 17 without its weight: how far the critic's slope between pictures is from 1, squared.

    The places between real and made pictures are drawn by torch's random numbers, one for each pair.

    Args:
        critic: pictures to (B,). real, made: (B, ...).

    Returns:
        (B,), to be differentiated once more.

    Example:
        >>> import torch
        >>> from explorer.science.vec2face import gradient_penalty
        >>> three = lambda pictures: 3 * pictures[:, 0]
        >>> gradient_penalty(three, torch.zeros(2, 4), torch.ones(2, 4)).tolist()
        [4.0, 4.0]
    """
    share = drawn(len(real), lambda rows: torch.rand(rows, *[1] * (real.ndim - 1))).to(real.device)
    between = torch.lerp(real.detach(), made.detach(), share).requires_grad_()
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    # The root's own slope is without bound at zero, where a new critic may be flat.
    return ((slope.flatten(1).square().sum(1) + 1e-12).sqrt() - 1).square()


def critic_losses(critic: Callable[[Tensor], Tensor], real: Tensor, made: Tensor, penalty: float) -> dict[str, Tensor]:
    """Eq. 17 of pictures (B, 3, S, S); "apart" is how much higher real ones are judged."""
    apart = critic(real).mean() - critic(made.detach()).mean()
    slope = gradient_penalty(critic, real, made).mean()
    return {"loss": penalty * slope - apart, "apart": apart, "slope": slope}


def distillation_distance(
    one: Sequence[Tensor], other: Sequence[Tensor], block_weight: float, vector_weight: float
) -> Tensor:
    """Eq. 15 of two batches, (B,).

    Args:
        one, other: what each block of the student says of them, the last being its vector (B, D).
        block_weight, vector_weight: lambda_j and lambda_a.
    """
    parts = [
        torch.linalg.vector_norm((a - b).flatten(1), dim=1) / a[0].numel() for a, b in zip(one, other, strict=True)
    ]
    turned = (1 - torch.cosine_similarity(one[-1], other[-1])).square()
    return block_weight * torch.stack(parts).sum(0) + vector_weight * turned


def bijective_distance(
    bijection: Bijection,
    made: Tensor,
    real: Tensor,
    people: Tensor,
    margin: float,
    form: Form = "separating",
    count: int | None = None,
) -> Tensor:
    """The two expectations of the bijective term in eq. 16, (B,): eq. 10 of each picture and its own, eq. 11 of
    neighbours among those that were made.

    Args:
        made, real: (B, C, S, S) in [0, 1], as the metric takes them. people: (B,) whose they are.
        margin: m, a number of the latent.
        count: where processes share a batch, how many of its first pictures are compared; all if None.
    """
    latents, people = whole(bijection.latents(made), count), whole(people, count)
    with torch.no_grad():
        wanted = whole(bijection.latents(real), count)
    same = people == people.roll(1)
    apart = latent_distance(latents, latents.roll(1, 0))
    return latent_distance(latents, wanted) + contrastive_loss(apart, same, margin * latents.shape[1], form)


def reconstruction_distance(made: Tensor, real: Tensor) -> Tensor:
    """The last line of eq. 16, (B,): the sum of absolute differences of pictures (B, 3, S, S)."""
    return (made - real).abs().flatten(1).sum(1)
