"""What label networks find in a face's frame."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from explorer.science.leakage.labels import LABEL_SIZE, MEASURE_SIZE, halved
from explorer.science.leakage.labels.histogram import binned, counts
from explorer.science.leakage.labels.landmarks import points_of
from explorer.studio.catalogue.networks import Networks


def frame_landmarks(networks: Networks, frame: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Dlib's landmarks of a face in the common frame, (R, R, 3) uint8 of at least 448 px: (68, 2) of the 224 px frame.

    Raises:
        MissingNetwork: dlib's landmarks are not in the cache.
    """
    found = points_of(networks.landmark_predictor().shape(label_frame(frame)))
    return found * np.float32(MEASURE_SIZE / LABEL_SIZE)


def frame_histogram(frame: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Exact shares of a face in the common frame, (R, R, 3) uint8 of at least 448 px: (3, 10)."""
    return binned(counts(halved(label_frame(frame))))


def label_frame(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A common frame of at least 448 px at the 448 px that labellers look at."""
    return cv2.resize(frame, (LABEL_SIZE, LABEL_SIZE), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
