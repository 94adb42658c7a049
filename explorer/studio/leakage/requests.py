"""The requests of the probe panel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from explorer.science.faces.face import Face, Photograph
from explorer.science.leakage.readout import Origin
from explorer.studio.engine.requests import Request, Worker
from explorer.studio.faces.values import Edits
from explorer.studio.leakage.reading_of import ReadingsOf
from explorer.studio.leakage.readings import FaceRead, Reading
from explorer.studio.leakage.reconstructions import ThreeReadings

if TYPE_CHECKING:  # the window opens before torch is loaded
    from explorer.studio.leakage.reconstructing import Subject


@dataclass(frozen=True, eq=False)
class ReadFace(Request):
    """Read what an embedding tells, as it is and altered. Result: `FaceRead`.

    vector: (D,) of the encoder, unaltered.
    photograph, face, frame: where it came from, and that in the common frame; None for a bare embedding.
    before: its reading as it is, where that is known already. origin: what it is of, by which answers are calibrated.
    """

    priority: ClassVar[int] = 35
    title: ClassVar[str] = "reading the embedding"
    hidden: ClassVar[bool] = True
    key: str
    encoder: str
    vector: NDArray[np.float32]
    edits: Edits
    photograph: Photograph | None = None
    face: Face | None = None
    frame: NDArray[np.uint8] | None = None
    before: Reading | None = None
    origin: Origin = "photograph"


@dataclass(frozen=True, eq=False)
class ReadResult(Request):
    """Read what the embedding of an inversion's picture tells. Result: `ResultRead`.

    picture: tells the pictures of a run apart. image: (R, R, 3) uint8.
    target: (D,) what the inversion worked towards under this encoder; None where that is not known.
    """

    priority: ClassVar[int] = 32
    title: ClassVar[str] = "reading the inversion"
    hidden: ClassVar[bool] = True
    run_key: str
    picture: str
    encoder: str
    image: NDArray[np.uint8]
    attacked: str
    target: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class ReadPhotograph(Request):
    """Read what the labellers see in a photograph. Result: `PhotographRead`."""

    priority: ClassVar[int] = 31
    title: ClassVar[str] = "reading the photograph"
    hidden: ClassVar[bool] = True
    key: str
    photograph: Photograph
    face: Face

    @property
    def about(self) -> tuple[str, ...]:
        """The face."""
        return (self.key,)


@dataclass(frozen=True, eq=False)
class ReadPicture(Request):
    """Read what the labellers see in a picture that a run made of a vector. Result: `PictureRead`.

    picture: tells the pictures of a run apart. encoder: whose vector it was. image: (R, R, 3) uint8.
    landmarks, histogram: of the photograph, as in `Reading`; None where they are not known.
    """

    priority: ClassVar[int] = 30
    title: ClassVar[str] = "reading what was reconstructed"
    hidden: ClassVar[bool] = True
    run_key: str
    picture: str
    encoder: str
    image: NDArray[np.uint8]
    landmarks: NDArray[np.float32] | None = None
    histogram: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class ExportReadings(Request):
    """Write readings as a table or a figure, with their provenance. Result: `ReadingsExported`.

    path: its suffix says CSV, Parquet, PNG, SVG or PDF. of: whose they are.
    result: of the inversion, where there is one. with_source: whether the figure shows the photograph.
    """

    worker: ClassVar[Worker] = "files"
    title: ClassVar[str] = "writing the readouts"
    path: Path
    of: ReadingsOf
    read: FaceRead
    result: Reading | None = None
    with_source: bool = False

    @property
    def about(self) -> tuple[str, ...]:
        """The face or vector."""
        return (self.read.key,)


@dataclass(frozen=True, eq=False)
class ExportThreeWays(Request):
    """Write one vector's readings three ways as a table or a figure, with their provenance. Result: `ReadingsExported`.

    path: its suffix says CSV, Parquet, PNG, SVG or PDF. subject: what was read. key: of the face or vector.
    with_source: whether the figure shows the photograph.
    """

    worker: ClassVar[Worker] = "files"
    title: ClassVar[str] = "writing the readings"
    path: Path
    three: ThreeReadings
    subject: Subject
    key: str
    with_source: bool = False

    @property
    def about(self) -> tuple[str, ...]:
        """The face or vector."""
        return (self.key,)


@dataclass(frozen=True, eq=False)
class ReadingsExported:
    """The files written."""

    paths: tuple[Path, ...]
