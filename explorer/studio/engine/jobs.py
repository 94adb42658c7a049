"""The requests of this program, and the reports and results that answer them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from explorer.science.faces.face import Face, Photograph
from explorer.science.inversion.settings import InversionSettings
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.engine.requests import Request, Worker
from explorer.studio.session.run import BranchingPoint, InversionRun, StepRecord, TargetRecord, WeightChange

if TYPE_CHECKING:  # the window opens before torch is loaded
    from torch import Tensor

Image = NDArray[np.uint8]
Vector = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Source:
    """Where a photograph comes from: a path, or encoded bytes with the name to show ("pasted image")."""

    path: Path | None = None
    data: bytes | None = None
    name: str = ""


@dataclass(frozen=True, eq=False)
class OpenPhotographs(Request):
    """Read photographs and find their faces. Reports `PhotographOpened` or `PhotographRefused` for each; result None.

    batch: tells two drops apart, so that the second does not drop the first.
    """

    urgency: ClassVar[int] = 30
    title: ClassVar[str] = "opening photographs"
    sources: tuple[Source, ...]
    batch: int = 0

    @property
    def lane(self) -> tuple[object, ...]:
        """One lane a batch."""
        return type(self), self.batch


@dataclass(frozen=True, eq=False)
class PhotographOpened(Report):
    """A photograph was read.

    faces: those large enough to be embedded, the most prominent first. thumbnails: one a face.
    overview: the whole photograph, at most 512 px. remark: where there is no such face, why, and what to do.
    """

    photograph: Photograph
    faces: tuple[Face, ...]
    thumbnails: tuple[Image, ...]
    overview: Image
    remark: str = ""


@dataclass(frozen=True, eq=False)
class PhotographRefused(Report):
    """A photograph could not be used; the others of its batch go on."""

    name: str
    message: str


@dataclass(frozen=True, eq=False)
class OpenVector(Request):
    """Read a bare embedding made by the named encoder. Result: `VectorOpened`."""

    worker: ClassVar[Worker] = "light"
    title: ClassVar[str] = "opening a vector"
    path: Path
    encoder: str

    @property
    def lane(self) -> tuple[object, ...]:
        """One lane a file."""
        return type(self), self.path


@dataclass(frozen=True, eq=False)
class VectorOpened:
    """A bare embedding: (D,) float32. `sha256` is of its file."""

    name: str
    sha256: str
    encoder: str
    vector: Vector


@dataclass(frozen=True, eq=False)
class EmbedFace(Request):
    """Embed one face under every encoder. Result: `FaceEmbedded`."""

    urgency: ClassVar[int] = 20
    title: ClassVar[str] = "embedding a face"
    face_key: str
    photograph: Photograph
    face: Face

    @property
    def lane(self) -> tuple[object, ...]:
        """One lane a face: a moved point replaces the older request for the same face only."""
        return type(self), self.face_key


@dataclass(frozen=True, eq=False)
class FaceEmbedded:
    """What a face's embeddings are.

    frame: (S, S, 3) uint8, the FFHQ-aligned crop. thumbnail: a smaller one.
    vectors: by encoder, (D,) float32 as the network gives it.
    """

    face_key: str
    frame: Image
    thumbnail: Image
    vectors: Mapping[str, Vector]


@dataclass(frozen=True, eq=False)
class ForgetFace(Request):
    """Drop every trace of a photograph, or of one face of it, from the caches. Result: None."""

    title: ClassVar[str] = "forgetting a face"
    quiet: ClassVar[bool] = True
    photograph_sha256: str
    face: Face | None = None

    @property
    def lane(self) -> tuple[object, ...]:
        """None is ever dropped for a newer one."""
        return type(self), id(self)


@dataclass(frozen=True, eq=False)
class CompareAll(Request):
    """Compare all faces with each other. Result: `SimilarityTables`.

    vectors: by face key, then by encoder; a bare vector has its own encoder only.
    """

    urgency: ClassVar[int] = 10
    title: ClassVar[str] = "comparing faces"
    quiet: ClassVar[bool] = True
    vectors: Mapping[str, Mapping[str, Vector]]


@dataclass(frozen=True, eq=False)
class SimilarityTable:
    """All loaded faces against each other under one encoder.

    matrix: (n, n), cosine or Euclidean distance by `measure`, in the order of `keys`.
    threshold: the score at FMR 1e-3 on generated impostors; None where there are no impostor statistics.
    own_threshold: the one its makers publish, or None.
    """

    encoder: str
    title: str
    measure: str
    keys: tuple[str, ...]
    matrix: NDArray[np.float64]
    threshold: float | None
    own_threshold: float | None


@dataclass(frozen=True, eq=False)
class SimilarityTables:
    """One table an encoder."""

    by_encoder: Mapping[str, SimilarityTable]


@dataclass(frozen=True, eq=False)
class Target:
    """What an inversion works towards: one embedding, and for a photograph its embeddings under held-out encoders.

    held_out: by encoder, (D,) float32; empty for a bare vector.
    frame: the photograph's face in the common frame; None for a bare vector.
    """

    key: str
    record: TargetRecord
    vector: Vector
    held_out: Mapping[str, Vector]
    frame: Image | None = None


@dataclass(frozen=True, eq=False)
class Invert(Request):
    """Turn an embedding back into a face. The live values are the loss terms' weights.

    Reports `Progress` (networks, starts), `TargetsFound` where there are some, one `StepTaken` a step, `Finishing`.
    Result: `Inverted`.

    branch: the step of an earlier run to go on from, in place of starts.
    """

    title: ClassVar[str] = "inverting"
    run_key: str
    target: Target
    settings: InversionSettings
    branch: BranchingPoint | None = None


@dataclass(frozen=True, eq=False)
class Overlay:
    """What can be drawn onto a picture: landmarks (68, 2) in units of its side, and histograms (3, bins) in shares.

    landmarks, histogram: the picture's own; wanted_landmarks, wanted_histogram: those that are sought.
    """

    landmarks: NDArray[np.float32] | None = None
    wanted_landmarks: NDArray[np.float32] | None = None
    histogram: NDArray[np.float32] | None = None
    wanted_histogram: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class TargetsFound(Report):
    """What is sought besides the embedding, as it lies in the common frame."""

    run_key: str
    overlay: Overlay


@dataclass(frozen=True, eq=False)
class StartLeads(Report):
    """While starts compete: the face of the one that is ahead, (R, R, 3) uint8."""

    run_key: str
    image: Image
    cosine: float
    competing: int


@dataclass(frozen=True, eq=False)
class StepTaken(Report):
    """One step of an inversion.

    latent: float32, CPU. changes: weights that changed at this step.
    image, best_image: (R, R, 3) uint8, or None where the picture was dropped to keep the window free (numbers never
    are).
    overlay: what can be drawn onto the picture; None where nothing is sought besides the embedding.
    """

    is_step: ClassVar[bool] = True
    run_key: str
    record: StepRecord
    latent: Tensor
    image: Image | None
    best_image: Image | None
    changes: tuple[WeightChange, ...]
    overlay: Overlay | None = None


@dataclass(frozen=True, eq=False)
class Finishing(Progress):
    """The steps are over; the result is being drawn at native resolution and scored."""


@dataclass(frozen=True, eq=False)
class Inverted:
    """A finished inversion. native: (1024, 1024, 3) uint8, the best latent at the generator's own resolution."""

    run_key: str
    run: InversionRun
    native: Image
    latent: Tensor


