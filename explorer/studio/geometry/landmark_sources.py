"""What finds the 68 landmarks that a face is fitted by: dlib's predictor, or MediaPipe's face mesh."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.studio import catalogue
from explorer.studio.errors import UserError

LandmarkSource = Literal["dlib", "mediapipe"]
LandmarkChoice = Literal["auto", "dlib", "mediapipe"]
FitBy = Literal["landmarks", "recognition"]
LandmarkFinder = Callable[[NDArray[np.uint8]], NDArray[np.float32]]

CHOICES: Mapping[LandmarkChoice, str] = {
    "auto": "dlib's where its network is there, else MediaPipe's",
    "dlib": "dlib's predictor",
    "mediapipe": "MediaPipe's face mesh",
}
WAYS: Mapping[FitBy, str] = {
    "landmarks": "the landmarks",
    "recognition": "recognition: a network that learnt from who is seen",
}
"""What a fit follows from."""
NETWORKS: Mapping[LandmarkSource, str] = {"dlib": "dlib-landmarks-68", "mediapipe": "mediapipe-face"}


def landmark_choice(given: str) -> LandmarkChoice:
    """A choice that the user named.

    Raises:
        UserError: there is none of that name.
    """
    known: dict[str, LandmarkChoice] = {name: name for name in CHOICES}
    if given not in known:
        raise UserError(
            f"--landmarks {given}: landmarks are found by dlib or mediapipe (auto: whichever is there), and there is "
            "no file of this name that says where they are in a model"
        )
    return known[given]


def landmarks_of(given: str) -> tuple[LandmarkChoice, Path | None]:
    """What finds the landmarks in photographs, and the file that says where they are in a model, of one option.

    Raises:
        UserError: it is neither a known choice nor a file.
    """
    if given in CHOICES or not Path(given).is_file():
        return landmark_choice(given), None
    return "auto", Path(given)


def landmark_source(choice: LandmarkChoice) -> LandmarkSource:
    """Who finds the landmarks; of "auto", dlib where its network of 100 MB is in the cache, MediaPipe otherwise."""
    if choice != "auto":
        return choice
    return "dlib" if catalogue.is_present(catalogue.catalogue().entry(NETWORKS["dlib"])) else "mediapipe"


def landmark_finder(source: LandmarkSource) -> LandmarkFinder:
    """What finds the landmarks (68, 2), in pixels, of the face in a common frame (S, S, 3).

    Raises:
        MissingNetwork: the network is not in the cache.
    """
    if source == "dlib":
        from explorer.science.leakage.labels.landmarks import LandmarkPredictor, points_of

        predictor = LandmarkPredictor(catalogue.path(NETWORKS["dlib"]))
        return lambda frame: points_of(predictor.shape(frame))
    from explorer.science.geometry.landmarks import landmarks_of_mesh
    from explorer.science.leakage.labels.mesh import FaceMesh

    mesh = FaceMesh(catalogue.path(NETWORKS["mediapipe"]).read_bytes())
    return lambda frame: landmarks_of_mesh(mesh(frame).points).astype(np.float32)
