"""What of the common frame a localiser sees, so that faces lie there as in the pictures that it learnt from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.alignment.faces import Placement
from explorer.science.alignment.localiser import Alignment
from explorer.science.faces.alignment import as_image, frame_matrix, transform, warp
from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError

# The five points of alignment among the 68 landmarks: means of these.
_KEYPOINTS = ((36, 37, 38, 39, 40, 41), (42, 43, 44, 45, 46, 47), (30,), (48,), (54,))


@dataclass(frozen=True)
class Window:
    """A square of a frame. left, top, side: in sides of the frame; it may reach beyond it."""

    left: float
    top: float
    side: float


def mean_placement(places: Tensor, scales: Tensor) -> Placement:
    """Where the mean face lies, of pictures' origins (N, 2) in sides and scales (N,) in sides a millimetre.

    Places by their mean, scales by their geometric mean.
    """
    x, y = places.double().mean(0).tolist()
    return Placement((round(x, 4), round(y, 4)), round(math.exp(-float(scales.double().log().mean())), 2))


def placement_in_frame(model: MorphableModel) -> Placement:
    """Where a model's mean face lies in the common frame.

    Raises:
        MorphableModelError: it is not known where its landmarks are.
    """
    if model.landmarks is None:
        raise MorphableModelError(f"{model.name} has no landmarks: give their 68 vertices with the model")
    points = model.mean[model.landmarks].double()
    flat = torch.stack([points[list(some)].mean(0) for some in _KEYPOINTS])[:, :2] * points.new_tensor([1.0, -1.0])
    matrix = frame_matrix(flat[None], 1)[0]
    x, y = matrix[:, 2].tolist()
    return Placement((x, y), 1 / math.sqrt(float(torch.linalg.det(matrix[:, :2]).abs())))


def window_of(placement: Placement, in_frame: Placement) -> Window:
    """The square of the frame in which the mean face lies as it does in pictures of a placement."""
    side = placement.millimetres / in_frame.millimetres
    left, top = (at - side * wanted for at, wanted in zip(in_frame.place, placement.place, strict=True))
    return Window(left, top, side)


def cut(frame: NDArray[np.uint8], window: Window, side: int) -> Tensor:
    """A window of a frame (S, S, 3) as a picture (3, side, side) in [0, 1]; beyond the frame its border goes on."""
    size, factor = len(frame), side / (len(frame) * window.side)
    matrix = torch.tensor([[factor, 0.0, -window.left * size * factor], [0.0, factor, -window.top * size * factor]])
    return warp(as_image(frame), matrix[None], side, fill="border")[0]


def into_frame(found: Alignment, window: Window) -> Alignment:
    """Where faces of a window are in the frame."""
    place = found.translation * window.side + found.translation.new_tensor([window.left, window.top])
    return Alignment(found.rotation, place, found.scale * window.side, found.identity)


def into_window(points: Tensor, window: Window) -> Tensor:
    """Points (N, 2) of the frame, in its sides, in sides of a window."""
    matrix = points.new_tensor([[1.0, 0.0, -window.left], [0.0, 1.0, -window.top]]) / window.side
    return transform(matrix, points)