@dataclass(frozen=True, eq=False)
class RenderStep(Request):
    """Draw a step already made, at the resolution it had. Result: `StepRendered`."""

    urgency: ClassVar[int] = 40
    title: ClassVar[str] = "drawing a step"
    quiet: ClassVar[bool] = True
    run_key: str
    index: int
    latent: Tensor
    resolution: int
    settings: InversionSettings


@dataclass(frozen=True, eq=False)
class StepRendered:
    """The picture of a step: (R, R, 3) uint8."""

    run_key: str
    index: int
    image: Image


@dataclass(frozen=True, eq=False)
class ExportFigure(Request):
    """Write a figure of a run with its provenance, in it and beside it. Result: `Exported`.

    path: its suffix says PNG, SVG or PDF.
    latents: every step's, for the milestones.
    target_frame: the photograph's face; target_vector: the bare embedding where there was no photograph.
    with_source: whether that is shown; both are biometric data.
    """

    title: ClassVar[str] = "writing the figure"
    path: Path
    run: InversionRun
    latents: tuple[Tensor, ...]
    native: Image
    target_frame: Image | None = None
    target_vector: Vector | None = None
    with_source: bool = False


@dataclass(frozen=True, eq=False)
class Exported:
    """The files written."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, eq=False)
class FetchNetworks(Request):
    """Download what is missing of the networks that every user needs. Result: None."""

    worker: ClassVar[Worker] = "files"
    title: ClassVar[str] = "fetching networks"
