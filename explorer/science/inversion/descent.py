"""The optimisers and rate schedules of an inversion."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from explorer.science.inversion.settings import InversionSettings, Schedule

_WARM_UP, _COOL_DOWN = 0.05, 0.25


def rate_factor(schedule: Schedule, progress: float) -> float:
    """The factor on the learning rate.

    Args:
        schedule: "constant"; "cosine", which falls to a twentieth; or "ramp", StyleGAN2's projector schedule: linear
            warm-up over the first 5 %, cosine fall to 0 over the last 25 % (Karras et al. 2020, appendix D).
        progress: share of the steps made, in [0, 1].
    """
    if schedule == "constant":
        return 1.0
    if schedule == "cosine":
        return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * progress))
    fall = 0.5 - 0.5 * math.cos(math.pi * min(1.0, (1 - progress) / _COOL_DOWN))
    return fall * min(1.0, (progress + 0.01) / _WARM_UP)


class Descent:
    """Moves a latent down its gradient over a number of steps.

    Args:
        latent: a leaf tensor that requires a gradient; changed in place.
        settings: optimiser, schedule and rate.
        steps: over which the schedule runs.
        share: factor on the rate.
    """

    def __init__(self, latent: Tensor, settings: InversionSettings, steps: int, share: float = 1.0) -> None:
        kinds = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}
        self._optimiser = kinds[settings.optimiser]([latent], lr=settings.rate)
        self._schedule, self._rate = settings.schedule, settings.rate * share
        self._steps, self._made = steps, 0

    def step(self, loss: Tensor) -> None:
        """One step from the loss at the latent as it stands."""
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate * rate_factor(self._schedule, self._made / self._steps)
        self._optimiser.zero_grad()
        loss.backward()
        self._optimiser.step()
        self._made += 1
