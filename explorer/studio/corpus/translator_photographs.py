"""What elements say of photographs: of openpeople by its hand labels, of any folder by the labellers (RQ4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.evaluation.same_person import Estimate
from explorer.science.evaluation.sorted_ranking import auc_of_people
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.face import Face, FaceError, Photograph
from explorer.science.leakage.labels import LABEL_SIZE
from explorer.science.leakage.labels.chosen import ChosenLabellers, networks_for
from explorer.science.leakage.probes import PROBES
from explorer.studio import catalogue
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError
from explorer.studio.evaluation import openpeople
from explorer.studio.handles.editing import HandleEditor
from explorer.studio.handles.photographs import Consume, photograph_styles


@dataclass(frozen=True, eq=False)
class KnownFace:
    """A face of a photograph, whose it is, and values by attribute, as `PROBES` has them; empty where nobody says."""

    person: str
    photograph: Photograph
    face: Face
    truths: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class ReadFace:
    """What elements say of a face. classes: 0 or 1 by attribute, where known."""

    person: str
    name: str
    styles: Tensor
    elements: Mapping[str, float]
    classes: Mapping[str, int]


def openpeople_faces(networks: Networks, most: int) -> Iterator[KnownFace]:
    """Faces of openpeople with their hand labels, spread over it; those without a usable face are left out.

    Raises:
        MissingNetwork: openpeople is not in the cache.
    """
    labels = openpeople.hand_labels()
    chosen = labels if len(labels) <= most else [labels[place * len(labels) // most] for place in range(most)]
    for label, photograph in zip(chosen, openpeople.photographs(chosen), strict=True):
        try:
            face = choose_face(photograph, networks.detector().detect(photograph.pixels))
        except FaceError:
            continue
        yield KnownFace(label.person, photograph, face, label.truths)


def read_faces(
    networks: Networks,
    editor: HandleEditor,
    faces: Iterator[KnownFace],
    steps: int,
    encoder: str,
    consume: Consume,
) -> Iterator[ReadFace]:
    """Read each face; whose classes nobody says is labelled.

    Args:
        steps, encoder: as of `photograph_styles`.

    Raises:
        UserError: there are no steps and no encoder into W+.
        MissingNetwork: a labeller is needed and not in the cache.
    """
    labelled = _Labelled(networks, tuple(editor.record.elements))
    for one in faces:
        styles = photograph_styles(networks, one.photograph, one.face, steps, encoder, consume)
        read = {name: float(values[0]) for name, values in editor.read(styles[None]).items()}
        truths = one.truths or labelled(one.photograph, one.face)
        classes = {name: _class(editor, name, truths[name]) for name in read if name in truths}
        yield ReadFace(one.person, one.photograph.name, styles, read, classes)


def _class(editor: HandleEditor, name: str, value: float) -> int:
    return int(value > editor.record.medians.get(name, 0.5))


class _Labelled:
    """Values of attributes by the labellers, which are loaded with the first face."""

    def __init__(self, networks: Networks, names: Sequence[str]) -> None:
        self._networks, self._names = networks, names
        self._labellers: ChosenLabellers | None = None

    def __call__(self, photograph: Photograph, face: Face) -> dict[str, float]:
        if self._labellers is None:
            labels = tuple(dict.fromkeys(PROBES[name].label for name in self._names))
            files: dict[str, Path] = {network: catalogue.path(network) for network in networks_for(labels)}
            self._labellers = ChosenLabellers(labels, files, self._networks.device)
        said = self._labellers(crop_frame(photograph, face, LABEL_SIZE).frame)
        return {
            name: float(PROBES[name].target(torch.from_numpy(said[PROBES[name].label]).float()[None]))
            for name in self._names
        }


def areas_of(read: Sequence[ReadFace], names: Sequence[str]) -> dict[str, Estimate]:
    """Areas under the ROC curve by attribute, with intervals by person; without those that lack a class.

    Raises:
        UserError: there are no faces.
    """
    if not read:
        raise UserError("no usable face is found: give other photographs")
    found = dict[str, Estimate]()
    for name in names:
        some = [one for one in read if name in one.classes]
        values, truth = elements_and_classes(some, name)
        area = auc_of_people(values, truth, np.array([one.person for one in some])) if some else None
        if area is not None:
            found[name] = area
    return found


def elements_and_classes(read: Sequence[ReadFace], name: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Elements (N,) of an attribute, and classes (N,), of those faces whose class is known."""
    some = [one for one in read if name in one.classes]
    values = np.array([one.elements[name] for one in some], np.float64)
    return values, np.array([one.classes[name] for one in some], np.int64)
