"""All loaded faces against each other, under each encoder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from explorer.science.evaluation.scoring import photograph_rates
from explorer.science.recognition.registry import ENCODERS, encoder_spec
from explorer.studio.arrays import Vector
from explorer.studio.catalogue.encoders import missing_encoders
from explorer.studio.catalogue.networks import Networks
from explorer.studio.faces.values import SimilarityTable


def similarity_tables(
    networks: Networks, vectors: Mapping[str, Mapping[str, Vector]]
) -> Iterator[tuple[str, SimilarityTable]]:
    """The table of each encoder that is here, or has embedded one of the faces; else as `similarity_table`."""
    missing = missing_encoders()
    known = {encoder for some in vectors.values() for encoder in some}
    for encoder in ENCODERS.names():
        if encoder in known or encoder not in missing:
            calibration = networks.calibration(encoder)
            table = similarity_table(encoder, vectors, None if calibration is None else calibration.threshold)
            if calibration is not None:
                table = replace(table, photographs=photograph_rates(calibration, calibration.threshold))
            yield encoder, table


def similarity_table(
    encoder: str, vectors: Mapping[str, Mapping[str, Vector]], threshold: float | None
) -> SimilarityTable:
    """Compare all embeddings of one encoder: cosines, or Euclidean distances.

    Args:
        vectors: by face key, then by encoder; faces without one of this encoder are left out.
        threshold: the score at FMR 1e-3; None where there are no impostor statistics.
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
