"""What can be drawn onto the pictures of an inversion: landmarks and histograms, sought and reached."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.inversion.guidance import Guidance, onto_image
from explorer.science.inversion.step import InversionStep
from explorer.science.leakage.labels import MEASURE_SIZE
from explorer.studio.inversion.values import Overlay


def target_overlay(wanted: Guidance) -> Overlay | None:
    """What is sought, as it lies in the common frame; None where nothing is."""
    if wanted.landmarks is None and wanted.histogram is None:
        return None
    landmarks = _numbers(wanted.landmarks)
    placed = None if landmarks is None else landmarks / np.float32(MEASURE_SIZE)
    return Overlay(wanted_landmarks=placed, wanted_histogram=_numbers(wanted.histogram))


def step_overlay(step: InversionStep, wanted: Guidance) -> Overlay | None:
    """What is sought and what the step has of it, as it lies in the step's picture; None where nothing is sought."""
    if wanted.landmarks is None and wanted.histogram is None:
        return None

    def placed(landmarks: NDArray[np.float32] | None) -> NDArray[np.float32] | None:
        return None if landmarks is None else onto_image(landmarks, step.points, step.resolution)

    return Overlay(
        placed(step.landmarks), placed(_numbers(wanted.landmarks)), step.histogram, _numbers(wanted.histogram)
    )


def _numbers(values: Tensor | None) -> NDArray[np.float32] | None:
    return None if values is None else values.cpu().numpy().astype(np.float32)
