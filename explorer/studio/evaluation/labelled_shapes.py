"""Photographs with labels of gender and groups, fitted: their shapes in the model's space (DIFFUSE, 6.2.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.face import FaceError, Photograph
from explorer.science.faces.reading import read_file
from explorer.science.geometry.landmarks import landmark_basis
from explorer.science.training.folders import LAYOUTS, FolderError, choose, layout_of
from explorer.science.training.folders.fairface import GROUPS, MALE, one_of
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError
from explorer.studio.evaluation import openpeople
from explorer.studio.evaluation.reading_sets import reading_set
from explorer.studio.geometry.fitting import FRAME, fit_frame, load_morphable_model
from explorer.studio.geometry.landmark_sources import landmark_finder, landmark_source
from explorer.studio.people.vectors import FittedPhotographs

Floats = NDArray[np.float64]

# Of a folder with a folder for each person, so many photographs of each.
_EACH = 10
_ALL = "all"


@dataclass(frozen=True, eq=False)
class Labelled:
    """A photograph, whose it is, and what annotators said. male: 1 or 0. group: "all" where nobody was asked."""

    read: Callable[[], Photograph]
    person: str
    male: int
    group: str
    learnt: bool


def labelled_photographs(name: str, most: int) -> list[Labelled]:
    """The photographs of `openpeople`, of a FairFace folder, or of a folder of people with `labels.csv`.

    Args:
        most: so many at most; of FairFace spread over the set, else over the people.

    Raises:
        UserError: there is no such folder, or nothing in it says who is male.
        MissingNetwork: openpeople is not in the cache.
    """
    if name == openpeople.NAME:
        photographs = {(one.person, one.name): one for one in openpeople.openpeople_set().photographs}
        known = [(photographs[one.person, one.name], one.truths) for one in openpeople.hand_labels()]
    elif layout_of(Path(name)) == "fairface":
        return _of_fairface(Path(name), most)
    else:
        known = [(one.photograph, one.truths) for one in reading_set(name, _EACH).photographs]
    found = [
        Labelled(one.read, one.person, int(truths["gender"]), _ALL, True) for one, truths in known if "gender" in truths
    ]
    if not found:
        raise UserError(
            f"{Path(name).name} says of nobody whether they are male: give openpeople, a folder in FairFace's layout, "
            "or a folder for each person beside a labels.csv with a column male"
        )
    return _of_everybody(found)[:most]


def _of_everybody(found: list[Labelled]) -> list[Labelled]:
    """The first photograph of each person, then the second of each: however many are taken, nobody is left out."""
    before = Counter[str]()
    places = []
    for one in found:
        places.append(before[one.person])
        before[one.person] += 1
    return [found[at] for at in np.argsort(places, kind="stable")]


def _of_fairface(root: Path, most: int) -> list[Labelled]:
    try:
        listing = choose(LAYOUTS["fairface"].read(root), most)
    except FolderError as error:
        raise UserError(str(error)) from error
    return [
        Labelled(
            partial(read_file, one.path),
            f"{one.path.parent.name}/{one.path.name}",
            one.attributes[MALE],
            one_of(one.attributes, GROUPS),
            one.split != "test",
        )
        for one in listing.faces
    ]


def fit_photographs(
    name: str, photographs: list[Labelled], networks: Networks, step: Callable[[int, int], object]
) -> FittedPhotographs:
    """Fit the most prominent face of each photograph by its landmarks.

    Args:
        step: told how many of how many are done.

    Raises:
        UserError: none shows a face.
        MissingNetwork: a network that takes part is not in the cache.
    """
    shapes, kept = list[Floats](), list[Labelled]()
    for done, (one, shape) in enumerate(zip(photographs, _shapes(photographs, networks), strict=True), 1):
        if shape is not None:
            shapes.append(shape)
            kept.append(one)
        step(done, len(photographs))
    if not shapes:
        raise UserError(f"{Path(name).name} shows no face: give photographs of faces")
    return FittedPhotographs(
        name=Path(name).name,
        without_face=len(photographs) - len(kept),
        shapes=np.stack(shapes),
        males=np.array([one.male for one in kept], np.int64),
        groups=np.array([one.group for one in kept]),
        people=np.array([one.person for one in kept]),
        learnt=np.array([one.learnt for one in kept]),
    )


def _shapes(photographs: list[Labelled], networks: Networks) -> Iterator[Floats | None]:
    model = load_morphable_model()
    basis, finder = landmark_basis(model), landmark_finder(landmark_source("auto"))
    detector = networks.detector()
    for one in photographs:
        try:
            photograph = one.read()
            face = choose_face(photograph, detector.detect(photograph.pixels))
            fit = fit_frame(crop_frame(photograph, face, FRAME).frame, model, finder, basis).fit
        except FaceError:
            yield None
        else:
            yield fit.identity.double().numpy()
