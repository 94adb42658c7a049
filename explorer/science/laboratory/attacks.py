"""Adversarial attacks on what an encoder sees of photographs, step by step (Deep Face Decoder, sec. 4.3.3).

FGSM: Goodfellow et al. 2015; BIM: Kurakin et al. 2017; CW: Carlini and Wagner 2017, whose objective the paper follows
by one signed step as well. The gradient passes through the alignment, with the five points where they were found in
the photograph: finding them has no gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

import torch
from torch import Tensor

from explorer.science.laboratory.attack_goals import Goal
from explorer.science.laboratory.attack_optimised import optimised
from explorer.science.laboratory.attack_settings import AttackError, AttackSettings
from explorer.science.laboratory.attack_steps import Attacked, AttackStep, See, random_signs, with_gradient


def attack(see: See, image: Tensor, goal: Goal, settings: AttackSettings) -> Generator[AttackStep, None, Attacked]:
    """Alter pictures until an encoder sees in them what the goal wants. Closing the generator ends the attack.

    Args:
        see: maps pictures (B, 3, H, W) to embeddings (B, D), differentiably: `partial(encoder.embed, points=points)`,
            or a defence before that.
        image: (B, 3, H, W) RGB in [0, 1]; rows do not influence each other.
        goal: what is wanted.

    Yields:
        The photograph itself, and what it is after each step.

    Returns:
        The altered pictures, not yet rounded as saved pictures are (`explorer.science.laboratory.attacked_picture`).

    Raises:
        AttackError: the picture cannot be used, or, at the first step, the encoder gives no gradients or the goal lacks
            the threshold that the method needs.

    Example:
        >>> import torch
        >>> from explorer.science import Steps
        >>> from explorer.science.laboratory.attack_goals import SimilarityGoal
        >>> from explorer.science.laboratory.attack_settings import AttackSettings
        >>> from explorer.science.laboratory.attacks import attack
        >>> see = lambda image: image.mean((2, 3))  # an encoder that sees the mean colour
        >>> blue = SimilarityGoal(torch.tensor([0.0, 0.0, 1.0]), "cosine", threshold=0.9)
        >>> steps = Steps(attack(see, torch.full((1, 3, 8, 8), 0.5), blue, AttackSettings(budget=51)))
        >>> [round(step.score.item(), 2) for step in steps]
        [0.58, 0.86]
        >>> [round(colour, 2) for colour in steps.result.image[0, :, 0, 0].tolist()]
        [0.3, 0.3, 0.7]
    """
    if image.ndim != 4 or image.shape[1] != 3 or not image.numel() or not image.is_floating_point():
        raise AttackError(f"pictures of shape (B, 3, H, W) are attacked, in [0, 1]: these are {tuple(image.shape)}")
    if not bool(((image >= 0) & (image <= 1)).all()):
        raise AttackError("a picture to be attacked has values outside of [0, 1]: divide bytes by 255")
    how = optimised if settings.method == "cw-full" else _signed
    return how(see, image.detach(), goal, settings)


def _signed(see: See, image: Tensor, goal: Goal, settings: AttackSettings) -> Generator[AttackStep, None, Attacked]:
    """FGSM, BIM and one signed step of CW: x - step sign(gradient), within the budget about the photograph and [0, 1].

    At the photograph itself the squared length in CW's objective has no gradient: what the one step follows is f.
    """
    lost = _lost_of_cw(goal, settings) if settings.method == "cw" else goal.loss
    low, high = (image - settings.budget / 255).clamp(min=0), (image + settings.budget / 255).clamp(max=1)
    current = image
    for index in range(settings.count):
        embedding, gradient = with_gradient(see, current, lost)
        yield _step(index, settings.count, current, embedding, goal)
        if index == 0:
            begun = _begun(see, image, goal.flat(embedding), settings)
            if begun is not None:
                current = begun
                _, gradient = with_gradient(see, current, lost)
        moved = current - settings.step / 255 * gradient.sign()
        current = torch.minimum(torch.maximum(moved, low), high)
    with torch.no_grad():
        last = _step(settings.count, settings.count, current, see(current), goal)
    yield last
    return Attacked(last.image, last.score, last.reached)


def _lost_of_cw(goal: Goal, settings: AttackSettings) -> Callable[[Tensor], Tensor]:
    return lambda embedding: goal.margin(embedding).clamp(min=-settings.confidence)


def _begun(see: See, image: Tensor, flat: Tensor, settings: AttackSettings) -> Tensor | None:
    """Where rows begin that cannot begin at the photograph (Tramer et al. 2018, R+FGSM); None where all can."""
    rows = torch.ones_like(flat) if settings.random_start else flat
    if not bool(rows.any()):
        return None
    return random_signs(see, image, rows, settings.budget / 2 / 255, settings.seed)


def _step(index: int, total: int, image: Tensor, embedding: Tensor, goal: Goal) -> AttackStep:
    return AttackStep(index, total, image, goal.score(embedding), goal.reached(embedding))
