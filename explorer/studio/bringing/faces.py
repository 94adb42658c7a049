"""Faces of known people, found and cut out, as networks are tried on them; they live as long as the trial."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.faces.alignment import align, as_image, face_region
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.detection import Detector
from explorer.science.faces.face import Face, FaceError
from explorer.science.recognition.imported import InputConvention
from explorer.science.recognition.imported.framing import cut_to, template_of
from explorer.studio import catalogue
from explorer.studio.errors import Cancelled, UserError
from explorer.studio.evaluation import openpeople, orl
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.evaluation.photograph_sets import PhotographSet

# A face cut out is less than twice as large as this; networks see no more of it.
_REGION = 256
# Of a set of the user's, so that it takes no longer than the program's own.
_MOST_PEOPLE, _MOST_EACH = 60, 20

Tell = Callable[[str, int, int], None]
Stop = Callable[[], bool]


@dataclass(frozen=True, eq=False)
class CutFace:
    """What lies about a face. pixels: (h, w, 3) uint8 RGB. points: (5, 2) in them."""

    pixels: NDArray[np.uint8]
    points: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FacesOfPeople:
    """The faces of a set. people: (N,) whose each is. remarks: why photographs are left out."""

    name: str
    faces: tuple[CutFace, ...]
    people: Tensor
    credit: str = ""
    remarks: tuple[str, ...] = ()


def cut(pixels: NDArray[np.uint8], face: Face) -> CutFace:
    """Cut a face out of its photograph."""
    return CutFace(*face_region(pixels, face.points, _REGION))


def inputs(faces: Sequence[CutFace], convention: InputConvention) -> Tensor:
    """Faces as a convention wants them, but for their numbers: (N, 3, rows, columns) RGB in [0, 1]."""
    template = template_of(convention)
    squares = [align(as_image(one.pixels), torch.from_numpy(one.points).float()[None], template) for one in faces]
    return cut_to(torch.cat(squares), convention.size)


def known_sets(named: Sequence[str] = ()) -> tuple[PhotographSet, ...]:
    """The sets that networks are tried on, the first being the one that decides.

    Args:
        named: sets by their names, or folders; openpeople, and ORL where it is here, if empty.

    Raises:
        MissingNetwork: a set is not in the cache. UserError: there is no such folder, or no person in it.
    """
    if named:
        return tuple(photograph_set(name) for name in named)
    others = [orl.NAME] if catalogue.is_present(catalogue.catalogue().entry(orl.NAME)) else []
    return tuple(photograph_set(name) for name in (openpeople.NAME, *others))


def faces_of(photographs: PhotographSet, detector: Detector, tell: Tell, should_stop: Stop) -> FacesOfPeople:
    """Find the most prominent face of each photograph.

    Raises:
        UserError: less than two people have two photographs with a face.
        Cancelled: `should_stop` became true.
    """
    people = list(photographs.people)[:_MOST_PEOPLE]
    wanted = [one for person in people for one in photographs.of(person)[:_MOST_EACH]]
    found, whose, left_out = list[CutFace](), list[int](), list(photographs.remarks)
    for done, one in enumerate(wanted):
        if should_stop():
            raise Cancelled
        tell(f"finding the faces of {photographs.name}", done, len(wanted))
        try:
            photograph = one.read()
            found.append(cut(photograph.pixels, choose_face(photograph, detector.detect(photograph.pixels))))
        except FaceError as error:
            left_out.append(f"{one.person}: {error}")
            continue
        whose.append(people.index(one.person))
    counts = torch.bincount(torch.tensor(whose, dtype=torch.int64), minlength=2)
    if int((counts >= 2).sum()) < 2:
        raise UserError(
            f"{photographs.name}: a network is tried on at least two people of whom two photographs show a face; "
            f"{int((counts >= 2).sum())} such {'is' if int((counts >= 2).sum()) == 1 else 'are'} there"
        )
    return FacesOfPeople(photographs.name, tuple(found), torch.tensor(whose), photographs.credit, tuple(left_out))
