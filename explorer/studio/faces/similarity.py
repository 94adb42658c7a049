"""All loaded faces against each other, under each encoder."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from explorer.science.recognition.registry import encoder_spec
from explorer.studio.arrays import Vector
from explorer.studio.faces.values import SimilarityTable


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
