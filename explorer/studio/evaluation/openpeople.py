"""Openpeople's photographs with their hand labels: the set on which probes are judged beside the corpus.

Attributes and expressions are as labelled by hand (models/openpeople-labels.md); landmarks and pose are the labellers'
word, histograms are exact, and an age is the middle of its band.
"""

from __future__ import annotations

import csv
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.evaluation.leakage import JudgedSet
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.face import Photograph
from explorer.science.faces.reading import read_photograph
from explorer.science.leakage.labels import LABEL_SIZE, Labellers, halved
from explorer.science.leakage.labels.expression import EXPRESSIONS
from explorer.studio import catalogue, places
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError
from explorer.studio.evaluation.judged_photographs import LabelledPhotograph, Step, judged_set, nobody, seen_of_set
from explorer.studio.evaluation.photograph_sets import PhotographSet, SetPhotograph

NAME = "openpeople"
PORTRAITS = ("studio_portrait", "amateur_selfie")
_BY_HAND = {"smiling": "smiling", "eyeglasses": "eyeglasses", "hat": "hat", "gender": "male"}
BY_HAND = (*_BY_HAND, "expression", "age")


@dataclass(frozen=True, eq=False)
class HandLabel(LabelledPhotograph):
    """One line of the file of hand labels.

    photograph: the file that the face is on.
    box: left, top, right, bottom in pixels of the photograph; None where the whole photograph is meant.
    """

    photograph: str
    box: tuple[int, int, int, int] | None


def hand_labels() -> list[HandLabel]:
    """The hand labels that ship with the program.

    Raises:
        UserError: the file is missing or damaged.
    """
    place, counts, found = _labels_file(), Counter[tuple[str, str]](), list[HandLabel]()
    try:
        with place.open(encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file):
                counts[line["person"], line["photograph"]] += 1
                found.append(_hand_label(line, counts[line["person"], line["photograph"]]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{place}, which belongs to this program, is missing or damaged: install it again") from error
    return found


def _labels_file() -> Path:
    return places.models() / "openpeople-labels.csv"


def _hand_label(line: dict[str, str], number: int) -> HandLabel:
    """The label of a line, `number` being its place among those of its sheet, from 1."""
    edges = [line[edge] for edge in ("left", "top", "right", "bottom")]
    left, top, right, bottom = (int(edge) if edge else 0 for edge in edges)
    truths = {probe: float(line[column]) for probe, column in _BY_HAND.items() if line[column]}
    if line["expression"]:
        truths["expression"] = EXPRESSIONS.index(line["expression"])
    truths["age"] = (float(line["age_from"]) + float(line["age_to"])) / 2
    person, photograph, box = line["person"], line["photograph"], (left, top, right, bottom) if all(edges) else None
    return HandLabel(person, photograph if box is None else f"{photograph} {number}", truths, photograph, box)


def photographs(labels: list[HandLabel]) -> Iterator[Photograph]:
    """The photograph of each label, cut out of its sheet where it lies on one.

    Raises:
        MissingNetwork: openpeople is not in the cache.
    """
    sheets = _Sheets()
    for label in labels:
        yield sheets.photograph(label)


def openpeople_set() -> PhotographSet:
    """The photographs by person, in the order of the hand labels; pictures of a sheet are numbered from 1.

    Raises:
        MissingNetwork: openpeople is not in the cache.
        UserError: the file of hand labels is missing or damaged.
    """
    catalogue.path(NAME)
    sheets = _Sheets()
    return PhotographSet(
        NAME,
        tuple(SetPhotograph(label.person, label.name, partial(sheets.photograph, label)) for label in hand_labels()),
    )


def portrait_set() -> PhotographSet:
    """The twenty portraits alone, two of each person; otherwise as `openpeople_set`."""
    whole = openpeople_set()
    return replace(whole, photographs=tuple(one for one in whole.photographs if one.name in PORTRAITS))


class _Sheets:
    """Reads photographs out of the archive; the last one is kept, since sixteen pictures lie on one sheet."""

    def __init__(self) -> None:
        self._member = ""
        self._sheet: Photograph | None = None

    def photograph(self, label: HandLabel) -> Photograph:
        """The photograph of a label, cut out of its sheet where it lies on one."""
        sheet = self._read(f"openpeople/data/curated/{label.person}/assets/{label.photograph}.jpg", label)
        if label.box is None:
            return sheet
        left, top, right, bottom = label.box
        return Photograph(sheet.pixels[top:bottom, left:right].copy(), sheet.name, sheet.sha256)

    def _read(self, member: str, label: HandLabel) -> Photograph:
        if self._sheet is None or self._member != member:
            with zipfile.ZipFile(catalogue.path(NAME)) as archive:
                self._sheet = read_photograph(archive.read(member), f"{label.person} {label.photograph}")
            self._member = member
        return self._sheet


def read_openpeople(networks: Networks, labellers: Labellers, work: Path, step: Step = nobody) -> JudgedSet:
    """Openpeople as probes are judged on it.

    Args:
        work: a folder where the embeddings and labels are kept, so that they are made once.
        step: told how many photographs of how many are done.

    Raises:
        MissingNetwork: openpeople or a network is not in the cache.
    """
    tensors, labels = _kept(networks, labellers, work, step)
    return judged_set(NAME, tensors, labels, BY_HAND)


def read_portraits(networks: Networks, labellers: Labellers, work: Path, step: Step = nobody) -> dict[str, Tensor]:
    """The embeddings (20, D) of the portraits alone, by encoder; otherwise as `read_openpeople`."""
    tensors, labels = _kept(networks, labellers, work, step)
    rows = [at for at, label in enumerate(labels) if label.photograph in PORTRAITS]
    return {encoder: tensors[f"first/{encoder}"][rows] for encoder in present_encoders()}


def read_frames(
    networks: Networks, labellers: Labellers, work: Path
) -> list[tuple[NDArray[np.uint8], NDArray[np.float32]]]:
    """The 224 px frame of each row of `read_openpeople`, and dlib's landmarks (68, 2) in it; otherwise as that."""
    tensors, labels = _kept(networks, labellers, work, nobody)
    frames = []
    for photograph, landmarks in zip(photographs(labels), tensors["labels/landmarks"].numpy(), strict=True):
        face = choose_face(photograph, networks.detector().detect(photograph.pixels))
        frames.append((halved(crop_frame(photograph, face, LABEL_SIZE).frame), landmarks))
    return frames


def _kept(
    networks: Networks, labellers: Labellers, work: Path, step: Step
) -> tuple[dict[str, Tensor], list[HandLabel]]:
    """What was seen of the photographs, and the labels of those with a face, row by row."""
    labels = hand_labels()
    tensors = seen_of_set(
        NAME, lambda: photographs(labels), len(labels), _labels_file(), networks, labellers, work, step
    )
    return tensors, [labels[int(row)] for row in tensors["rows"]]
