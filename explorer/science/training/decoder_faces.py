"""Faces that a decoder learns from: drawn by the generator on the fly, some as a camera would have them.

What is decoded is what the encoder saw: a face that a camera took is embedded as taken, and shown as taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.detection import Detector
from explorer.science.faces.face import Face, Photograph
from explorer.science.generation.generator import Generator
from explorer.science.generation.mixed_precision import Draw
from explorer.science.inversion.step import to_uint8
from explorer.science.recognition.base import Encoder
from explorer.science.training.corpus import embed_together, photographed, sights_of

# Faces of decoders lie far from those of corpus, gallery, preview heads and regressors; their cameras beside them.
DECODER_SEED = 80_000_000
# Faces drawn, found and embedded at once. A face follows from its number alone.
CHUNK = 8


@dataclass(frozen=True, eq=False)
class FaceMaking:
    """What a face passes through.

    draw: as `mixed_precision.drawing`. resolution: at which faces are drawn. side: of the pictures that are kept.
    camera: share of the faces that a random camera takes.
    """

    generator: Generator
    draw: Draw
    detector: Detector
    encoder: Encoder
    resolution: int
    side: int
    camera: float


@dataclass(frozen=True, eq=False)
class MadeFaces:
    """Some faces. embeddings: (n, D). pictures: (n, S, S, 3) uint8 RGB of the common frame."""

    embeddings: Tensor
    pictures: Tensor


def drawn_faces(making: FaceMaking, first: int, faces: int) -> Iterator[MadeFaces]:
    """Draw faces `first` to `faces`, some at a time; those in which no face is found are left out.

    Args:
        first: a multiple of `CHUNK`.
    """
    for (made,) in drawn_for_each([making], first, faces):
        yield made


@torch.no_grad()
def drawn_for_each(makings: Sequence[FaceMaking], first: int, faces: int) -> Iterator[list[MadeFaces]]:
    """The same faces under several encoders, drawn and found once.

    Args:
        makings: that differ in their encoders alone. first, faces: as of `drawn_faces`.
    """
    making = makings[0]
    for start in range(first, faces, CHUNK):
        numbers = range(start, min(start + CHUNK, faces))
        w = torch.cat([making.generator.sample(1, DECODER_SEED + number)[1] for number in numbers])
        drawn = making.draw(making.generator.styles(w, "W"), making.resolution)
        found = _seen(making, [to_uint8(one) for one in drawn], numbers)
        yield [made_of(one, found) for one in makings]


def made_of(making: FaceMaking, found: Sequence[tuple[Photograph, Face]]) -> MadeFaces:
    """Faces in photographs, embedded and cut out."""
    if not found:
        empty = torch.empty(0, making.side, making.side, 3, dtype=torch.uint8)
        return MadeFaces(torch.empty(0, making.encoder.spec.dimension), empty)
    name = making.encoder.spec.id
    embeddings = torch.stack([one[name] for one in embed_together({name: making.encoder}, found)])
    frames = [crop_frame(photograph, face, making.side).frame for photograph, face in found]
    return MadeFaces(embeddings, torch.from_numpy(np.stack(frames)))


def by_camera(number: int, share: float) -> bool:
    """Whether a camera takes the face of a number: so large a share of the numbers, evenly among them."""
    return int((number + 1) * share) > int(number * share)


def _seen(
    making: FaceMaking, pictures: Sequence[NDArray[np.uint8]], numbers: Sequence[int]
) -> list[tuple[Photograph, Face]]:
    """The faces as they are drawn or as a camera has them, with the points by which they are embedded."""
    taken = [place for place, number in enumerate(numbers) if by_camera(number, making.camera)]
    plain = [place for place in range(len(numbers)) if place not in taken]
    seeds = [DECODER_SEED + numbers[place] for place in taken]
    found: dict[int, tuple[Photograph, Face]] = {}
    shots = photographed(making.detector, [pictures[place] for place in taken], seeds) if taken else []
    for place, shot in zip(taken, shots, strict=True):
        if shot is not None:
            found[place] = shot.photograph, shot.face
    sights = (
        sights_of(making.detector, [pictures[place] for place in plain], [(0, False)] * len(plain)) if plain else []
    )
    for place, sight in zip(plain, sights, strict=True):
        if sight is not None:
            found[place] = sight.photograph, sight.face
    return [found[place] for place in sorted(found)]
