"""What the 3D panels draw: fitted faces, the scene of the one in view, what it shows. No Qt, no torch at start-up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.science.faces.face import Face
from explorer.studio.landmark_sources import LandmarkChoice, LandmarkSource
from explorer.studio.viewing.face_view import FaceView, YawSweep
from explorer.studio.viewing.pointing import SkinPoint
from explorer.studio.viewing.scene import Camera, Look, Scene

if TYPE_CHECKING:  # the window opens before torch is loaded
    from explorer.studio.fitting import FittedFace

Subject = Literal["photograph", "reconstruction"]


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
class Portrait:
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


@dataclass(frozen=True, eq=False)
class Viewing:
    """What the 3D panels draw.

    watched: whether anybody looks, so that it is worth fitting.
    subject: whether the selected face's photograph is in view, or the picture of the run.
    landmarks_by: what finds the landmarks that faces are fitted by.
    portraits: fits by face key. live: of the run's picture.
    scene: of the portrait in view; None where there is none. view: the newest of it.
    sweep: visibility over yaw. sweeping: whether somebody looks at that.
    cursor: the point of the skin that the pointer is on, on the view's mesh.
    fitting: whether a fit of what is in view is under way. remark: why there is none, and what to do.
    """

    watched: bool = False
    subject: Subject = "photograph"
    landmarks_by: LandmarkChoice = "auto"
    portraits: Mapping[str, Portrait] = field(default_factory=dict)
    live: Portrait | None = None
    scene: Scene | None = None
    view: FaceView | None = None
    look: Look = field(default_factory=Look)
    camera: Camera = field(default_factory=Camera)
    sweep: YawSweep | None = None
    sweeping: bool = False
    cursor: SkinPoint | None = None
    fitting: bool = False
    remark: str = ""
