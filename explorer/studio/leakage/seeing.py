"""Faces as the labellers of photographs see them: in a photograph, and in pictures that were made of a vector."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from numpy.typing import NDArray

from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.face import Face, Photograph
from explorer.science.leakage.labels import LABEL_SIZE, Labellers, Labels, halved, stacked
from explorer.science.leakage.picture_readout import PictureReadout
from explorer.science.leakage.pictures import read_pictures
from explorer.studio.arrays import Frame, Image
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.reconstructions import load_picture_calibrations
from explorer.studio.inversion.record import InversionRun
from explorer.studio.leakage.reconstructions import Reconstruction


@dataclass(frozen=True, eq=False)
class SeenFace:
    """A face of a picture, its frame of (448, 448, 3), and what the labellers say of that."""

    picture: Photograph
    face: Face
    frame: Frame
    labels: Labels


@torch.no_grad()
def see_face(labellers: Labellers, picture: Photograph, face: Face) -> SeenFace:
    """Label a face that was found.

    Raises:
        FaceError: the face's points coincide.
    """
    frame = crop_frame(picture, face, LABEL_SIZE).frame
    return SeenFace(picture, face, frame, labellers(frame, halved(frame)))


def see_picture(
    networks: Networks, labellers: Labellers, pixels: Image, proceed: Callable[[], None] = lambda: None
) -> SeenFace | None:
    """Find the face of a picture (R, R, 3) and label it; None where there is none.

    Args:
        proceed: called again and again while the face is looked for; raises where that is to end.
    """
    faces = networks.detector().detect(pixels, proceed=proceed)
    return see_face(labellers, Photograph(pixels, "result", ""), faces[0]) if faces else None


def read_photograph_itself(labellers: Labellers, photograph: Photograph, face: Face) -> tuple[PictureReadout, ...]:
    """What the labellers see in a photograph, without any calibration: it is what the vector is held against."""
    return tuple(read_pictures(stacked([see_face(labellers, photograph, face).labels])))


def reconstruction_of(
    seen: Sequence[SeenFace | None], encoder: str, runs: Sequence[InversionRun] = ()
) -> Reconstruction:
    """Combine pictures that were made of one vector of an encoder alone.

    Args:
        seen: each picture's face; None of those that show none. runs: the records of the inversions.

    Raises:
        UserError: the file of the encoder's calibrations is damaged.
    """
    found = [one for one in seen if one is not None]
    lost = len(seen) - len(found)
    if not found:
        return Reconstruction((), 0, lost, tuple(runs))
    made = reconstruction_of_labels(stacked([one.labels for one in found]), encoder, lost, runs)
    return replace(made, faces=tuple(one.frame for one in found))


def reconstruction_of_labels(
    labels: Mapping[str, NDArray[Any]], encoder: str, without_face: int = 0, runs: Sequence[InversionRun] = ()
) -> Reconstruction:
    """As `reconstruction_of`, of pictures that were labelled before: (N, ...) by name, N at least 1."""
    readouts = tuple(read_pictures(labels, load_picture_calibrations(encoder)))
    return Reconstruction(readouts, len(next(iter(labels.values()))), without_face, tuple(runs))
