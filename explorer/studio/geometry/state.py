"""What the 3D panels draw: fitted faces, the scene of the one in view, what it shows. No Qt, no torch at start-up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from explorer.studio.geometry.landmark_sources import LandmarkChoice
from explorer.studio.geometry.view.face_view import FaceView, YawSweep
from explorer.studio.geometry.view.pointing import SkinPoint
from explorer.studio.geometry.view.portrait import Portrait
from explorer.studio.geometry.view.scene import Camera, Look, Scene

if TYPE_CHECKING:  # the window opens before torch is loaded
    pass

Subject = Literal["photograph", "reconstruction"]


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
