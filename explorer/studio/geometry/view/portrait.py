"""A fitted face as the window needs it, and what it was fitted to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from explorer.science.faces.face import Face
from explorer.studio.geometry.landmark_sources import LandmarkSource
from explorer.studio.geometry.view.scene import Scene

if TYPE_CHECKING:  # the window opens before torch is loaded
    from explorer.studio.geometry.fitting import FittedFace


@dataclass(frozen=True)
class Origin:
    """What a face was fitted to and by, for whoever fits it again.

    points, by_hand: of the photograph's face; no points of a reconstruction or of the mean face.
    landmarks_by: what found the landmarks; None of the mean face.
    model: the user's own; None for the one that ships with the program.
    """

    points: tuple[tuple[float, float], ...] | None = None
    by_hand: bool = False
    landmarks_by: LandmarkSource | None = None
    model: Path | None = None

    @classmethod
    def of(cls, face: Face | None, landmarks_by: LandmarkSource, model: Path | None = None) -> Origin:
        """Of a photograph's face, or of a picture that lies in the common frame already."""
        if face is None:
            return cls(landmarks_by=landmarks_by, model=model)
        points = tuple((float(x), float(y)) for x, y in face.points)
        return cls(points, face.by_hand, landmarks_by, model)


@dataclass(frozen=True, eq=False)
class FitView:
    """A fitted face as the window needs it.

    key: of the face, or of the run and its step. name: of the photograph, or what a reconstruction is called.
    sha256: of the photograph; empty for a reconstruction.
    frame: (S, S, 3) uint8, what was fitted. landmarks, projected: (68, 2) pixels of it: found, and the fit's own.
    scene: the face as fitted. roll: in degrees. expressions: names of its units, or their numbers.
    relative_error: of the landmarks, as a share of the outer eye corners' distance.
    refined: whether the photograph's colours were used. field: whether there is a neural field for its model.
    origin: what it takes to fit it again.
    """

    key: str
    name: str
    sha256: str
    frame: NDArray[np.uint8]
    landmarks: NDArray[np.float32]
    projected: NDArray[np.float32]
    scene: Scene
    roll: float
    expressions: tuple[str, ...]
    relative_error: float
    refined: bool
    field: bool
    fitted: FittedFace
    origin: Origin = Origin()
