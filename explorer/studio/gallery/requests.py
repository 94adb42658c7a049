"""The requests around many faces, and the reports and results that answer them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from explorer.studio.arrays import Image, Matrix
from explorer.studio.engine.reports import Report
from explorer.studio.engine.requests import Request, Worker
from explorer.studio.faces.values import SimilarityTable
from explorer.studio.gallery.state import Block, GalleryFace, Refused
from explorer.studio.gallery.values import Method


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

    vectors: (N, D) of the encoder, row by row as `keys`.
    """

    worker: ClassVar[Worker] = "gallery"
    title: ClassVar[str] = "grouping faces"
    encoder: str
    keys: tuple[str, ...]
    vectors: Matrix


@dataclass(frozen=True, eq=False)
class FacesGrouped:
    """Numbers of the groups, (N,), the largest first; groups of one face have one of their own, too."""

    encoder: str
    threshold: float
    keys: tuple[str, ...]
    numbers: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class ProjectFaces(Request):
    """Lay faces out on a plane. Reports `PointsMoved`. Result: `FacesProjected`.

    vectors: (N, D) of the encoder, row by row as `keys`.
    """

    worker: ClassVar[Worker] = "gallery"
    title: ClassVar[str] = "mapping faces"
    method: Method
    encoder: str
    keys: tuple[str, ...]
    vectors: Matrix


@dataclass(frozen=True, eq=False)
class PointsMoved(Report):
    """Where the points lie after so many steps, (N, 2)."""

    method: Method
    encoder: str
    keys: tuple[str, ...]
    points: Matrix
    done: int
    total: int


@dataclass(frozen=True, eq=False)
class FacesProjected:
    """Where the points lie, (N, 2). explained: share of the variance along each axis, where that means something."""

    method: Method
    encoder: str
    keys: tuple[str, ...]
    points: Matrix
    explained: tuple[float, float] | None


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
