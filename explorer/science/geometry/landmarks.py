"""Which vertices stand for the 68 landmarks, when the outline of the face moves with its pose.

Fifty-one landmarks are points of the skin. The other seventeen, the jaw line from ear to ear, are where the face ends
in the image: on a turned head the far side's lie further to the front. Each of them therefore has a strip of candidate
vertices, from the frontal jaw line forward, and takes the outermost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.science.geometry.morphable_model import LANDMARKS, MorphableModel, MorphableModelError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

JAW = 17
# Half the width of a strip in millimetres, and the most vertices in one.
_HALF_WIDTH = 4.0
_LONGEST = 24
# A strip ends this far, in millimetres, in front of the jaw line: the chin's and cheek's silhouettes lie within.
_REACH = 75.0
# The frontal vertex is left only for this gain in millimetres: a frontal face shall have its frontal landmarks.
_STAY = 0.3

# The points of MediaPipe's face mesh that lie nearest to the 68 landmarks; its jaw line is the mesh's own outline.
_MEDIAPIPE = (
    *(162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389),
    *(71, 63, 105, 66, 107, 336, 296, 334, 293, 301, 168, 197, 5, 4, 75, 97, 2, 326, 305),
    *(33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380),
    *(61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181, 78, 82, 13, 312, 308, 317, 14, 87),
)


def landmarks_of_mesh(points: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """The 68 landmarks, (68, 2), among the points of MediaPipe's face mesh, (478, 2 or 3)."""
    return points[np.array(_MEDIAPIPE), :2]


@dataclass(frozen=True, eq=False)
class LandmarkBasis:
    """The model at the vertices that landmarks can be, C candidates.

    mean: (C, 3). identity: (K, C, 3). expression: (E, C, 3). vertices: (C,) of the model.
    fixed: (51,) candidates of the landmarks 17 to 67.
    strips: (17, L) candidates of the jaw line, the frontal one first, padded with it.
    outward: (17, 3) unit, from the middle of the face to each landmark of the jaw, in the plane of the image.
    """

    mean: Floats
    identity: Floats
    expression: Floats
    vertices: Integers
    fixed: Integers
    strips: Integers
    outward: Floats

    def shape(self, identity: Floats, expression: Floats) -> Floats:
        """The candidates, (C, 3) millimetres, for (K,) and (E,) coefficients."""
        displacement = np.tensordot(identity, self.identity, 1) + np.tensordot(expression, self.expression, 1)
        shape: Floats = self.mean + displacement
        return shape

    def follow(self, shape: Floats, rotation: Floats) -> Integers:
        """The (68,) candidates that are the landmarks of a shape (C, 3) seen by a camera with a rotation (3, 3)."""
        outward = self.outward @ rotation.T
        outward[:, 2] = 0
        outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)
        places = shape[self.strips] @ rotation.T
        reach = np.einsum("jlc,jc->jl", places, outward)
        reach[:, 0] += _STAY
        jaw = self.strips[np.arange(JAW), reach.argmax(1)]
        return np.concatenate([jaw, self.fixed])


def landmark_basis(model: MorphableModel) -> LandmarkBasis:
    """Prepare a model for fitting.

    Raises:
        MorphableModelError: it is not known where the model's landmarks are.

    Example:
        >>> from explorer.science.geometry import landmark_basis
        >>> basis = landmark_basis(model)  # the one that ships
        >>> basis.fixed.shape, basis.strips.shape[0]
        ((51,), 17)
    """
    if model.landmarks is None:
        raise MorphableModelError(f"{model.name} has no landmarks: give their 68 vertices with the model")
    mean = model.mean.double().numpy()
    landmarks = model.landmarks.numpy()
    outward = mean[landmarks[:JAW]] - mean[landmarks[JAW:]].mean(0)
    outward[:, 2] = 0
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    strips = [_strip(mean, int(vertex), direction) for vertex, direction in zip(landmarks[:JAW], outward, strict=True)]
    vertices = np.unique(np.concatenate([landmarks, *strips]))
    longest = max(len(strip) for strip in strips)
    padded = np.stack([np.concatenate([strip, np.full(longest - len(strip), strip[0])]) for strip in strips])
    return LandmarkBasis(
        mean=mean[vertices],
        identity=model.identity[:, vertices].double().numpy(),
        expression=model.expression[:, vertices].double().numpy(),
        vertices=vertices,
        fixed=np.searchsorted(vertices, landmarks[JAW:LANDMARKS]),
        strips=np.searchsorted(vertices, padded),
        outward=outward,
    )


def _strip(mean: Floats, vertex: int, outward: Floats) -> Integers:
    """A landmark's vertex and, from there to the front, vertices about the line through it and the middle."""
    across = np.array([-outward[1], outward[0], 0.0])
    offset = mean - mean[vertex]
    near = (np.abs(offset @ across) < _HALF_WIDTH) & (offset[:, 2] > 0) & (offset[:, 2] < _REACH)
    near &= (offset @ outward > -_REACH) & (offset @ outward < _HALF_WIDTH)
    found = np.flatnonzero(near)
    found = found[np.argsort(offset[found, 2])]
    if len(found) > _LONGEST - 1:
        found = found[np.linspace(0, len(found) - 1, _LONGEST - 1).astype(int)]
    return np.concatenate([[vertex], found]).astype(np.int64)
