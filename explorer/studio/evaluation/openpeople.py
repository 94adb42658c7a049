"""Openpeople's photographs with their hand labels: the set on which probes are judged beside the corpus.

Attributes and expressions are as labelled by hand (models/openpeople-labels.md); landmarks and pose are the labellers'
word, histograms are exact, and an age is the middle of its band.
"""

from __future__ import annotations

import csv
import hashlib
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as encode
from torch import Tensor

from explorer.science.evaluation.leakage import JudgedSet, Truth
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.face import FaceError, Photograph
from explorer.science.faces.reading import read_photograph
from explorer.science.leakage.labels import LABEL_SIZE, NETWORKS, Labellers, halved, stacked
from explorer.science.leakage.labels.expression import EXPRESSIONS
from explorer.science.leakage.probes import PROBES
from explorer.science.recognition.registry import encoder_spec
from explorer.science.training.corpus import embed
from explorer.studio import catalogue, places
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError
from explorer.studio.evaluation.photograph_sets import PhotographSet, SetPhotograph
from explorer.studio.files import atomic_write

NAME = "openpeople"
_PORTRAITS = ("studio_portrait", "amateur_selfie")
_BY_HAND = {"smiling": "smiling", "eyeglasses": "eyeglasses", "hat": "hat", "gender": "male"}
_BY_LABELLER = ("landmarks", "histogram", "yaw", "pitch")


@dataclass(frozen=True)
class HandLabel:
    """One line of the file of hand labels.

    box: left, top, right, bottom in pixels of the photograph; None where the whole photograph is meant.
    truths: by probe, as its `target` gives them; what could not be decided is missing.
    """

    person: str
    photograph: str
    box: tuple[int, int, int, int] | None
    truths: dict[str, float]


