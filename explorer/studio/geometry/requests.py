"""The requests of the 3D panels. They run on a light worker of their own, never stuck behind a step of an inversion."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.science.faces.face import Face
from explorer.studio.engine.requests import Request, Worker
from explorer.studio.geometry.landmark_sources import FitBy, LandmarkChoice
from explorer.studio.geometry.view.portrait import FitView
from explorer.studio.geometry.view.scene import Camera, RenderStyle, Scene
from explorer.studio.inversion.state import RunState

Fineness = Literal["moving", "still", "live"]


@dataclass(frozen=True, eq=False)
class FitFrame(Request):
    """Fit the morphable model to a face in the common frame. Result: `FrameFitted`.

    frame: (S, S, 3) uint8. name, sha256: of the photograph, and face: in it. landmarks: what finds them.
    model: the user's own; None for the one that ships with the program. by: what the fit follows from.
    """

    worker: ClassVar[Worker] = "light"
    priority: ClassVar[int] = 20
    title: ClassVar[str] = "fitting the face"
    key: str
    name: str
    sha256: str
    frame: NDArray[np.uint8]
    landmarks: LandmarkChoice = "auto"
    face: Face | None = None
    model: Path | None = None
    by: FitBy = "landmarks"


@dataclass(frozen=True, eq=False)
class OpenModel(Request):
    """Read a morphable model of the user's own. Result: `ModelOpened`.

    landmarks: the file that says where its landmarks are; the one beside the model, or none, if None.
    """

    worker: ClassVar[Worker] = "light"
    priority: ClassVar[int] = 30
    title: ClassVar[str] = "reading the morphable model"
    path: Path
    landmarks: Path | None = None


@dataclass(frozen=True, eq=False)
class ModelOpened:
    """A model that can be fitted. name: as it calls itself. vertices, identity, expression: how many it has of each."""

    path: Path
    name: str
    vertices: int
    identity: int
    expression: int

    @property
    def summary(self) -> str:
        """How large it is, in words."""
        return f"{self.vertices:,} vertices, {self.identity} components, {self.expression} expressions"


@dataclass(frozen=True, eq=False)
class RefineFit(Request):
    """Refine a fit by the photograph's colours. Result: `FrameFitted`."""

    worker: ClassVar[Worker] = "light"
    priority: ClassVar[int] = 10
    title: ClassVar[str] = "refining the fit"
    portrait: FitView


@dataclass(frozen=True, eq=False)
class FrameFitted:
    """A fit; None with a remark where there is none. `key` is the request's."""

    key: str
    portrait: FitView | None
    remark: str = ""


@dataclass(frozen=True, eq=False)
class FitRunImage(Request):
    """Fit the picture of a running inversion. Result: `RunImageFitted`. model, by: as in `FitFrame`."""

    worker: ClassVar[Worker] = "light"
    priority: ClassVar[int] = 15
    title: ClassVar[str] = "fitting the reconstruction"
    hidden: ClassVar[bool] = True
    run_key: str
    step: int
    image: NDArray[np.uint8]
    landmarks: LandmarkChoice = "auto"
    model: Path | None = None
    by: FitBy = "landmarks"


@dataclass(frozen=True, eq=False)
class RunImageFitted:
    """The fit of a run's picture; None with a remark where it has no face that can be fitted."""

    run_key: str
    portrait: FitView | None
    remark: str = ""


@dataclass(frozen=True, eq=False)
class ViewScene(Request):
    """Make what a scene shows. Result: `FaceView`."""

    worker: ClassVar[Worker] = "light"
    priority: ClassVar[int] = 40
    title: ClassVar[str] = "turning the face"
    hidden: ClassVar[bool] = True
    portrait: FitView
    scene: Scene
    fineness: Fineness


@dataclass(frozen=True, eq=False)
class SweepYaw(Request):
    """Find the visibility at every yaw. Result: `YawSweep`."""

    worker: ClassVar[Worker] = "light"
    priority: ClassVar[int] = 5
    title: ClassVar[str] = "visibility over yaw"
    hidden: ClassVar[bool] = True
    portrait: FitView
    scene: Scene
    degrees: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class ExportView(Request):
    """Write the mesh (.obj, .ply, .glb) or a turntable film (.mp4, .gif) of a scene. Result: `ViewExported`.

    path: its suffix says which. run: in view, whose picture a reconstruction is of.
    """

    worker: ClassVar[Worker] = "files"
    title: ClassVar[str] = "writing the face"
    path: Path
    portrait: FitView
    scene: Scene
    look: RenderStyle
    camera: Camera
    run: RunState | None = None

    @property
    def about(self) -> tuple[str, ...]:
        """The face, of a reconstruction the one that was inverted."""
        return _keys(self.portrait, run=self.run)


@dataclass(frozen=True, eq=False)
class ExportMaps(Request):
    """Write the texture maps of a scene into a folder as PNG files. Result: `ViewExported`. run: as in `ExportView`."""

    worker: ClassVar[Worker] = "files"
    title: ClassVar[str] = "writing the texture maps"
    folder: Path
    portrait: FitView
    scene: Scene
    run: RunState | None = None

    @property
    def about(self) -> tuple[str, ...]:
        """As in `ExportView`."""
        return _keys(self.portrait, run=self.run)


@dataclass(frozen=True, eq=False)
class ExportFits(Request):
    """Write figure 5.16 of some faces as PNG, SVG or PDF. Result: `ViewExported`. run: as in `ExportView`."""

    worker: ClassVar[Worker] = "files"
    title: ClassVar[str] = "writing the figure"
    path: Path
    portraits: tuple[FitView, ...]
    scenes: tuple[Scene, ...]
    run: RunState | None = None

    @property
    def about(self) -> tuple[str, ...]:
        """The faces, as in `ExportView`."""
        return _keys(*self.portraits, run=self.run)


@dataclass(frozen=True, eq=False)
class ViewExported:
    """The files written."""

    paths: tuple[Path, ...]


def _keys(*portraits: FitView, run: RunState | None) -> tuple[str, ...]:
    return (*(portrait.key for portrait in portraits), *(() if run is None else (run.target.key,)))
