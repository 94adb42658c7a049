"""Faces of a corpus drawn again by their seeds, found and embedded as they were; their labels are known from elsewhere.

At 256 px a preview head draws them in a fraction of the time. A face may then be found a little beside where it was:
landmarks, which are pixels of the frame that is cut out by its five points, are moved along.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.faces.alignment import crop_frame, frame_matrix, invert, transform
from explorer.science.faces.detection import Detector
from explorer.science.faces.face import Photograph
from explorer.science.generation.generator import Generator
from explorer.science.inversion.step import to_uint8
from explorer.science.leakage.labels import LABEL_SIZE, MEASURE_SIZE, halved
from explorer.science.recognition.base import Encoder
from explorer.science.training.corpus import RESOLUTION, View, ViewPair, embed, second_view

# Sides at which faces are drawn again, in pixels; a corpus made in full draws them at 512.
SIZES = (256, 512, 1024)


@dataclass(frozen=True, eq=False)
class DrawingModels:
    """The networks that a face passes through when it is drawn again."""

    generator: Generator
    detector: Detector
    recognisers: Mapping[str, Encoder]


@torch.no_grad()
def see_again(models: DrawingModels, styles: Tensor, size: int, view_seed: int) -> ViewPair | None:
    """Draw a face and embed both of its views.

    Args:
        styles: (1, L, K).
        size: of the picture, in `SIZES`.
        view_seed: of the second view's camera.

    Returns:
        Both views without labels; None where no face is found in one of them.
    """
    pixels = to_uint8(models.generator.image(styles, size)[0])
    face = models.detector.detect_in_frame(pixels)
    if face is None:
        return None
    second = second_view(models.detector, models.recognisers, pixels, view_seed, None)
    if second is None:
        return None
    photograph = Photograph(pixels, "sample", "")
    first = View(face.points.astype(np.float32), embed(models.recognisers, photograph, face), None)
    # What is kept shows no more than a small picture has: it is cut out at once at its size.
    if size < LABEL_SIZE:
        kept = crop_frame(photograph, face, MEASURE_SIZE).frame
    else:
        kept = halved(crop_frame(photograph, face, LABEL_SIZE).frame)
    return ViewPair(kept, first, *second)


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
