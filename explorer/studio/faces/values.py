"""Values of faces that requests and panels share: edits and what they leave, and how alike faces are. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.science.evaluation.score import PhotographRates
from explorer.science.leakage.edits import PictureEdit, VectorEdit
from explorer.studio.arrays import Frame, Vector


@dataclass(frozen=True)
class Edits:
    """What is done to a face before it is read: to its photograph, and then to the embedding of that."""

    picture: PictureEdit = field(default_factory=PictureEdit)
    vector: VectorEdit = field(default_factory=VectorEdit)

    @property
    def changes(self) -> bool:
        """Whether anything is done."""
        return self.picture.changes or self.vector.changes

    def words(self) -> str:
        """Such as "blur 1 %, 4 bits"; empty where nothing is done."""
        return ", ".join(words for words in (self.picture.words(), self.vector.words()) if words)


@dataclass(frozen=True)
class UnnamedVector:
    """A file of an embedding that does not say which encoder made it.

    dimension: how many numbers it holds. norm: their Euclidean length. encoders: ids and titles of those that make so
    many. likeliest: the one of these whose embeddings are so long; None where that is not one.
    """

    path: Path
    dimension: int
    norm: float
    encoders: tuple[tuple[str, str], ...]
    likeliest: str | None


@dataclass(frozen=True, eq=False)
class Altered:
    """What a face's edits leave: its embedding (D,) of an encoder, and its frame.

    frame: (S, S, 3) uint8; None of a bare vector.
    """

    key: str
    encoder: str
    edits: Edits
    vector: Vector
    frame: Frame | None


@dataclass(frozen=True, eq=False)
class SimilarityTable:
    """All loaded faces against each other under one encoder.

    matrix: (n, n), cosine or Euclidean distance by `measure`, in the order of `keys`.
    threshold: the score at FMR 1e-3 on generated impostors; None where there are no impostor statistics.
    own_threshold: the one its makers publish, or None.
    photographs: what strangers on photographs do at the threshold.
    """

    encoder: str
    title: str
    measure: str
    keys: tuple[str, ...]
    matrix: NDArray[np.float64]
    threshold: float | None
    own_threshold: float | None
    photographs: tuple[PhotographRates, ...] = ()


@dataclass(frozen=True, eq=False)
class SimilarityTables:
    """One table an encoder."""

    by_encoder: Mapping[str, SimilarityTable]
