"""What an inversion seeks besides the embedding: read from the vector by its probes or, for comparison, from the
photograph."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.wanted import Wanted
from explorer.science.leakage.labels import KEPT_FRAME, LABEL_FRAME, halved
from explorer.science.leakage.labels.histogram import binned, counts
from explorer.science.leakage.labels.landmarks import OUTER_EYE_CORNERS, points_of
from explorer.studio.errors import UserError
from explorer.studio.networks import Networks
from explorer.studio.probing import load_probes


def wanted_of(
    networks: Networks, settings: InversionSettings, embedding: Tensor, frame: NDArray[np.uint8] | None
) -> Wanted:
    """The landmarks and the histogram that the settings ask for.

    Args:
        embedding: (D,) of the settings' encoder.
        frame: (R, R, 3) uint8, the photograph's face in the common frame; None where there is only a vector.

    Raises:
        UserError: there is no photograph to take them from, or the encoder has no probes.
        MissingNetwork: dlib's landmarks are not in the cache.
    """
    if settings.targets == "none":
        return Wanted()
    if settings.targets == "vector":
        return predicted(embedding, settings.encoder, settings.tolerance)
    if frame is None:
        raise UserError(
            "a bare embedding has no photograph to take landmarks and histogram from: have them predicted from the "
            "vector (--targets vector), or leave them out (--targets none)"
        )
    return Wanted(torch.from_numpy(frame_landmarks(networks, frame)), torch.from_numpy(frame_histogram(frame)))


@torch.no_grad()
def predicted(embedding: Tensor, encoder: str, tolerance: float) -> Wanted:
    """What the encoder's probes read off an embedding (D,): f_ID->landmarks and f_ID->histogram of the thesis.

    Args:
        tolerance: in the errors that nine of ten calibration faces stay within.

    Raises:
        UserError: the encoder's probes are missing or damaged.
    """
    probes = load_probes(encoder).probes
    found = {name: probes[name].answers(embedding.cpu().float()[None])[0] for name in ("landmarks", "histogram")}
    margins = {name: tolerance * (probes[name].record.margin or 0.0) for name in found}
    one, other = (found["landmarks"][corner] for corner in OUTER_EYE_CORNERS)
    percent = float((one - other).norm()) / 100
    return Wanted(found["landmarks"], found["histogram"], percent * margins["landmarks"], margins["histogram"])


def frame_landmarks(networks: Networks, frame: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Dlib's landmarks of a face in the common frame, (R, R, 3) uint8 of at least 448 px: (68, 2) of the 224 px frame.

    Raises:
        MissingNetwork: dlib's landmarks are not in the cache.
    """
    found = points_of(networks.landmark_predictor().shape(label_frame(frame)))
    return found * np.float32(KEPT_FRAME / LABEL_FRAME)


def frame_histogram(frame: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Exact shares of a face in the common frame, (R, R, 3) uint8 of at least 448 px: (3, 10)."""
    return binned(counts(halved(label_frame(frame))))


def label_frame(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A common frame of at least 448 px at the 448 px that labellers look at."""
    return cv2.resize(frame, (LABEL_FRAME, LABEL_FRAME), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
