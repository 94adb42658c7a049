"""All loaded faces against each other, under each encoder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.science.recognition.registry import encoder_spec
from explorer.studio.arrays import Vector


def similarity_table(encoder: str, vectors: Mapping[str, Mapping[str, Vector]], threshold: float) -> SimilarityTable:
    """Compare all embeddings of one encoder: cosines, or Euclidean distances.

    Args:
        vectors: by face key, then by encoder; faces without one of this encoder are left out.
    """
    spec = encoder_spec(encoder)
    keys = tuple(key for key, known in vectors.items() if encoder in known)
    stacked = np.array([vectors[key][encoder] for key in keys], np.float64).reshape(len(keys), spec.dimension)
    if spec.measure == "cosine":
        unit = stacked / np.linalg.norm(stacked, axis=1, keepdims=True)
        matrix = unit @ unit.T
    else:
        matrix = np.linalg.norm(stacked[:, None] - stacked[None], axis=-1)
    return SimilarityTable(encoder, spec.title, spec.measure, keys, matrix, threshold, spec.own_threshold)


@dataclass(frozen=True, eq=False)
class SimilarityTable:
    """All loaded faces against each other under one encoder.

    matrix: (n, n), cosine or Euclidean distance by `measure`, in the order of `keys`.
    threshold: the score at FMR 1e-3 on generated impostors.
    own_threshold: the one its makers publish, or None.
    """

    encoder: str
    title: str
    measure: str
    keys: tuple[str, ...]
    matrix: NDArray[np.float64]
    threshold: float
    own_threshold: float | None


@dataclass(frozen=True, eq=False)
class SimilarityTables:
    """One table an encoder."""

    by_encoder: Mapping[str, SimilarityTable]
