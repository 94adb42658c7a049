"""What the 3D panels draw: fitted faces, the scene of the one in view, what it shows. No Qt, no torch at start-up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from explorer.studio.geometry.landmark_sources import FitBy, LandmarkChoice
from explorer.studio.geometry.view.face_view import FaceView, YawSweep
from explorer.studio.geometry.view.pointing import SkinPoint
from explorer.studio.geometry.view.portrait import FitView
from explorer.studio.geometry.view.scene import Camera, RenderStyle, Scene
from explorer.studio.session.slices import Forgotten, Slice

if TYPE_CHECKING:  # the window opens before torch is loaded
    pass

Subject = Literal["photograph", "reconstruction"]


@dataclass(frozen=True, eq=False)
class Viewer3DState:
    """What the 3D panels draw.

    watched: whether anybody looks, so that it is worth fitting.
    subject: whether the selected face's photograph is in view, or the picture of the run.
    landmarks_by: what finds the landmarks that faces are fitted by. fitted_by: what fits follow from.
    model: the user's own model that faces are fitted with; None for the one that ships. It is not kept with the work: a
        path says where things lie on one computer. model_name: what it is called; empty for the one that ships.
    portraits: fits by face key. live: of the run's picture.
    scene: of the portrait in view; None where there is none. view: the newest of it.
    sweep: visibility over yaw. sweeping: whether somebody looks at that.
    cursor: the point of the skin that the pointer is on, on the view's mesh.
    fitting: whether a fit of what is in view is under way. remark: why there is none, and what to do.
    """

    watched: bool = False
    subject: Subject = "photograph"
    landmarks_by: LandmarkChoice = "auto"
    fitted_by: FitBy = "landmarks"
    model: Path | None = None
    model_name: str = ""
    portraits: Mapping[str, FitView] = field(default_factory=dict)
    live: FitView | None = None
    scene: Scene | None = None
    view: FaceView | None = None
    look: RenderStyle = field(default_factory=RenderStyle)
    camera: Camera = field(default_factory=Camera)
    sweep: YawSweep | None = None
    sweeping: bool = False
    cursor: SkinPoint | None = None
    fitting: bool = False
    remark: str = ""


def _without(viewing: Viewer3DState, forgotten: Forgotten) -> Viewer3DState:
    portraits = {key: portrait for key, portrait in viewing.portraits.items() if not forgotten.holds(key)}
    # A picture of a run is known by the run and its step.
    live = viewing.live if viewing.live is None or not _of_forgotten(viewing.live.key, forgotten) else None
    if len(portraits) == len(viewing.portraits) and live is viewing.live:
        return viewing
    left = replace(viewing, portraits=portraits, live=live)
    if viewing.view is None or not _of_forgotten(viewing.view.key, forgotten):
        return left
    return replace(left, scene=None, view=None, cursor=None, sweep=None)


def _of_forgotten(key: str, forgotten: Forgotten) -> bool:
    return forgotten.holds(key) or key.rpartition("/")[0] in forgotten.keys


def _merged(now: Viewer3DState, saved: Viewer3DState) -> Viewer3DState:
    return replace(
        now,
        subject=saved.subject,
        landmarks_by=saved.landmarks_by,
        fitted_by=saved.fitted_by,
        look=saved.look,
        camera=saved.camera,
    )


VIEWING = Slice[Viewer3DState](
    name="viewing",
    default=Viewer3DState,
    without=_without,
    mark=None,
    merged=_merged,
    cleared=lambda viewing: _merged(viewing, Viewer3DState()),
)
"""What the 3D panels draw; of it, subject, landmarks' source, way to fit, look and camera are kept."""

SLICES = (VIEWING,)
