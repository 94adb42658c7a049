"""What is to be inverted, from a photograph or from a bare embedding."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.choosing import choose_face, face_by_hand
from explorer.science.faces.face import Face, FaceError, Photograph
from explorer.science.leakage.edits import PictureEdit, VectorEdit
from explorer.science.names import name_of
from explorer.science.recognition.registry import ENCODERS
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.networks import Networks, known_encoder
from explorer.studio.errors import UserError
from explorer.studio.export.generated import open_picture
from explorer.studio.faces.edits import altered_vector
from explorer.studio.faces.vector_encoder import open_vector
from explorer.studio.faces.vectors import is_vector_file, vector_of
from explorer.studio.inversion.record import TargetRecord
from explorer.studio.inversion.running import InversionTarget

# Told where nobody said which face is meant and there are several: the photograph, the number of the face that is
# taken, from 1, and how many there are.
Others = Callable[[Photograph, int, int], object]


@dataclass(frozen=True, eq=False)
class OpenedTarget:
    """A target and what a figure may show of it.

    frame: (1024, 1024, 3) uint8, the photograph's face in the common frame; None for a bare vector.
    """

    target: InversionTarget
    frame: NDArray[np.uint8] | None


def open_photograph(
    networks: Networks,
    path: Path,
    number: int | None = None,
    points: ArrayLike | None = None,
    others: Others = lambda photograph, taken, count: None,
) -> tuple[Photograph, Face]:
    """Read a photograph and take the face that is meant.

    Args:
        number: which face, from 1 in the order of `likeness faces`; the most prominent usable one where None.
        points: (5, 2) of a face placed by hand instead, in pixels of the upright photograph.
        others: told where there are other faces than the one that is taken, and neither of these says which is meant.

    Raises:
        FaceError: the photograph cannot be read, or has no such face that can be used.
        MissingNetwork: the detector is not in the cache.
    """
    try:
        photograph = open_picture(path)
    except FaceError:
        if is_vector_file(path) and path.is_file():
            raise UserError(f"{name_of(path)} is by its ending an embedding: a photograph is needed here") from None
        raise
    faces = networks.detector().detect(photograph.pixels) if points is None else [face_by_hand(points, photograph)]
    chosen = choose_face(photograph, faces, None if number is None else number - 1)
    if number is None and len(faces) > 1:
        taken = next(place for place, face in enumerate(faces, 1) if face is chosen)
        others(photograph, taken, len(faces))
    return photograph, chosen


def open_target(
    networks: Networks,
    path: Path,
    encoder: str,
    number: int | None = None,
    points: ArrayLike | None = None,
    others: Others = lambda photograph, taken, count: None,
) -> OpenedTarget:
    """Read a photograph or a bare embedding and make it a target for an encoder.

    Args:
        encoder: the encoder that is attacked; a bare embedding must be its.
        number, points, others: of a photograph, as in `open_photograph`.

    Raises:
        UserError, FaceError: the file cannot be used; the message says why and what to do.
        MissingNetwork: a network is not in the cache.
    """
    if is_vector_file(path):
        return OpenedTarget(vector_target(path, encoder), None)
    return photograph_target(networks, *open_photograph(networks, path, number, points, others), encoder)


def vector_target(path: Path, encoder: str) -> InversionTarget:
    """A bare embedding as a target; nothing is known of it under other encoders."""
    opened = open_vector(path, encoder)
    record = TargetRecord.of_vector(opened.name, opened.sha256, encoder, opened.vector)
    return InversionTarget(record, torch.from_numpy(opened.vector))


def bare_target(values: ArrayLike, encoder: str, name: str = "vector") -> InversionTarget:
    """A bare embedding that is no file, (D,), as a target; its digest is that of the numbers.

    Raises:
        UserError: there is no such encoder, or the numbers are no embedding of it.
    """
    vector = vector_of(values, name, known_encoder(encoder).dimension, encoder)
    digest = hashlib.sha256(vector.astype("<f4").tobytes()).hexdigest()
    return InversionTarget(TargetRecord.of_vector(name, digest, encoder, vector), torch.from_numpy(vector))


def photograph_target(networks: Networks, photograph: Photograph, face: Face, encoder: str) -> OpenedTarget:
    """A face of a photograph as a target: its embedding, and those that held-out encoders judge by, as far as they are
    there.

    Raises:
        UserError: there is no encoder of that name.
        MissingNetwork: its network is not in the cache.
    """
    known_encoder(encoder)
    present = present_encoders()
    names = [name for name in ENCODERS.names() if name == encoder or name in present]
    embeddings = {name: embed_face(networks.recogniser(name), photograph, face) for name in names}
    attacked = embeddings.pop(encoder)
    record = TargetRecord.of_face(photograph, face, encoder, attacked.numpy())
    frame = crop_frame(photograph, face).frame
    return OpenedTarget(InversionTarget(record, attacked, embeddings, frame), frame)


def altered_target(opened: OpenedTarget, edit: VectorEdit) -> OpenedTarget:
    """A target whose embedding is altered first; held-out encoders go on to judge by the photograph as it is.

    Raises:
        UserError: nothing is left of the embedding.
    """
    if not edit.changes:
        return opened
    target = opened.target
    vector = altered_vector(target.embedding.numpy(), edit)
    record = target.record.altered(vector, PictureEdit(), edit)
    return replace(opened, target=replace(target, record=record, embedding=torch.from_numpy(vector)))
