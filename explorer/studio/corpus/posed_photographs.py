"""Photographs as a localiser learns from them or is measured on: posed by the fit to found landmarks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.alignment.faces import Placement, PosedFaces
from explorer.science.alignment.framing import Window, cut, into_window, placement_in_frame, window_of
from explorer.science.alignment.measures import FOURTEEN, landmark_distances
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.detection import Detector
from explorer.science.faces.face import FaceError
from explorer.science.faces.reading import read_file
from explorer.science.geometry.landmarks import landmark_basis
from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.names import shown
from explorer.science.training.folders import LAYOUTS, layout_of
from explorer.studio.corpus.folders import meant_face
from explorer.studio.corpus.posed_material import PosedMaterial, Step
from explorer.studio.errors import UserError
from explorer.studio.evaluation.photograph_sets import PhotographSet
from explorer.studio.geometry.fitting import fit_frame
from explorer.studio.geometry.landmark_sources import LandmarkFinder

# Side of the frames in which landmarks are found.
_FRAME = 512


@dataclass(frozen=True, eq=False)
class PosedPhotograph:
    """picture: (S, S, 3) uint8. yaw: degrees. rotation: (3, 3). landmarks: (14, 2) as found, in sides of the picture.

    fitted: of the landmark fit, percent of the interocular distance by which it misses the fourteen.
    """

    picture: Tensor
    yaw: float
    rotation: Tensor
    landmarks: Tensor
    fitted: float


class PhotographPoser:
    """Poses photographs in the common frame by the landmark fit.

    Args:
        model: whose shapes are fitted. finder: of the landmarks. side: of the pictures.
        placement: where the mean face is to lie in them.
    """

    def __init__(self, model: MorphableModel, finder: LandmarkFinder, side: int, placement: Placement) -> None:
        self._model, self._finder, self._side = model, finder, side
        self._basis = landmark_basis(model)
        self.window: Window = window_of(placement, placement_in_frame(model))

    def __call__(self, frame: NDArray[np.uint8]) -> PosedPhotograph:
        """Pose a frame.

        Raises:
            FaceError: no face can be fitted.
        """
        fitted, rows = fit_frame(frame, self._model, self._finder, self._basis), list(FOURTEEN)
        found = torch.from_numpy(fitted.landmarks[rows]).float() / len(frame)
        missed = landmark_distances(fitted.fit.projected[rows][None] / len(frame), found[None])
        picture = (255 * cut(frame, self.window, self._side)).round().byte().permute(1, 2, 0)
        landmarks = into_window(found, self.window)
        return PosedPhotograph(picture, fitted.angles()[0], fitted.fit.pose.rotation, landmarks, float(missed))


def faces_of(posed: Sequence[PosedPhotograph], people: Tensor, *, with_rotation: bool) -> PosedFaces:
    """Photographs with a number of the person each, (N,). with_rotation: whether the fit's counts as the truth."""
    rotation = torch.stack([one.rotation for one in posed])
    return PosedFaces(
        torch.stack([one.picture for one in posed]),
        people,
        torch.tensor([one.yaw for one in posed]),
        rotation if with_rotation else torch.full_like(rotation, torch.nan),
        torch.stack([one.landmarks for one in posed]),
    )


def folder_people(poser: PhotographPoser, detector: Detector, folder: Path, most: int, step: Step) -> PosedMaterial:
    """The people with the most photographs of a folder in a published layout, CASIA-WebFace's or another.

    Those that the layout keeps for tests take no part. Yaw is that of the fit to the found landmarks, in place of the
    thesis's network; the landmarks are only measured by.

    Args:
        most: people.

    Raises:
        UserError: no two people have a usable face.
        FolderError: the folder is not of its layout, or holds no photographs.
    """
    learnt = [face for face in LAYOUTS[layout_of(folder)].read(folder).faces if face.split != "test"]
    counted = Counter(face.identity for face in learnt)
    chosen = {name for name, _ in counted.most_common(most)}
    used, posed, names = [face for face in learnt if face.identity in chosen], list[PosedPhotograph](), list[str]()
    for done, face in enumerate(used):
        step(done, len(used))
        try:
            photograph = read_file(face.path)
            posed.append(poser(crop_frame(photograph, meant_face(photograph, detector, face.points), _FRAME).frame))
        except FaceError:
            continue
        names.append(face.identity)
    step(len(used), len(used))
    people = sorted(set(names))
    if len(people) < 2:
        raise UserError(f"{shown(folder)}: no two people with a usable face are found: give other photographs")
    numbers = torch.tensor([people.index(name) for name in names])
    words = f"{len(posed)} photographs of {len(people)} people of a folder in the layout {layout_of(folder)}"
    return PosedMaterial(faces_of(posed, numbers, with_rotation=False), Placement(), words)


def posed_set(
    poser: PhotographPoser, detector: Detector, photographs: PhotographSet, step: Step
) -> tuple[PosedFaces, list[float]]:
    """The photographs of a set, and by how much the landmark fit misses each, as of `PosedPhotograph`.

    Raises:
        UserError: none has a usable face.
    """
    posed, people = list[PosedPhotograph](), list[int]()
    for done, one in enumerate(photographs.photographs):
        step(done, len(photographs.photographs))
        try:
            photograph = one.read()
            face = choose_face(photograph, detector.detect(photograph.pixels))
            posed.append(poser(crop_frame(photograph, face, _FRAME).frame))
        except FaceError:
            continue
        people.append(photographs.people.index(one.person))
    if not posed:
        raise UserError(f"{photographs.name}: no usable face is found")
    return faces_of(posed, torch.tensor(people), with_rotation=True), [one.fitted for one in posed]
