"""The 68 landmarks of iBUG 300-W by dlib's predictor (Kazemi and Sullivan 2014), as in the thesis."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LANDMARKS = 68
# The outer corners of the two eyes: their distance is the interocular distance (DESIGN, "Words and frames").
OUTER_EYE_CORNERS = (36, 45)
# About what dlib's own face detector boxes in a common frame: left, top, right, bottom in units of its side. The
# predictor was trained from such boxes. The frame is aligned, so one box serves every face: over 60 generated faces
# landmarks from this box lie 1.1 % of the interocular distance from those of dlib's detector, and 0.7 % from the mean
# over many boxes, from which dlib's own lie 0.9 %.
DETECTOR_BOX = (0.2, 0.28, 0.8, 0.88)


class LandmarkPredictor:
    """Finds the 68 landmarks of the face in a common frame.

    Args:
        path: the network file `dlib-landmarks-68`; dlib reads it itself.
    """

    def __init__(self, path: Path) -> None:
        import dlib  # half a second and only needed for labels

        self._dlib = dlib
        status = path.stat()
        self._predictor = _read(path, status.st_size, status.st_mtime_ns)

    def shape(self, frame: NDArray[np.uint8]) -> Any:
        """The landmarks as dlib's own `full_object_detection`, for dlib's face chips.

        Args:
            frame: (R, R, 3) uint8 RGB.
        """
        side = frame.shape[0]
        left, top, right, bottom = (round(side * edge) for edge in DETECTOR_BOX)
        return self._predictor(frame, self._dlib.rectangle(left, top, right - 1, bottom - 1))


@lru_cache(maxsize=1)
def _read(path: Path, size: int, modified_ns: int) -> Any:
    """Read 100 MB once a process, whoever asks: every fit does. Size and time are there to key the memory."""
    import dlib

    return dlib.shape_predictor(str(path))


def points_of(shape: Any) -> NDArray[np.float32]:
    """(68, 2) pixels, x right and y down, centres at +0.5: dlib's are whole numbers with centres at 0."""
    return np.array([(point.x + 0.5, point.y + 0.5) for point in shape.parts()], np.float32)


def interocular(landmarks: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Distance between the outer eye corners, (..., 68, 2) to (...,)."""
    one, other = (landmarks[..., corner, :] for corner in OUTER_EYE_CORNERS)
    distance: NDArray[np.floating[Any]] = np.linalg.norm(one - other, axis=-1)
    return distance
