"""A reconstruction held against its photograph in the common frame: as a picture, by its landmarks and its colours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from explorer.science.evaluation.leakage import histogram_errors, landmark_errors
from explorer.science.evaluation.lpips import Lpips
from explorer.science.evaluation.pictures import mean_squared_error, peak_signal_to_noise, structural_similarity
from explorer.science.faces.alignment import as_image
from explorer.science.leakage.labels import halved
from explorer.science.leakage.labels.histogram import binned, counts
from explorer.science.leakage.labels.landmarks import LandmarkPredictor, points_of
from explorer.science.registry import Registry


class FrameMeasures(BaseModel):
    """How near a reconstruction comes to its photograph; what each number is, `MEASURES` says.

    What is registered besides these stands among them, under its name.
    """

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, float] = Field(init=False)

    mse: float
    psnr: float
    ssim: float
    lpips: float
    landmark_error: float
    emd: float


@dataclass(frozen=True, eq=False)
class FramePair:
    """A photograph and its reconstruction as they are measured.

    photograph, result: (448, 448, 3) uint8 RGB, each in the common frame. Landmarks are found at this size, all other
        measures are taken at half of it.
    predictor: dlib's landmarks. perceptual: on any device.
    """

    photograph: NDArray[np.uint8]
    result: NDArray[np.uint8]
    predictor: LandmarkPredictor
    perceptual: Lpips

    @cached_property
    def halves(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """(224, 224, 3) uint8 each."""
        return halved(self.photograph), halved(self.result)

    @cached_property
    def images(self) -> tuple[Tensor, Tensor]:
        """(1, 3, 224, 224) RGB in [0, 1] each."""
        photograph, result = self.halves
        return as_image(photograph), as_image(result)

    def on(self, device: torch.device) -> tuple[Tensor, Tensor]:
        """The images on a device."""
        photograph, result = self.images
        return photograph.to(device), result.to(device)


@dataclass(frozen=True)
class MeasureSpec:
    """One of the measures: its name among `FrameMeasures`, how it is written and taken, and which way is better."""

    name: str
    title: str
    unit: str
    better: Literal["lower", "higher"]
    digits: int
    value: Callable[[FramePair], float]


def _of_images(measure: Callable[[Tensor, Tensor], Tensor]) -> Callable[[FramePair], float]:
    return lambda pair: float(measure(*pair.images))


def _lpips(pair: FramePair) -> float:
    return float(pair.perceptual(*pair.on(next(pair.perceptual.parameters()).device)))


def _landmark_error(pair: FramePair) -> float:
    truth, found = (
        torch.from_numpy(points_of(pair.predictor.shape(frame))) for frame in (pair.photograph, pair.result)
    )
    return float(landmark_errors(found, truth))


def _emd(pair: FramePair) -> float:
    truth, found = (torch.from_numpy(binned(counts(frame))) for frame in pair.halves)
    return float(histogram_errors(found, truth))


# The thesis's table 4.1 first.
MEASURES: Registry[MeasureSpec] = Registry(
    "measure",
    (
        MeasureSpec("mse", "MSE", "of colours in [0, 1]", "lower", 4, _of_images(mean_squared_error)),
        MeasureSpec("psnr", "PSNR", "dB", "higher", 2, _of_images(peak_signal_to_noise)),
        MeasureSpec("ssim", "SSIM", "", "higher", 3, _of_images(structural_similarity)),
        MeasureSpec("lpips", "LPIPS", "AlexNet", "lower", 3, _lpips),
        MeasureSpec("landmark_error", "Landmarks", "% of the outer eye corners' distance", "lower", 2, _landmark_error),
        MeasureSpec("emd", "EMD", "bins of ten", "lower", 3, _emd),
    ),
    attrgetter("name"),
)


@torch.no_grad()
def measure_frames(
    photograph: NDArray[np.uint8], result: NDArray[np.uint8], predictor: LandmarkPredictor, lpips: Lpips
) -> FrameMeasures:
    """Hold a reconstruction against its photograph, by every measure; the arguments are those of `FramePair`."""
    pair = FramePair(photograph, result, predictor, lpips)
    return FrameMeasures.model_validate({name: measure.value(pair) for name, measure in MEASURES.items()})
