"""The pictures that a run's figure and film show, drawn from its latents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from explorer.studio.figures.inversion_figure import RunImages
from explorer.studio.inverting import draw
from explorer.studio.networks import Networks
from explorer.studio.session.run import InversionRun

# Shares of the way to the best step at which a figure shows the face; early ones change most. With the start they are
# six, which fill two rows.
_MILESTONES = (0.05, 0.12, 0.25, 0.45, 0.7)


def milestone_steps(run: InversionRun) -> list[int]:
    """The steps between the start and the best one that a figure shows, in order; fewer where the run was short."""
    steps = {round(share * run.best_index) for share in _MILESTONES}
    return sorted(step for step in steps if 0 < step < run.best_index)


def run_images(
    networks: Networks,
    run: InversionRun,
    latents: Sequence[Tensor],
    native: NDArray[np.uint8],
    *,
    target: NDArray[np.uint8] | None = None,
    vector: NDArray[np.float32] | None = None,
) -> RunImages:
    """Draw start and milestones as the run's own preview showed them.

    Args:
        latents: every step's.
        native: the result at native size.
        target: the photograph's face in the common frame, or None to leave it out.
        vector: the inverted embedding, or None to leave it out.
    """

    def picture(index: int) -> NDArray[np.uint8]:
        return draw(networks, latents[index], run.settings, run.settings.resolution)

    return RunImages(
        start=picture(0),
        result=native,
        milestones=[(index, picture(index)) for index in milestone_steps(run)],
        target=target,
        target_vector=vector,
    )


def run_pictures(networks: Networks, run: InversionRun, latents: Sequence[Tensor]) -> Iterator[NDArray[np.uint8]]:
    """Every step's picture, in order, as the run's own preview showed it."""
    for latent in latents:
        yield draw(networks, latent, run.settings, run.settings.resolution)
