"""Requests of the figure composer: a preview of what would be written, or the file itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from explorer.studio.arrays import Image
from explorer.studio.composer.composition import Composition
from explorer.studio.engine.requests import Request, Worker
from explorer.studio.geometry.view.portrait import FitView
from explorer.studio.geometry.view.scene import Scene
from explorer.studio.inversion.state import RunState
from explorer.studio.laboratory.values import LabFace
from explorer.studio.leakage.reading_of import ReadingsOf
from explorer.studio.leakage.readings import FaceRead, Reading
from explorer.studio.variation.values import EnsembleResult

if TYPE_CHECKING:  # the window opens before torch is loaded
    from explorer.studio.composer.laboratory_drawing import LaboratoryMade


@dataclass(frozen=True, eq=False)
class FigureInputs:
    """What a figure is made from; what its layout does not need is empty.

    portraits: fits with the scene of each. read, result: of the selected face and of its inversion; of: whose these
    are. source: the photograph's face, or the vector, that several inversions sought; varied_key: its key.
    faces: of a figure of Deep Face Decoder; made: what that shows, where it was made before.
    """

    runs: tuple[RunState, ...] = ()
    portraits: tuple[tuple[FitView, Scene], ...] = ()
    read: FaceRead | None = None
    result: Reading | None = None
    of: ReadingsOf = field(default_factory=ReadingsOf)
    varied: EnsembleResult | None = None
    source: object = field(default=None)
    varied_key: str = ""
    faces: tuple[LabFace, ...] = ()
    made: LaboratoryMade | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Of the faces and vectors that the figure shows."""
        read = () if self.read is None else (self.read.key,)
        varied = (self.varied_key,) if self.varied_key else ()
        runs = (run.target.key for run in self.runs)
        faces = (face.key for face in self.faces)
        return (*dict.fromkeys((*runs, *(portrait.key for portrait, _ in self.portraits), *read, *varied, *faces)),)


@dataclass(frozen=True, eq=False)
class Compose(Request):
    """Compose a figure. path: where it is written; None for a preview. Result: `Composed`."""

    worker: ClassVar[Worker] = "files"
    title: ClassVar[str] = "composing a figure"
    composition: Composition
    material: FigureInputs
    path: Path | None = None

    @property
    def about(self) -> tuple[str, ...]:
        """The faces that it shows."""
        return self.material.keys

    @property
    def lane(self) -> tuple[object, ...]:
        """A preview gives way to the next one; a file to none."""
        return type(self), self.path


@dataclass(frozen=True, eq=False)
class ComposeOnDevice(Compose):
    """One whose pictures the generator has yet to draw."""

    worker: ClassVar[Worker] = "device"


@dataclass(frozen=True, eq=False)
class ComposeLaboratory(Compose):
    """A figure of Deep Face Decoder, of faces that networks have yet to look at."""

    worker: ClassVar[Worker] = "device"
    title: ClassVar[str] = "composing a figure of faces"


@dataclass(frozen=True, eq=False)
class WriteNumbers(Request):
    """Write every step of runs as a table. Result: `Composed`."""

    worker: ClassVar[Worker] = "files"
    title: ClassVar[str] = "writing a table"
    path: Path
    runs: tuple[RunState, ...]

    @property
    def about(self) -> tuple[str, ...]:
        """The faces that were inverted."""
        return FigureInputs(runs=self.runs).keys


@dataclass(frozen=True, eq=False)
class Composed:
    """preview: (H, W, 3) uint8 and its size in millimetres; or the files that were written.

    made: what a figure of Deep Face Decoder shows.
    """

    preview: Image | None = None
    size: tuple[float, float] = (0.0, 0.0)
    paths: tuple[Path, ...] = ()
    made: LaboratoryMade | None = None
