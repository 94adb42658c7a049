"""The requests around many faces, and the reports and results that answer them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from explorer.studio.arrays import Image, Matrix
from explorer.studio.collection.reading import Collection
from explorer.studio.engine.reports import Report
from explorer.studio.engine.requests import Request, Worker
from explorer.studio.faces.values import SimilarityTable
from explorer.studio.gallery.state import Block, GalleryFace, Refused
from explorer.studio.gallery.values import Method
from explorer.studio.session.slices import Forgotten

if TYPE_CHECKING:  # the window opens before torch is loaded
    from explorer.science.evaluation.fitted_projection import Fitted
    from explorer.science.recognition.joined_rows import JoinedRows


@dataclass(frozen=True, eq=False)
class ReadFolders(Request):
    """Find and embed the faces of all photographs in folders and the folders in them.

    Reports `FacesFound`, now and then; `finish` keeps what was found. Result: `FoldersRead`.

    known: photographs that need not be read again.
    """

    priority: ClassVar[int] = -10
    title: ClassVar[str] = "reading folders"
    roots: tuple[Path, ...]
    known: frozenset[Path] = frozenset()


@dataclass(frozen=True, eq=False)
class FacesFound(Report):
    """Some faces more, and photographs that could not be used."""

    block: Block
    refused: tuple[Refused, ...]


@dataclass(frozen=True, eq=False)
class FoldersRead:
    """The folders have been read.

    complete: to their end. photographs: how many there were. passed_over: in words, what else; empty for nothing.
    """

    roots: tuple[Path, ...]
    complete: bool
    photographs: int
    passed_over: str = ""


@dataclass(frozen=True, eq=False)
class ForgetPhotographs(Request):
    """Remove what is kept of photographs in the cache. Result: None. sha256s: of their files."""

    title: ClassVar[str] = "forgetting photographs"
    hidden: ClassVar[bool] = True
    sha256s: tuple[str, ...]

    @property
    def lane(self) -> tuple[object, ...]:
        """None is ever dropped for a newer one."""
        return type(self), id(self)


@dataclass(frozen=True, eq=False)
class GroupFaces(Request):
    """Find out which faces are of one person, at the encoder's threshold. Result: `FacesGrouped`.

    vectors: (N, D) of the encoder, row by row as `keys`; those of a collection stay where they lie.
    """

    worker: ClassVar[Worker] = "gallery"
    title: ClassVar[str] = "grouping faces"
    encoder: str
    keys: Sequence[str]
    vectors: Matrix | JoinedRows


@dataclass(frozen=True, eq=False)
class FacesGrouped:
    """Numbers of the groups, (N,), the largest first; groups of one face have one of their own, too.

    remark: how, where not all pairs were looked at; else empty.
    """

    encoder: str
    threshold: float
    keys: Sequence[str]
    numbers: NDArray[np.intp]
    remark: str = ""


@dataclass(frozen=True, eq=False)
class ProjectFaces(Request):
    """Lay faces out on a plane. Reports `PointsMoved`. Result: `FacesProjected`.

    vectors: (N, D) of the encoder, row by row as `keys`; those of a collection stay where they lie.
    fitted: what carries them over, so that none of the faces of an earlier map moves; None to lay them out anew.
    """

    worker: ClassVar[Worker] = "gallery"
    title: ClassVar[str] = "mapping faces"
    method: Method
    encoder: str
    keys: Sequence[str]
    vectors: Matrix | JoinedRows
    fitted: Fitted | None = None


@dataclass(frozen=True, eq=False)
class PointsMoved(Report):
    """Where the points lie after so many steps, (N, 2)."""

    method: Method
    encoder: str
    keys: Sequence[str]
    points: Matrix
    done: int
    total: int


@dataclass(frozen=True, eq=False)
class FacesProjected:
    """Where the points lie, (N, 2). explained: share of the variance along each axis, where that means something.
    fitted: what carries more faces over; None where nothing does."""

    method: Method
    encoder: str
    keys: Sequence[str]
    points: Matrix
    explained: tuple[float, float] | None
    fitted: Fitted | None = None


@dataclass(frozen=True, eq=False)
class CompareFew(Request):
    """Compare a few faces under every encoder. Result: `FewCompared`. vectors: by key, then by encoder."""

    priority: ClassVar[int] = 15
    title: ClassVar[str] = "comparing faces"
    hidden: ClassVar[bool] = True
    vectors: Mapping[str, Mapping[str, Matrix]]


@dataclass(frozen=True, eq=False)
class FewCompared:
    """One table an encoder."""

    keys: tuple[str, ...]
    tables: Mapping[str, SimilarityTable]


@dataclass(frozen=True, eq=False)
class FrameFaces(Request):
    """Cut faces out of their photographs. Result: `FacesFramed`."""

    worker: ClassVar[Worker] = "light"
    title: ClassVar[str] = "reading photographs"
    hidden: ClassVar[bool] = True
    faces: tuple[GalleryFace, ...]


@dataclass(frozen=True, eq=False)
class FacesFramed:
    """By key: a square in the common frame, uint8, 512 px.

    remarks: of photographs that could not be read, why; their faces' thumbnails stand in.
    """

    frames: Mapping[str, Image]
    remarks: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Differ(Request):
    """Say where two pictures of one size differ. Result: `DifferenceMap`."""

    worker: ClassVar[Worker] = "light"
    title: ClassVar[str] = "comparing pictures"
    hidden: ClassVar[bool] = True
    one: Image
    other: Image


@dataclass(frozen=True, eq=False)
class OpenCollection(Request):
    """Map a collection, to be shown in the gallery. Result: `CollectionOpened`."""

    worker: ClassVar[Worker] = "gallery"
    title: ClassVar[str] = "opening a collection"
    folder: Path


@dataclass(frozen=True, eq=False)
class CollectionOpened:
    """It can be looked at. anew: whether it is the one that is shown, as it is by now."""

    collection: Collection
    anew: bool = False


@dataclass(frozen=True, eq=False)
class ForgetInCollection(Request):
    """Overwrite what a collection holds of faces. Result: `CollectionOpened`."""

    worker: ClassVar[Worker] = "gallery"
    title: ClassVar[str] = "forgetting faces of a collection"
    folder: Path
    forgotten: Forgotten

    @property
    def lane(self) -> tuple[object, ...]:
        """None is ever dropped for a newer one."""
        return type(self), id(self)


@dataclass(frozen=True, eq=False)
class IndexCollection(Request):
    """Make a collection's index, for approximate search. Result: `CollectionIndexed`."""

    worker: ClassVar[Worker] = "gallery"
    title: ClassVar[str] = "indexing a collection"
    collection: Collection


@dataclass(frozen=True, eq=False)
class CollectionIndexed:
    """The index is made. says: how well it finds."""

    says: str


@dataclass(frozen=True, eq=False)
class SearchCollection(Request):
    """Find the faces of a collection that are nearest to an embedding, (D,). Result: `NeighboursFound`.

    reference: key of whose it is.
    """

    worker: ClassVar[Worker] = "light"
    title: ClassVar[str] = "searching a collection"
    hidden: ClassVar[bool] = True
    collection: Collection
    reference: str
    vector: Matrix


@dataclass(frozen=True, eq=False)
class NeighboursFound:
    """Rows of the collection, (n,), the nearest first, and their scores; n is `MOST_NEAREST` at most. says: how."""

    collection: Collection
    reference: str
    rows: NDArray[np.int64]
    scores: NDArray[np.float32]
    says: str
