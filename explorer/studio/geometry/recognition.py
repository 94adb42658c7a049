"""A fit by recognition: the localiser's pose and shape at one stroke, landmarks only to measure it by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.alignment.faces import Placement
from explorer.science.alignment.framing import cut, into_frame, placement_in_frame, window_of
from explorer.science.geometry.fitting import FaceFit
from explorer.science.geometry.landmarks import LandmarkBasis
from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.geometry.projection import project
from explorer.studio.catalogue.localisers import load_localiser
from explorer.studio.errors import UserError

LOCALISER = "localiser"
"""What the network is called among those that took part in a fit."""


def require_localiser(model: MorphableModel, file: Path | None = None) -> None:
    """Check that there is a localiser of a model.

    Args:
        file: of the user's own; the program's if None.

    Raises:
        UserError: there is none; the message says what to do.
    """
    record = load_localiser(file)[1]
    if record.model != model.name:
        raise UserError(f"the localiser answers shapes of {record.model}: fit {model.name} by landmarks")


@torch.no_grad()
def fit_by_recognition(
    frame: NDArray[np.uint8],
    landmarks: NDArray[np.float32],
    model: MorphableModel,
    basis: LandmarkBasis,
    file: Path | None = None,
) -> FaceFit:
    """Fit the face in a common frame (S, S, 3) by the localiser; expressions stay at rest.

    Args:
        landmarks: (68, 2) pixels as found in the frame: the fit's error is their mean distance, and nothing follows
            from them.
        basis: of the model. file: of the localiser; the program's if None.

    Raises:
        UserError: there is no localiser, or it is another model's.
    """
    require_localiser(model, file)
    localiser, record = load_localiser(file)
    window = window_of(Placement(record.place, record.millimetres), placement_in_frame(model))
    found = into_frame(localiser(cut(frame, window, record.settings.side)[None]), window)[0]
    pose, identity = found.pose(len(frame)), _padded(found.identity, len(model.identity))
    expression = torch.zeros(len(model.expression))
    candidates = basis.shape(identity.double().numpy(), expression.double().numpy())
    chosen = basis.follow(candidates, pose.rotation.double().numpy())
    projected = project(torch.from_numpy(candidates[chosen]).float(), pose)
    apart = (projected - torch.from_numpy(landmarks)).norm(dim=1)
    known = apart[apart.isfinite()]
    vertices = torch.from_numpy(basis.vertices[chosen])
    return FaceFit(pose, identity, expression, vertices, projected, float(known.mean()))


def _padded(identity: Tensor, count: int) -> Tensor:
    return torch.nn.functional.pad(identity, (0, count - len(identity)))