def hand_labels() -> list[HandLabel]:
    """The hand labels that ship with the program.

    Raises:
        UserError: the file is missing or damaged.
    """
    place = _labels_file()
    try:
        with place.open(encoding="utf-8", newline="") as file:
            return [_hand_label(line) for line in csv.DictReader(file)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{place}, which belongs to this program, is missing or damaged: install it again") from error


def _labels_file() -> Path:
    return places.models() / "openpeople-labels.csv"


def _hand_label(line: dict[str, str]) -> HandLabel:
    edges = [line[edge] for edge in ("left", "top", "right", "bottom")]
    left, top, right, bottom = (int(edge) if edge else 0 for edge in edges)
    truths = {probe: float(line[column]) for probe, column in _BY_HAND.items() if line[column]}
    if line["expression"]:
        truths["expression"] = EXPRESSIONS.index(line["expression"])
    truths["age"] = (float(line["age_from"]) + float(line["age_to"])) / 2
    return HandLabel(line["person"], line["photograph"], (left, top, right, bottom) if all(edges) else None, truths)


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
    sheets, counts, found = _Sheets(), Counter[tuple[str, str]](), list[SetPhotograph]()
    for label in hand_labels():
        counts[label.person, label.photograph] += 1
        number = counts[label.person, label.photograph]
        name = label.photograph if label.box is None else f"{label.photograph} {number}"
        found.append(SetPhotograph(label.person, name, partial(sheets.photograph, label)))
    return PhotographSet(NAME, tuple(found))


def portrait_set() -> PhotographSet:
    """The twenty portraits alone, two of each person; otherwise as `openpeople_set`."""
    whole = openpeople_set()
    return replace(whole, photographs=tuple(one for one in whole.photographs if one.name in _PORTRAITS))


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


def read_openpeople(
    networks: Networks, labellers: Labellers, work: Path, step: Callable[[int, int], None] = lambda done, total: None
) -> JudgedSet:
    """Openpeople as probes are judged on it.

    Args:
        work: a folder where the embeddings and labels are kept, so that they are made once.
        step: told how many photographs of how many are done.

    Raises:
        MissingNetwork: openpeople or a network is not in the cache.
    """
    tensors, labels = _kept(networks, labellers, work, step)
    truths = {}
    for name, spec in PROBES.items():
        if name in _BY_LABELLER:
            truths[name] = Truth(torch.arange(len(labels)), spec.target(tensors[f"labels/{spec.label}"]))
        else:
            known = [at for at, label in enumerate(labels) if name in label.truths]
            values = torch.tensor([labels[at].truths[name] for at in known])
            whole = values.long() if spec.kind == "categorical" else values
            truths[name] = Truth(torch.tensor(known, dtype=torch.int64), whole)
    every = torch.arange(len(labels))
    from_image = {
        name: Truth(every, PROBES[name].target(tensors[f"labels/{PROBES[name].label}"]))
        for name in truths
        if name not in _BY_LABELLER
    }
    embeddings = {encoder: tensors[f"first/{encoder}"] for encoder in present_encoders()}
    names = sorted({label.person for label in labels})
    people = torch.tensor([names.index(label.person) for label in labels])
    return JudgedSet(NAME, embeddings, truths, from_image, people)


def read_portraits(
    networks: Networks, labellers: Labellers, work: Path, step: Callable[[int, int], None] = lambda done, total: None
) -> dict[str, Tensor]:
    """The embeddings (20, D) of the portraits alone, by encoder; otherwise as `read_openpeople`."""
    tensors, labels = _kept(networks, labellers, work, step)
    rows = [at for at, label in enumerate(labels) if label.photograph in _PORTRAITS]
    return {encoder: tensors[f"first/{encoder}"][rows] for encoder in present_encoders()}


def read_frames(
    networks: Networks, labellers: Labellers, work: Path
) -> list[tuple[NDArray[np.uint8], NDArray[np.float32]]]:
    """The 224 px frame of each row of `read_openpeople`, and dlib's landmarks (68, 2) in it; otherwise as that."""
    tensors, labels = _kept(networks, labellers, work, lambda done, total: None)
    frames = []
    for photograph, landmarks in zip(photographs(labels), tensors["labels/landmarks"].numpy(), strict=True):
        face = choose_face(photograph, networks.detector().detect(photograph.pixels))
        frames.append((halved(crop_frame(photograph, face, LABEL_SIZE).frame), landmarks))
    return frames


def _kept(
    networks: Networks, labellers: Labellers, work: Path, step: Callable[[int, int], None]
) -> tuple[dict[str, Tensor], list[HandLabel]]:
    """What was seen of the photographs, and the labels of those with a face, row by row."""
    labels = hand_labels()
    kept = work / f"openpeople-{_digest()}.safetensors"
    try:
        tensors = load_file(kept)
    except (FileNotFoundError, SafetensorError):
        tensors = _seen(networks, labellers, labels, step)
        atomic_write(kept, encode(tensors))
    return tensors, [labels[int(row)] for row in tensors["rows"]]


def _digest() -> str:
    """Of all that the kept file follows from."""
    ids = (NAME, "scrfd-500m", *(encoder_spec(encoder).network for encoder in present_encoders()), *NETWORKS)
    hashes = "".join(catalogue.sha256(id_) for id_ in ids)
    return hashlib.sha256(_labels_file().read_bytes() + hashes.encode()).hexdigest()[:12]


def _seen(
    networks: Networks, labellers: Labellers, labels: list[HandLabel], step: Callable[[int, int], None]
) -> dict[str, Tensor]:
    recognisers = {encoder: networks.recogniser(encoder) for encoder in present_encoders()}
    rows, embeddings, found = [], [], []
    for row, photograph in enumerate(photographs(labels)):
        step(row, len(labels))
        try:
            face = choose_face(photograph, networks.detector().detect(photograph.pixels))
        except FaceError:  # a face that is not found cannot be judged by
            continue
        frame = crop_frame(photograph, face, LABEL_SIZE).frame
        rows.append(row)
        embeddings.append(embed(recognisers, photograph, face))
        found.append(labellers(frame, halved(frame)))
    step(len(labels), len(labels))
    tensors = {f"labels/{name}": torch.from_numpy(values) for name, values in stacked(found).items()}
    tensors |= {f"first/{encoder}": torch.stack([one[encoder] for one in embeddings]) for encoder in recognisers}
    return tensors | {"rows": torch.tensor(rows)}
