"""What is to be inverted, from a photograph or from a bare embedding."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.face import Face, Photograph
from explorer.science.faces.reading import read_file
from explorer.science.recognition.registry import ENCODER_IDS
from explorer.studio.inverting import InversionTarget
from explorer.studio.networks import Networks, known_encoder
from explorer.studio.session.run import TargetRecord
from explorer.studio.vectors import is_vector_file, read_vector


@dataclass(frozen=True, eq=False)
class OpenedTarget:
    """A target and what a figure may show of it.

    frame: (1024, 1024, 3) uint8, the photograph's face in the common frame; None for a bare vector.
    """

    target: InversionTarget
    frame: NDArray[np.uint8] | None


def open_target(networks: Networks, path: Path, encoder: str, face: int | None = None) -> OpenedTarget:
    """Read a photograph or a bare embedding and make it a target for an encoder.

    Args:
        encoder: the encoder that is attacked; a bare embedding must be its.
        face: which face of the photograph, from 0; the most prominent one where None.

    Raises:
        UserError, FaceError: the file cannot be used; the message says why and what to do.
        MissingNetwork: a network is not in the cache.
    """
    if is_vector_file(path):
        return OpenedTarget(vector_target(path, encoder), None)
    photograph = read_file(path)
    chosen = choose_face(photograph, networks.detector().detect(photograph.pixels), face)
    return photograph_target(networks, photograph, chosen, encoder)


def vector_target(path: Path, encoder: str) -> InversionTarget:
    """A bare embedding as a target; nothing is known of it under other encoders."""
    values, digest = read_vector(path, known_encoder(encoder).dimension, encoder)
    vector = torch.from_numpy(values)
    record = TargetRecord(kind="vector", name=path.name, sha256=digest, encoder=encoder, norm=float(vector.norm()))
    return InversionTarget(record, vector)


def photograph_target(networks: Networks, photograph: Photograph, face: Face, encoder: str) -> OpenedTarget:
    """A face of a photograph as a target: its embedding, and those that held-out encoders judge by."""
    known_encoder(encoder)
    embeddings = {name: embed_face(networks.recogniser(name), photograph, face) for name in ENCODER_IDS}
    attacked = embeddings.pop(encoder)
    record = TargetRecord(
        kind="photograph",
        name=photograph.name,
        sha256=photograph.sha256,
        encoder=encoder,
        norm=float(attacked.norm()),
        points=face.points.tolist(),
        points_by_hand=face.by_hand,
    )
    return OpenedTarget(InversionTarget(record, attacked, embeddings), crop_frame(photograph, face).frame)
