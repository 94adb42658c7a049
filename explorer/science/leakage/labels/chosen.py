"""Some labels only, by the networks that these need: a set of many pictures is labelled for one attribute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.science.faces.alignment import as_image
from explorer.science.leakage.labels import LABELS
from explorer.science.leakage.labels.age_gender import AgeGender
from explorer.science.leakage.labels.expression import Expression
from explorer.science.leakage.labels.landmarks import LandmarkPredictor, points_of
from explorer.science.leakage.labels.mesh import FaceMesh
from explorer.science.leakage.labels.parsing import CLASSES, FaceParsing, areas
from explorer.science.leakage.labels.pose import CanonicalFace, head_pose, read_canonical_face
from explorer.science.leakage.labels.smile import smile

_OF_POINTS = frozenset({"expression", "age", "male"})
_TOGETHER = ("age", "male")
# What can be asked for, by name; the others need all labellers.
CHOICE = ("smile", "eyeglasses", "hat", "expression", "age", "male", "pose")


def networks_for(labels: Sequence[str]) -> tuple[str, ...]:
    """The catalogue ids of the networks that labels need.

    Raises:
        ValueError: one of them cannot be had by itself.
    """
    others = [name for name in labels if name not in CHOICE]
    if others:
        raise ValueError(f"{others[0]} is not labelled by itself: choose {', '.join(CHOICE)}")
    # One labeller tells age and gender: for either it needs both of its networks.
    both = [other for name in labels for other in (_TOGETHER if name in _TOGETHER else (name,))]
    return tuple(dict.fromkeys(network for name in both for network in LABELS[name].networks))


class ChosenLabellers:
    """Labels some things of a face, each as `Labellers` does.

    Args:
        files: the file of each network of `networks_for`, by catalogue id.

    Networks are loaded with the first face.

    Raises:
        NetworkFileError: at the first face, a file is not the network that its id says.
    """

    def __init__(self, labels: Sequence[str], files: Mapping[str, Path], device: torch.device | str = "cpu") -> None:
        self._labels, self._files, self._device = tuple(labels), files, device

    def __call__(self, frame: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        """Label a face's common frame, (448, 448, 3) uint8 RGB."""
        frame = np.ascontiguousarray(frame)  # as dlib wants it
        found = dict[str, object]()
        wanted = set(self._labels)
        if wanted & {"smile", "pose"}:
            mesh = self._mesh(frame)
            found["smile"] = smile(mesh.blendshapes)
            found["pose"] = head_pose(mesh.points, frame.shape[0], self._canonical)
        if wanted & {"eyeglasses", "hat"}:
            shares = areas(self._parsing.classes(as_image(frame, self._device)))[0].cpu().numpy()
            found |= {name: shares[CLASSES.index(name)] for name in ("eyeglasses", "hat")}
        if wanted & _OF_POINTS:
            shape = self._predictor.shape(frame)
            if "expression" in wanted:
                found["expression"] = self._expression.of_face(frame, points_of(shape))
            if wanted & {"age", "male"}:
                age, male = self._age_gender.of_face(frame, shape)
                found |= {"age": age, "male": male}
        return {name: np.asarray(found[name], np.float32) for name in self._labels}

    def _data(self, network: str) -> bytes:
        return self._files[network].read_bytes()

    @cached_property
    def _mesh(self) -> FaceMesh:
        return FaceMesh(self._data("mediapipe-face"))

    @cached_property
    def _canonical(self) -> CanonicalFace:
        return read_canonical_face(self._mesh.canonical)

    @cached_property
    def _parsing(self) -> FaceParsing:
        return FaceParsing(self._data("face-parsing")).to(self._device)

    @cached_property
    def _predictor(self) -> LandmarkPredictor:
        return LandmarkPredictor(self._files["dlib-landmarks-68"])

    @cached_property
    def _expression(self) -> Expression:
        return Expression(self._data("pyemotion")).to(self._device)

    @cached_property
    def _age_gender(self) -> AgeGender:
        return AgeGender(self._data("dlib-age"), self._data("dlib-gender")).to(self._device)
