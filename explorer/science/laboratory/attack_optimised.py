"""The whole optimisation of Carlini and Wagner 2017, sec. V: the shortest perturbation that reaches the goal."""

from __future__ import annotations

from collections.abc import Generator

import torch
from torch import Tensor

from explorer.science.laboratory.attack_goals import Goal
from explorer.science.laboratory.attack_settings import AttackSettings
from explorer.science.laboratory.attack_steps import Attacked, AttackStep, See, random_signs, with_gradient

# Keeps atanh finite at black and white, as in the authors' own code.
_WITHIN = 0.999999
# Where the photograph itself has no gradient: the least that a saved picture can show.
_BEGINNING = 1 / 255
# So often in one optimisation it is looked whether the objective still falls.
_LOOKS = 10


def optimised(see: See, image: Tensor, goal: Goal, settings: AttackSettings) -> Generator[AttackStep, None, Attacked]:
    """Minimise |x' - x|^2 + c max(margin, -confidence) by Adam over w, where x' = (tanh w + 1) / 2.

    A row ends as soon as its objective no longer falls. Where several searches are wanted, c is found by bisection:
    lower where the goal was reached, higher where not.

    Returns:
        Of each row the shortest perturbation that reaches the goal within the bound; where none does, the one that
        came nearest.
    """
    best = _Best(image, settings)
    constant, low = image.new_full((len(image),), settings.constant), image.new_zeros(len(image))
    high = torch.full_like(low, torch.inf)
    total = settings.count * settings.searches
    for search in range(settings.searches):
        found = yield from _search(see, image, goal, settings, constant, best, (search * settings.count, total))
        high, low = torch.where(found, constant, high), torch.where(found, low, constant)
        constant = torch.where(high.isfinite(), (low + high) / 2, constant * 10)
    with torch.no_grad():
        embedding = see(best.image)
    last = AttackStep(total, total, best.image, goal.score(embedding), best.reached)
    yield last
    return Attacked(last.image, last.score, last.reached)


class _Best:
    """Of each row the best perturbation so far."""

    def __init__(self, image: Tensor, settings: AttackSettings) -> None:
        self.image = image
        self.reached = torch.zeros(len(image), dtype=torch.bool, device=image.device)
        self._length = image.new_full((len(image),), torch.inf)
        self._margin = torch.full_like(self._length, torch.inf)
        self._most = torch.inf if settings.largest_l2 is None else settings.largest_l2**2

    def take(self, rows: Tensor, image: Tensor, length: Tensor, margin: Tensor, reached: Tensor) -> Tensor:
        """Take over what is better, of squared length (B,); return the rows that reach the goal within the bound."""
        within = rows & (length <= self._most)
        reached = reached & within
        shorter = reached & (length < self._length)
        nearer = within & ~reached & ~self.reached & (margin < self._margin)
        taken = (shorter | nearer)[:, None, None, None]
        self.image = torch.where(taken, image, self.image)
        self._length = torch.where(shorter, length, self._length)
        self._margin = torch.where(nearer, margin, self._margin)
        self.reached = self.reached | reached
        return reached


def _search(
    see: See,
    image: Tensor,
    goal: Goal,
    settings: AttackSettings,
    constant: Tensor,
    best: _Best,
    place: tuple[int, int],
) -> Generator[AttackStep, None, Tensor]:
    """One optimisation with a constant (B,); returns which rows reached the goal in it.

    place: the number of its first step, and of all steps.
    """
    free = torch.atanh((2 * _start(see, image, goal, settings) - 1) * _WITHIN).requires_grad_()
    adam = torch.optim.Adam([free], lr=settings.rate)
    before, going = torch.full_like(constant, torch.inf), torch.ones_like(best.reached)
    found = torch.zeros_like(going)
    for index in range(settings.count):
        current = (torch.tanh(free.detach()) + 1) / 2
        embedding, towards = with_gradient(
            see, current, lambda seen: constant * goal.margin(seen).clamp(min=-settings.confidence)
        )
        length, margin = (current - image).square().flatten(1).sum(1), goal.margin(embedding)
        reached = goal.reached(embedding) & (margin <= -settings.confidence)
        found = found | best.take(going, current, length, margin, reached)
        yield AttackStep(place[0] + index, place[1], current, goal.score(embedding), reached)
        # The derivative of x' = (tanh w + 1) / 2 is 2 x' (1 - x').
        free.grad = (2 * (current - image) + towards) * 2 * current * (1 - current)
        adam.step()
        if index % max(settings.count // _LOOKS, 1) == 0:
            cost = length + constant * margin.clamp(min=-settings.confidence)
            going = going & (cost <= before)
            before = cost
            if not bool(going.any()):
                break
    return found


def _start(see: See, image: Tensor, goal: Goal, settings: AttackSettings) -> Tensor:
    with torch.no_grad():
        flat = goal.flat(see(image))
    rows = torch.ones_like(flat) if settings.random_start else flat
    return random_signs(see, image, rows, _BEGINNING, settings.seed) if bool(rows.any()) else image
