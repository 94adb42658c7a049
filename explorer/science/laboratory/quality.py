"""What tells, without a network of its own, how good a photograph of a face is."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from explorer.science.faces.alignment import ARCFACE_112, align, face_image
from explorer.science.faces.face import Face, Photograph
from explorer.science.laboratory.templates import Signal

_GREY = (0.299, 0.587, 0.114)


def qualities_of(photograph: Photograph, face: Face, vector: NDArray[np.float32]) -> Mapping[Signal, float]:
    """Every signal of quality of a face, more being better.

    Args:
        vector: (D,) the face's embedding, whose length is one of them.

    Raises:
        FaceError: the face's points coincide.
    """
    return {
        "norm": float(np.linalg.norm(vector.astype(np.float64))),
        "score": face.score,
        "size": size_of(face),
        "sharpness": sharpness_of(photograph, face),
    }


def size_of(face: Face) -> float:
    """The side in pixels of the square that the ArcFace template cuts out, with the photograph's own pixels."""
    matrix = ARCFACE_112.matrix(torch.from_numpy(face.points)[None])[0]
    return ARCFACE_112.size / float(torch.linalg.det(matrix[:, :2]).sqrt())


def sharpness_of(photograph: Photograph, face: Face) -> float:
    """The deviation of the Laplacian of the face, grey in [0, 1], at 112 px: fine detail, and noise as well."""
    image, points = face_image(photograph, face)
    grey = (align(image, points, ARCFACE_112)[0] * torch.tensor(_GREY)[:, None, None]).sum(0).numpy()
    return float(cv2.Laplacian(grey, cv2.CV_32F, borderType=cv2.BORDER_REFLECT_101).std())
