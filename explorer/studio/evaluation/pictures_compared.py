"""Sets of pictures of faces, seen by a network of features and compared with a reference (DIFFUSE, 6.2.5).

Of every picture the same is seen: the most prominent face in the common frame. Sets that frame faces differently would
otherwise be told apart by their frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.science.evaluation.feature_networks import PictureFeatures
from explorer.science.evaluation.realism import FeatureSet
from explorer.science.evaluation.score import GENERATED
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.detection import Detector
from explorer.science.faces.face import FaceError, Photograph
from explorer.science.faces.reading import read_file
from explorer.science.faces.walking import PassedOver, photographs_in
from explorer.science.inversion.step import to_uint8
from explorer.science.names import name_of, shown
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError
from explorer.studio.evaluation import openpeople, orl
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.evaluation.photograph_sets import PhotographSet, SetPhotograph
from explorer.studio.extras import require
from explorer.studio.people.sources import DrawnPeople, PersonPicture
from explorer.studio.people.values import RENDERERS, PeopleSettings

SIDE = 256
# Beside the corpus and the gallery: a set that judges is no part of what anything learnt from.
GENERATED_SEED = 90_000_000
PEOPLE_SEED = 70_000_000
# The exact average of the native picture, and twice what is seen of it.
_DRAWN = 512
_TOGETHER = 16
_MOST = 100_000
Step = Callable[[int, int], None]
# What draws people, by what a set of them is called.
_DRAWN_BY = {
    f"{renderer}{ending}": PeopleSettings(size=SIDE, renderer=renderer, labelled=bool(ending))
    for renderer in RENDERERS
    for ending in ("", "-labelled")
}


@dataclass(frozen=True, eq=False)
class SeenPictures:
    """The features of a set.

    people: how many, or as many as there are pictures where nobody says who is in them.
    credit, remarks: as the set has them; what shows no face is among the remarks.
    """

    name: str
    features: FeatureSet
    people: int
    credit: str = ""
    remarks: tuple[str, ...] = ()

    def first(self, count: int) -> SeenPictures:
        """The first so many pictures."""
        part = self.features.part(np.arange(count))
        return replace(self, features=part, people=len(np.unique(part.groups)))


def pictures_of(name: str, generated: int, networks: Networks) -> PhotographSet:
    """The set of a name: `generated`, `raster` or `path`, `orl`, `openpeople`, or the folder of that path.

    Folders in the folder are people; in a folder without any, every picture is a person of its own. `raster:500` are
    500 drawn people with a picture each, `raster-labelled:500` as many whose heads are drawn by sliders, and
    `generated:500` faces of the generator: drawn as they are read.

    Args:
        generated: how many there are where the name does not say it.

    Raises:
        MissingNetwork: the named set or the generator is not in the cache.
        UserError: there is no such folder, no picture in it, or a number that is none.
    """
    kind, colon, number = name.partition(":")
    drawn = _DRAWN_BY.get(kind)
    if kind == GENERATED or drawn is not None:
        if colon and not (number.isdecimal() and 4 <= int(number) <= _MOST):
            raise UserError(f"{shown(name)}: write {kind}:N, with N from 4 to {_MOST:,}")
        count = int(number) if colon else generated
        return _generated(count, networks) if drawn is None else _drawn(kind, drawn, count)
    if name in (openpeople.NAME, orl.NAME):
        return photograph_set(name)
    folder = Path(name)
    if not folder.is_dir():
        named = ", ".join((GENERATED, *_DRAWN_BY))
        raise UserError(f"there is no folder {shown(name)}: give orl, openpeople, {named} or a folder of pictures")
    passed = PassedOver()
    found = list(photographs_in(folder, passed))
    if any(len(path.relative_to(folder).parts) > 1 for path in found):
        return photograph_set(name)
    if not found:
        raise UserError(f"{shown(name)} holds no pictures")
    photographs = tuple(SetPhotograph(shown(path.name), shown(path.name), partial(read_file, path)) for path in found)
    remarks = (f"passed over: {passed.words()}",) if passed else ()
    return PhotographSet(name_of(folder.absolute()), photographs, remarks=remarks)


def see_pictures(
    pictures: PhotographSet,
    network: PictureFeatures,
    networks: Networks,
    step: Step = lambda done, total: None,
    most: int | None = None,
) -> SeenPictures:
    """Find the most prominent face of each picture and see it.

    Args:
        step: told how many pictures of how many are done.
        most: at most so many pictures, spread over the people: each person's first ones come first.

    Raises:
        UserError: fewer than four pictures show a face.
    """
    wanted = _spread(pictures, most)
    rows, people, left_out = list[NDArray[np.float32]](), list[str](), list[str]()
    waiting = list[NDArray[np.uint8]]()
    for done, one in enumerate(wanted):
        step(done, len(wanted))
        try:
            waiting.append(_framed(one, networks.detector()))
        except FaceError as error:
            left_out.append(str(error))
            continue
        people.append(one.person)
        if len(waiting) == _TOGETHER:
            rows.append(_seen(network, waiting, networks.device))
            waiting = []
    if waiting:
        rows.append(_seen(network, waiting, networks.device))
    step(len(wanted), len(wanted))
    if len(people) < 4:
        raise UserError(f"{pictures.name}: {len(people)} of {len(wanted)} pictures show a face; four are the fewest")
    numbers = np.unique(people, return_inverse=True)[1].astype(np.int64)
    features = FeatureSet(np.concatenate(rows).astype(np.float64), numbers)
    remarks = (*pictures.remarks, *left_out)
    return SeenPictures(pictures.name, features, int(numbers.max()) + 1, pictures.credit, remarks)


def _spread(pictures: PhotographSet, most: int | None) -> list[SetPhotograph]:
    if most is None:
        return list(pictures.photographs)
    by_person: dict[str, list[SetPhotograph]] = {}
    for one in pictures.photographs:
        by_person.setdefault(one.person, []).append(one)

    def in_turns() -> Iterator[SetPhotograph]:
        for turn in range(max(map(len, by_person.values()))):
            yield from (own[turn] for own in by_person.values() if turn < len(own))

    return [one for one, _ in zip(in_turns(), range(most), strict=False)]


def _framed(one: SetPhotograph, detector: Detector) -> NDArray[np.uint8]:
    photograph = one.read()
    return crop_frame(photograph, choose_face(photograph, detector.detect(photograph.pixels)), SIDE).frame


def _seen(network: PictureFeatures, frames: list[NDArray[np.uint8]], device: torch.device) -> NDArray[np.float32]:
    pictures = torch.from_numpy(np.stack(frames)).to(device).permute(0, 3, 1, 2).float() / 255
    found: NDArray[np.float32] = network(pictures).cpu().numpy()
    return found


def _generated(count: int, networks: Networks) -> PhotographSet:
    generator = networks.bare_generator()

    @torch.no_grad()
    def draw(seed: int) -> Photograph:
        styles = generator.styles(generator.sample(1, seed)[1], "W")
        return Photograph(to_uint8(generator.image(styles, _DRAWN)[0]), f"generated face {seed}", "")

    seeds = range(GENERATED_SEED, GENERATED_SEED + count)
    return PhotographSet(GENERATED, tuple(SetPhotograph(str(seed), "drawn", partial(draw, seed)) for seed in seeds))


def _drawn(name: str, settings: PeopleSettings, count: int) -> PhotographSet:
    """So many drawn people, one picture each."""
    if settings.renderer == "path":
        require("render")
    seeds = range(PEOPLE_SEED, PEOPLE_SEED + count)
    drawn = _InTurn(DrawnPeople(settings), seeds)
    return PhotographSet(name, tuple(SetPhotograph(str(seed), "drawn", partial(drawn.read, seed)) for seed in seeds))


class _InTurn:
    """Pictures of people, drawn as they are asked for; as long as that is in turn, a renderer is started once."""

    def __init__(self, source: DrawnPeople, seeds: range) -> None:
        self._source, self._seeds, self._next = source, seeds, seeds.start
        self._drawn: Iterator[list[PersonPicture]] = source.pictures(seeds, 1)

    def read(self, seed: int) -> Photograph:
        if seed != self._next:
            self._drawn = self._source.pictures(range(seed, self._seeds.stop), 1)
        (picture,) = next(self._drawn)
        self._next = seed + 1
        return Photograph(picture.pixels, picture.name, "", generated=True)
