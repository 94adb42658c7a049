"""A fitted face without a photograph, for tests of the 3D view."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.science.geometry.fitting import fit_landmarks
from explorer.science.geometry.landmarks import landmark_basis
from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.geometry.projection import Pose, project
from explorer.science.geometry.rotation import rotation_from_angles
from explorer.studio.geometry.fitting import FittedFace

SIDE = 256


def frame_of(side: int = SIDE) -> NDArray[np.uint8]:
    """A picture that differs everywhere: red grows to the right, green downward."""
    ramp = np.linspace(30, 220, side).astype(np.uint8)
    return np.stack(
        [np.tile(ramp, (side, 1)), np.tile(ramp[:, None], (1, side)), np.full((side, side), 90)], -1
    ).astype(np.uint8)


def landmarks_of(model: MorphableModel, side: int = SIDE, yaw: float = 8.0) -> NDArray[np.float32]:
    """Landmarks of the mean face, seen at a yaw in degrees, in a frame of a side."""
    assert model.landmarks is not None
    angles = torch.tensor([yaw, -3.0, 2.0]).deg2rad()
    pose = Pose(rotation_from_angles(*angles.unbind()), torch.full((2,), side / 2), torch.tensor(side / 320))
    return project(model.mean[model.landmarks], pose).numpy()


def fitted_face(model: MorphableModel, side: int = SIDE) -> FittedFace:
    """The mean face, found again from its landmarks."""
    landmarks = landmarks_of(model, side)
    return FittedFace(frame_of(side), landmarks, model, fit_landmarks(landmark_basis(model), landmarks), None)
