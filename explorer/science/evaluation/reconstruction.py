"""A reconstruction held against its photograph in the common frame: as a picture, by its landmarks and its colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from explorer.science.evaluation.leakage import histogram_errors, landmark_errors
from explorer.science.evaluation.lpips import Lpips
from explorer.science.evaluation.pictures import mean_squared_error, peak_signal_to_noise, structural_similarity
from explorer.science.faces.alignment import as_image
from explorer.science.leakage.labels import halved
from explorer.science.leakage.labels.histogram import binned, counts
from explorer.science.leakage.labels.landmarks import LandmarkPredictor, points_of


class FrameMeasures(BaseModel):
    """How near a reconstruction comes to its photograph; what each number is, `MEASURES` says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mse: float
    psnr: float
    ssim: float
    lpips: float
    landmark_error: float
    emd: float


@dataclass(frozen=True)
class MeasureSpec:
    """One of the measures: its field of `FrameMeasures`, how it is written, and which way is better."""

    name: str
    title: str
    unit: str
    better: Literal["lower", "higher"]
    digits: int


# The thesis's table 4.1 first.
MEASURES: tuple[MeasureSpec, ...] = (
    MeasureSpec("mse", "MSE", "of colours in [0, 1]", "lower", 4),
    MeasureSpec("psnr", "PSNR", "dB", "higher", 2),
    MeasureSpec("ssim", "SSIM", "", "higher", 3),
    MeasureSpec("lpips", "LPIPS", "AlexNet", "lower", 3),
    MeasureSpec("landmark_error", "Landmarks", "% of the outer eye corners' distance", "lower", 2),
    MeasureSpec("emd", "EMD", "bins of ten", "lower", 3),
)


@torch.no_grad()
def measure_frames(
    photograph: NDArray[np.uint8], result: NDArray[np.uint8], predictor: LandmarkPredictor, lpips: Lpips
) -> FrameMeasures:
    """Hold a reconstruction against its photograph.

    Args:
        photograph, result: (448, 448, 3) uint8 RGB, each in the common frame. Landmarks are found at this size, all
            other measures are taken at half of it.
        predictor: dlib's landmarks. lpips: on any device.
    """
    small = halved(photograph), halved(result)
    images = [as_image(frame) for frame in small]
    device = next(lpips.parameters()).device
    histograms = [torch.from_numpy(binned(counts(frame))) for frame in small]
    landmarks = [torch.from_numpy(points_of(predictor.shape(frame))) for frame in (photograph, result)]
    return FrameMeasures(
        mse=float(mean_squared_error(*images)),
        psnr=float(peak_signal_to_noise(*images)),
        ssim=float(structural_similarity(*images)),
        lpips=float(lpips(*(image.to(device) for image in images))),
        landmark_error=float(landmark_errors(landmarks[1], landmarks[0])),
        emd=float(histogram_errors(histograms[1], histograms[0])),
    )
