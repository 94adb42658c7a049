"""Pictures of a CelebA folder with its own attributes: what the report's classifier learns from (DIFFUSE 5.3.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.detection import Detector
from explorer.science.faces.face import FaceError
from explorer.science.faces.reading import read_file
from explorer.science.training.corpus import SPLITS
from explorer.science.training.folders import FolderFace, choose
from explorer.science.training.folders.celeba import read_celeba
from explorer.studio.corpus.attribute_material import KeptPictures
from explorer.studio.corpus.folders import meant_face
from explorer.studio.corpus.style_material import Step, kept_pictures
from explorer.studio.errors import UserError
from explorer.studio.places import private_folder

# An attribute by CelebA's name, and whether that says the opposite.
_NAMES = {
    "smiling": ("Smiling", False),
    "gender": ("Male", False),
    "age": ("Young", True),
    "eyeglasses": ("Eyeglasses", False),
    "hat": ("Wearing_Hat", False),
}


def celeba_pictures(
    root: Path,
    split: int,
    count: int,
    names: Sequence[str],
    detector: Detector,
    side: int,
    work: Path,
    step: Step,
    enough: Callable[[], bool] = lambda: False,
) -> KeptPictures:
    """Faces of a part of CelebA in the common frame, kept in the work folder; those without a usable face are left out.

    Raises:
        FolderError: the folder is not CelebA's.
        UserError: there is no usable face, or no such attribute.
    """
    listing = read_celeba(root)
    for name in names:
        if _NAMES[name][0] not in listing.attributes:
            raise UserError(
                f"CelebA's table of attributes lacks {_NAMES[name][0]}: leave {name} out, or give all of it"
            )
    faces = [face for face in choose(listing, 10 * count).faces if face.split == SPLITS[split]][:count]
    names_of = "\n".join(face.path.name for face in faces)
    digest = hashlib.sha256(f"{names_of} {side}".encode()).hexdigest()[:12]

    def drawn(first: int, last: int, told: Callable[[int], None]) -> Tensor:
        parts = list[Tensor]()
        for place in range(first, last):
            parts.append(_seen(faces[place], detector, side))
            told(place + 1)
        return torch.stack(parts)

    if not faces:
        raise UserError("CelebA's folder has no photographs of that part: give the whole data set")
    kept = kept_pictures(private_folder(work / f"celeba-{digest}"), len(faces), drawn, step, enough)
    signs = torch.tensor([[_sign(face, name) for name in names] for face in faces[: len(kept)]])
    there = (kept > 0).flatten(1).any(1)
    if not bool(there.any()):
        raise UserError("no usable face is found in CelebA's photographs: give the whole data set")
    return KeptPictures(kept[there], signs[there])


def _seen(face: FolderFace, detector: Detector, side: int) -> Tensor:
    """(3, S, S) uint8; black where no usable face is found."""
    try:
        photograph = read_file(face.path)
        frame = crop_frame(photograph, meant_face(photograph, detector, face.points), side).frame
    except FaceError:
        return torch.zeros(3, side, side, dtype=torch.uint8)
    return torch.from_numpy(frame.copy()).permute(2, 0, 1)


def _sign(face: FolderFace, name: str) -> float:
    attribute, opposite = _NAMES[name]
    return 1.0 if bool(face.attributes[attribute]) != opposite else -1.0
