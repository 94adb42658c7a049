"""What an inversion seeks besides the embedding, and the faces of a step held against it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.faces.alignment import frame_matrix, invert, transform
from explorer.science.inversion.terms.base import WantedPicture
from explorer.science.leakage.labels import MEASURE_SIZE


@dataclass(frozen=True, eq=False)
class Guidance:
    """Landmarks and histogram that are sought; None where there is no telling.

    landmarks: (68, 2) pixels of the 224 px frame, centres at +0.5.
    histogram: (3, bins) shares of the frame's pixels, red, green and blue.
    landmark_tolerance, histogram_tolerance: as in `Target`.
    picture: the photograph's face itself, where not its embedding alone is inverted.
    """

    landmarks: Tensor | None = None
    histogram: Tensor | None = None
    landmark_tolerance: float = 0.0
    histogram_tolerance: float = 0.0
    picture: WantedPicture | None = None

    def to(self, device: torch.device | str) -> Guidance:
        """The same on another device."""
        landmarks, histogram = (None if one is None else one.to(device) for one in (self.landmarks, self.histogram))
        picture = None if self.picture is None else replace(self.picture, pixels=self.picture.pixels.to(device))
        return replace(self, landmarks=landmarks, histogram=histogram, picture=picture)


def onto_image(landmarks: NDArray[np.float32], points: NDArray[np.float64], resolution: int) -> NDArray[np.float32]:
    """Landmarks of the common frame as they lie in the picture that the frame was cut from.

    Args:
        landmarks: (68, 2) pixels of the 224 px frame.
        points: (5, 2) of the face in the picture, pixels.
        resolution: side of the picture.

    Returns:
        (68, 2) in units of the picture's side.
    """
    back = invert(frame_matrix(torch.from_numpy(points)[None], MEASURE_SIZE))
    placed = transform(back, torch.from_numpy(landmarks).double()[None])[0] / resolution
    shares: NDArray[np.float32] = placed.float().numpy()
    return shares
