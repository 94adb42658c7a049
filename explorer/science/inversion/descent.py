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
    """Moves a latent down its gradient.

    Args:
        latent: a leaf tensor that requires a gradient; changed in place.
    """

    def __init__(self, latent: Tensor, settings: InversionSettings) -> None:
        self._settings = settings
        kinds = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}
        self._optimiser = kinds[settings.optimiser]([latent], lr=settings.rate)

    def step(self, loss: Tensor, index: int) -> None:
        """One step from the loss at step `index`."""
        for group in self._optimiser.param_groups:
            group["lr"] = self._settings.rate * rate_factor(self._settings.schedule, index / self._settings.steps)
        self._optimiser.zero_grad()
        loss.backward()
        self._optimiser.step()
