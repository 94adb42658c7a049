"""The pictures that a run's figure and film show, drawn from its latents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.inversion.step import to_uint8
from explorer.studio.catalogue.networks import Networks
from explorer.studio.inversion.record import InversionRun
from explorer.studio.inversion.running import draw

if TYPE_CHECKING:
    from explorer.studio.inversion.figure import RunImages

_SMALL = 96
# Shares of the way to the best step at which a figure shows the face; early ones change most. With the start they are
# six, which fill two rows.
_MILESTONES = (0.05, 0.12, 0.25, 0.45, 0.7)


def small_picture(preview: Tensor) -> NDArray[np.uint8]:
    """A preview (3, R, R) in [0, 1] as a picture of at most 96 px, each pixel the average of those it covers."""
    return to_uint8(F.adaptive_avg_pool2d(preview, min(_SMALL, preview.shape[-1])))


def shown_steps(run: InversionRun) -> list[int]:
    """The start and what a figure shows between it and the best step, in order; fewer where the run was short."""
    steps = {round(share * run.best_index) for share in _MILESTONES}
    return [0, *sorted(step for step in steps if 0 < step < run.best_index)]


def step_picture(networks: Networks, run: InversionRun, latents: Sequence[Tensor], index: int) -> NDArray[np.uint8]:
    """Draw a step as its run showed it, (R, R, 3): at the resolution of that step.

    Args:
        latents: every step's.
    """
    return draw(networks, latents[index], run.settings, run.steps[index].resolution)


def run_pictures(networks: Networks, run: InversionRun, latents: Sequence[Tensor]) -> Iterator[NDArray[np.uint8]]:
    """Draw every step, in order, as its run showed it."""
    return (step_picture(networks, run, latents, index) for index in range(len(run.steps)))


def run_images(
    pictures: Mapping[int, NDArray[np.uint8]],
    native: NDArray[np.uint8],
    *,
    target: NDArray[np.uint8] | None = None,
    vector: NDArray[np.float32] | None = None,
) -> RunImages:
    """Gather what a figure shows.

    Args:
        pictures: of `shown_steps`, by step.
        native: the result at native size.
        target: the photograph's face in the common frame, or None to leave it out.
        vector: the inverted embedding, or None to leave it out.
    """
    from explorer.studio.inversion.figure import RunImages  # brings matplotlib: only where a figure is made

    milestones = sorted((index, picture) for index, picture in pictures.items() if index > 0)
    return RunImages(pictures[0], native, milestones, target, vector)
