"""The optimisers and rate schedules of an inversion."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from explorer.science.inversion.settings import InversionSettings, Schedule

_WARM_UP, _COOL_DOWN = 0.05, 0.25
# A descent that goes on from elsewhere knows no moments yet: so many steps pass before it goes at its full rate.
_UNSURE = 5


def rate_factor(schedule: Schedule, progress: float) -> float:
    """The factor on the learning rate.

    Args:
        schedule: "constant"; "cosine", which falls to a twentieth; or "ramp", StyleGAN2's projector schedule: linear
            warm-up over the first 5 %, cosine fall to 0 over the last 25 % (Karras et al. 2020, appendix D).
        progress: share of the steps made, in [0, 1].

    Example:
        >>> from explorer.science.inversion import rate_factor
        >>> rate_factor("constant", 0.5), rate_factor("cosine", 0.0), round(rate_factor("cosine", 1.0), 3)
        (1.0, 1.0, 0.05)
    """
    if schedule == "constant":
        return 1.0
    if schedule == "cosine":
        return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * progress))
    fall = 0.5 - 0.5 * math.cos(math.pi * min(1.0, (1 - progress) / _COOL_DOWN))
    return fall * min(1.0, (progress + 0.01) / _WARM_UP)


class Descent:
    """Moves latents down their gradients over a number of steps.

    Args:
        latents: (N, ...), searched side by side; the first values of what is moved.
        settings: optimiser, schedule and rate.
        steps: over which the schedule runs.

    Attributes:
        latents: (N, ...) leaf tensor that requires a gradient; changed in place by `step`.
    """

    def __init__(self, latents: Tensor, settings: InversionSettings, steps: int) -> None:
        self.latents = latents.detach().clone().requires_grad_()
        self._settings = settings
        self._optimiser = self._new_optimiser()
        self.begin(steps)

    def _new_optimiser(self) -> torch.optim.Optimizer:
        kinds: dict[str, type[torch.optim.Adam] | type[torch.optim.SGD]] = {
            "adam": torch.optim.Adam,
            "sgd": torch.optim.SGD,
        }
        return kinds[self._settings.optimiser]([self.latents], lr=self._settings.rate)

    def begin(self, steps: int, share: float = 1.0, before: int = 0) -> None:
        """Start the schedule again; what the optimiser has learnt of the gradients stays.

        Args:
            steps: over which the schedule runs.
            share: factor on the rate.
            before: steps that another descent made up to here; the schedule goes on behind them, and the rate grows
                over the first few steps, for Adam's first step without moments is a leap.
        """
        self._rate, self._steps = self._settings.rate * share, before + steps
        self._made = self._before = before

    def keep(self, chosen: Tensor) -> None:
        """Go on with some of the latents and with their moments: without them Adam's first step is a leap.

        Args:
            chosen: (M,) indices.
        """
        moments = self._optimiser.state[self.latents]
        self.latents = self.latents[chosen].detach().clone().requires_grad_()
        self._optimiser = self._new_optimiser()
        self._optimiser.state[self.latents] = {
            name: value[chosen].clone() if value.ndim > 0 else value for name, value in moments.items()
        }

    def gather(self, loss: Tensor) -> None:
        """Add the gradient of a loss to what `move` will go by, so that latents can be drawn a few at a time."""
        loss.backward()

    def move(self) -> None:
        """One step along the gradients gathered since the last one."""
        rate = self._rate * rate_factor(self._settings.schedule, self._made / self._steps)
        if self._before:
            rate *= min(1.0, (self._made - self._before + 1) / _UNSURE)
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        self._optimiser.step()
        self._optimiser.zero_grad()
        self._made += 1

    def step(self, loss: Tensor) -> None:
        """One step from the loss at the latents as they stand."""
        self.gather(loss)
        self.move()
