"""What can be read off a face's frame: one table of the labels, and all labellers behind one call.

Every labeller looks at the common frame, so that generated faces, photographs and degraded views are labelled alike.

    >>> from explorer.science.leakage.labels import LABELS
    >>> LABELS["landmarks"].shape, LABELS["age"].unit
    ((68, 2), 'years')
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.science.faces.alignment import as_image
from explorer.science.leakage.labels import histogram
from explorer.science.leakage.labels.age_gender import AgeGender
from explorer.science.leakage.labels.expression import EXPRESSIONS, Expression
from explorer.science.leakage.labels.landmarks import LANDMARKS, LandmarkPredictor, points_of
from explorer.science.leakage.labels.mesh import BLENDSHAPES, FaceMesh
from explorer.science.leakage.labels.parsing import CLASSES, FaceParsing, areas
from explorer.science.leakage.labels.pose import head_pose, read_canonical_face
from explorer.science.leakage.labels.smile import smile

__all__ = ["LABELS", "LabelSpec", "Labellers", "Labels", "halved"]

# Labellers see the frame at this size; pictures are kept, and landmarks and histograms counted, at half of it.
LABEL_SIZE = 448
MEASURE_SIZE = 224


@dataclass(frozen=True, eq=False)
class Labels:
    """Everything that the labellers say of one face.

    landmarks: (68, 2) pixels of the 224 px frame, centres at +0.5.
    blendshapes: (52,) in [0, 1], MediaPipe's.
    smile: in [0, 1].
    areas: (19,) share of the frame that each class of face parsing takes.
    eyeglasses, hat: their two areas, in [0, 1].
    expression: (7,) logits.
    age: years, 0.25 to 80. male: probability of the second of dlib's two genders.
    pose: (3,) yaw, pitch, roll in degrees.
    histogram: (3, 256) counts of the levels of red, green and blue in the 224 px frame.

    Example:
        >>> from dataclasses import fields
        >>> from explorer.science.leakage.labels import LABELS, Labels
        >>> {field.name for field in fields(Labels)} == set(LABELS)
        True
    """

    landmarks: NDArray[np.float32]
    blendshapes: NDArray[np.float32]
    smile: float
    areas: NDArray[np.float32]
    eyeglasses: float
    hat: float
    expression: NDArray[np.float32]
    age: float
    male: float
    pose: NDArray[np.float32]
    histogram: NDArray[np.int32]


@dataclass(frozen=True)
class LabelSpec:
    """One label. shape: of its array, () for a number. networks: catalogue ids of what says so; none where exact.

    Example:
        >>> from explorer.science.leakage.labels import LabelSpec
        >>> LabelSpec("beard", "beard", (), "share of the frame", ("face-parsing",)).shape
        ()
    """

    name: str
    title: str
    shape: tuple[int, ...]
    unit: str
    networks: tuple[str, ...]


LABELS: dict[str, LabelSpec] = {
    spec.name: spec
    for spec in (
        LabelSpec("landmarks", "68 landmarks", (LANDMARKS, 2), "px of the 224 px frame", ("dlib-landmarks-68",)),
        LabelSpec("blendshapes", "blendshapes", (len(BLENDSHAPES),), "0 to 1", ("mediapipe-face",)),
        LabelSpec("smile", "smile", (), "mean of the two smile blendshapes", ("mediapipe-face",)),
        LabelSpec("areas", "areas of face parsing", (len(CLASSES),), "share of the frame", ("face-parsing",)),
        LabelSpec("eyeglasses", "eyeglasses", (), "share of the frame", ("face-parsing",)),
        LabelSpec("hat", "hat", (), "share of the frame", ("face-parsing",)),
        LabelSpec("expression", "expression", (len(EXPRESSIONS),), "logits", ("pyemotion", "dlib-landmarks-68")),
        LabelSpec("age", "age", (), "years", ("dlib-age", "dlib-landmarks-68")),
        LabelSpec("male", "gender", (), "probability of male", ("dlib-gender", "dlib-landmarks-68")),
        LabelSpec("pose", "head pose", (3,), "degrees: yaw, pitch, roll", ("mediapipe-face",)),
        LabelSpec("histogram", "histogram", (3, histogram.LEVELS), "pixels of the 224 px frame", ()),
    )
}
NETWORKS: tuple[str, ...] = tuple(dict.fromkeys(network for spec in LABELS.values() for network in spec.networks))

# From which value on an attribute is said to be there.
THRESHOLDS = {"smile": 0.35, "eyeglasses": 0.003, "hat": 0.02, "male": 0.5}


class Labellers:
    """All labellers, loaded.

    Args:
        files: the file of each network in `NETWORKS`, by catalogue id.
        device: where the torch networks are put.

    Raises:
        NetworkFileError: a file is not the network that its id says.

    Example:
        >>> from explorer.science.leakage.labels import Labellers
        >>> Labellers({})
        Traceback (most recent call last):
        KeyError: 'dlib-landmarks-68'
    """

    def __init__(self, files: Mapping[str, Path], device: torch.device | str = "cpu") -> None:
        self._landmarks = LandmarkPredictor(files["dlib-landmarks-68"])
        self._mesh = FaceMesh(files["mediapipe-face"].read_bytes())
        self._canonical = read_canonical_face(self._mesh.canonical)
        self._parsing = FaceParsing(files["face-parsing"].read_bytes()).to(device)
        self._age_gender = AgeGender(files["dlib-age"].read_bytes(), files["dlib-gender"].read_bytes()).to(device)
        self._expression = Expression(files["pyemotion"].read_bytes()).to(device)
        self._device = device

    def __call__(self, frame: NDArray[np.uint8], kept: NDArray[np.uint8]) -> Labels:
        """Label a face.

        Args:
            frame: (448, 448, 3) uint8 RGB, the common frame.
            kept: (224, 224, 3), the same at half the size.
        """
        frame = np.ascontiguousarray(frame)  # as dlib wants it
        shape = self._landmarks.shape(frame)
        landmarks = points_of(shape)
        mesh = self._mesh(frame)
        shares = areas(self._parsing.classes(as_image(frame, self._device)))[0].cpu().numpy()
        age, male = self._age_gender.of_face(frame, shape)
        return Labels(
            landmarks=landmarks * (MEASURE_SIZE / LABEL_SIZE),
            blendshapes=mesh.blendshapes,
            smile=smile(mesh.blendshapes),
            areas=shares,
            eyeglasses=float(shares[CLASSES.index("eyeglasses")]),
            hat=float(shares[CLASSES.index("hat")]),
            expression=self._expression.of_face(frame, landmarks),
            age=age,
            male=male,
            pose=head_pose(mesh.points, frame.shape[0], self._canonical),
            histogram=histogram.counts(kept),
        )


def halved(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The mean of each 2 x 2 pixels, rounded: (2R, 2R, 3) to (R, R, 3) uint8.

    Example:
        >>> import numpy as np
        >>> from explorer.science.leakage.labels import halved
        >>> halved(np.array([[0, 10], [20, 30]], np.uint8)[..., None].repeat(3, 2)).tolist()
        [[[15, 15, 15]]]
    """
    wide = frame.astype(np.uint16)
    total = wide[::2, ::2] + wide[1::2, ::2] + wide[::2, 1::2] + wide[1::2, 1::2]
    return ((total + 2) // 4).astype(np.uint8)


def stacked(labels: list[Labels]) -> dict[str, NDArray[Any]]:
    """The labels of N faces as arrays (N, ...) by name: counts int32, everything else float32."""
    return {
        field.name: np.stack([np.asarray(getattr(one, field.name)) for one in labels]).astype(
            np.int32 if field.name == "histogram" else np.float32
        )
        for field in fields(Labels)
    }
