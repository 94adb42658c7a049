"""Faces of a corpus drawn again by their seeds, found and embedded as they were; their labels are known from elsewhere.

At 256 px a preview head draws them in a fraction of the time. A face may then be found a little beside where it was:
landmarks, which are pixels of the frame that is cut out by its five points, are moved along.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.faces.alignment import frame_matrix, invert, transform
from explorer.science.faces.detection import Detector
from explorer.science.generation.generator import Generator
from explorer.science.generation.mixed_precision import Draw, drawing
from explorer.science.inversion.step import to_uint8
from explorer.science.leakage.labels import MEASURE_SIZE
from explorer.science.recognition.base import Encoder
from explorer.science.training.corpus import RESOLUTION, ViewPair, see, sights_of

# Sides at which faces are drawn again, in pixels; a corpus made in full draws them at 512.
SIZES = (256, 512, 1024)


@dataclass(frozen=True, eq=False)
class DrawingModels:
    """The networks that a face passes through when it is drawn again."""

    generator: Generator
    detector: Detector
    recognisers: Mapping[str, Encoder]

    @cached_property
    def draw(self) -> Draw:
        """As `CorpusModels.draw`."""
        return drawing(self.generator, mixed=True)


@torch.no_grad()
def see_again(
    models: DrawingModels, styles: Sequence[Tensor], size: int, view_seeds: Sequence[int]
) -> list[ViewPair | None]:
    """Draw faces and embed both views of each; a few are found and embedded together, which takes less time.

    Args:
        styles: (1, L, K) of each face.
        size: of the pictures, in `SIZES`.
        view_seeds: of the second views' cameras.

    Returns:
        Both views without labels; None where no face is found in one of them.
    """
    pictures = [to_uint8(models.draw(one, size)[0]) for one in styles]
    sights = sights_of(models.detector, pictures, [(view_seed, False) for view_seed in view_seeds])
    return see(models.detector, models.recognisers, None, sights)


def moved_landmarks(
    landmarks: NDArray[np.float32], before: NDArray[np.float32], after: NDArray[np.float32], size: int
) -> NDArray[np.float32]:
    """Landmarks in the frames by which the faces are cut out now.

    Args:
        landmarks: (N, 68, 2) pixels of the 224 px frames of before.
        before: (N, 5, 2) the faces' points in the 512 px pictures that were labelled.
        after: (N, 5, 2) their points in the pictures of `size` px.

    Returns:
        (N, 68, 2) pixels of the 224 px frames by the points of now.
    """
    old = frame_matrix(torch.from_numpy(before.astype(np.float64)), MEASURE_SIZE)
    new = frame_matrix(torch.from_numpy(after.astype(np.float64)) * (RESOLUTION / size), MEASURE_SIZE)
    in_picture = transform(invert(old), torch.from_numpy(landmarks.astype(np.float64)))
    moved: NDArray[np.float32] = transform(new, in_picture).numpy().astype(np.float32)
    return moved
