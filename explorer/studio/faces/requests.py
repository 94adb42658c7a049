"""The requests of this program, and the reports and results that answer them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from explorer.science.faces.face import Face, Photograph
from explorer.studio.arrays import Image, Vector
from explorer.studio.engine.reports import Report
from explorer.studio.engine.requests import Request, Worker
from explorer.studio.faces.template_record import ChangedRecord, TemplateRecord
from explorer.studio.faces.values import UnnamedVector


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

    priority: ClassVar[int] = 30
    title: ClassVar[str] = "opening photographs"
    again_with_networks: ClassVar[bool] = True
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
class OpenVectors(Request):
    """Read bare embeddings. Result: `VectorsOpened`.

    encoder: whose they are; None to go by what the files or the records beside them say.
    batch: tells two drops apart, so that the second does not drop the first.
    """

    worker: ClassVar[Worker] = "light"
    title: ClassVar[str] = "opening embeddings"
    paths: tuple[Path, ...]
    encoder: str | None = None
    batch: int = 0

    @property
    def lane(self) -> tuple[object, ...]:
        """One lane a batch."""
        return type(self), self.batch


@dataclass(frozen=True, eq=False)
class VectorOpened:
    """A bare embedding: (D,) float32. `sha256` is of its file; `remarks` say what is odd about it."""

    name: str
    sha256: str
    encoder: str
    vector: Vector
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class VectorsOpened:
    """What came of files of embeddings.

    unnamed: those that do not say whose they are. refused: a line for each that cannot be used.
    """

    opened: tuple[VectorOpened, ...]
    unnamed: tuple[UnnamedVector, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class EmbedFace(Request):
    """Embed one face under every encoder. Result: `FaceEmbedded`."""

    priority: ClassVar[int] = 20
    title: ClassVar[str] = "embedding a face"
    again_with_networks: ClassVar[bool] = True
    face_key: str
    photograph: Photograph
    face: Face

    @property
    def about(self) -> tuple[str, ...]:
        """The face."""
        return (self.face_key,)

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
    hidden: ClassVar[bool] = True
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

    priority: ClassVar[int] = 10
    title: ClassVar[str] = "comparing faces"
    hidden: ClassVar[bool] = True
    vectors: Mapping[str, Mapping[str, Vector]]


@dataclass(frozen=True, eq=False)
class ExportEmbedding(Request):
    """Write an embedding (D,) and its record beside it. Result: `EmbeddingExported`.

    path: its suffix says npy, csv or json. key: of the face or vector. of: the photograph and the face in it; of a bare
    vector, the name and sha256 of the file that it came from. template: of which faces it is the average, if it is.
    changed: of which changed face it is, if it is.
    """

    worker: ClassVar[Worker] = "files"
    title: ClassVar[str] = "writing the embedding"
    path: Path
    key: str
    encoder: str
    vector: Vector
    of: tuple[Photograph, Face] | tuple[str, str]
    template: TemplateRecord | None = None
    changed: ChangedRecord | None = None

    @property
    def about(self) -> tuple[str, ...]:
        """The face or vector."""
        return (self.key,)

    @property
    def lane(self) -> tuple[object, ...]:
        """A file gives way to none but itself."""
        return type(self), self.path


@dataclass(frozen=True, eq=False)
class EmbeddingExported:
    """The files written: the embedding, and its record."""

    paths: tuple[Path, ...]
