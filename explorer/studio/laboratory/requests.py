"""The requests of the laboratory's panel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.studio.arrays import Frame, Vector
from explorer.studio.engine.reports import Report
from explorer.studio.engine.requests import Request, Worker
from explorer.studio.inversion.values import RunTarget
from explorer.studio.laboratory.values import LabChoice, LabFace, LabRow, ModifyChoice

Written = Literal["rows", "pictures"]
Vectors = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class RunLaboratory(Request):
    """Do to faces what is chosen, a row each. Reports `Progress` and a `RowMade` for each face. Result: `RowsMade`.

    encoder: whose embeddings, decodes and probes are shown; an attack is on it. aim: what an attack goes towards.
    earlier: rows of the same operation on the same faces, whose embeddings of the faces as they are serve again.
    """

    priority: ClassVar[int] = 30
    title: ClassVar[str] = "working in the laboratory"
    faces: tuple[LabFace, ...]
    choice: LabChoice
    encoder: str
    aim: RunTarget | None = None
    earlier: tuple[LabRow, ...] = ()

    @property
    def about(self) -> tuple[str, ...]:
        """The face, where it is one."""
        return (self.faces[0].key,) if len(self.faces) == 1 else ()


@dataclass(frozen=True, eq=False)
class RowMade(Report):
    """One face is through."""

    row: LabRow


@dataclass(frozen=True, eq=False)
class RowsMade:
    """All faces are through."""

    count: int


@dataclass(frozen=True, eq=False)
class ExportLaboratory(Request):
    """Write rows of one operation into a file with its record. Result: `LaboratoryExported`.

    path: its suffix says figure or table; of embeddings without an attribute .npy, .csv or .json.
    what: the rows as a figure or table, or of an attack on one face the attacked picture itself, to the bit.
    """

    worker: ClassVar[Worker] = "files"
    title: ClassVar[str] = "writing the laboratory's rows"
    path: Path
    rows: tuple[LabRow, ...]
    what: Written = "rows"
    mark: bool = True

    @property
    def about(self) -> tuple[str, ...]:
        """The face, where it is one."""
        return (self.rows[0].key,) if len(self.rows) == 1 else ()


@dataclass(frozen=True, eq=False)
class LaboratoryExported:
    """The files written."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, eq=False)
class DecodeEmbedding(Request):
    """Let the encoder's decoder draw an embedding (D,). Result: `EmbeddingDecoded`.

    key: of the face or vector. edited: whether the embedding is what edits left.
    """

    worker: ClassVar[Worker] = "light"
    title: ClassVar[str] = "decoding"
    hidden: ClassVar[bool] = True
    key: str
    encoder: str
    vector: Vector
    edited: bool = False

    @property
    def about(self) -> tuple[str, ...]:
        """The face or vector."""
        return (self.key,)


@dataclass(frozen=True, eq=False)
class EmbeddingDecoded:
    """What became of it. vector: as it was asked for. picture: (S, S, 3) uint8, or None; remark: then why."""

    vector: Vector
    picture: Frame | None
    remark: str = ""


@dataclass(frozen=True, eq=False)
class ProtectVectors(Request):
    """Take an attribute out of many embeddings (N, D) at once, and write them. Result: `VectorsProtected`.

    path: .npy; of one embedding also .csv or .json. choice: attribute and method. modifier: a file of the user's own,
    or empty for the program's. names, sha256s: of the files that the embeddings come from.
    """

    worker: ClassVar[Worker] = "files"
    title: ClassVar[str] = "protecting vectors"
    path: Path
    encoder: str
    choice: ModifyChoice
    modifier: str
    names: tuple[str, ...]
    sha256s: tuple[str, ...]
    vectors: Vectors


@dataclass(frozen=True, eq=False)
class VectorsProtected:
    """The files written. cosines: (N,) of the embeddings with what they were."""

    paths: tuple[Path, ...]
    attribute: str
    cosines: Vector
