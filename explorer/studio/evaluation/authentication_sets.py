"""Who is trained on and tested on in the authentication experiment, and their aligned faces, kept person by person.

All people are of one set only: those of the target set who are tested on are in no training. A drawn face is aligned by
where its points are in truth; beside photographs of a folder, which nobody knows that of, all are aligned by what the
detector finds.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.science.faces.alignment import ARCFACE_112, Template, align, face_image
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.detection import Detector
from explorer.science.faces.face import Face, FaceError, Photograph
from explorer.science.names import shown
from explorer.studio.errors import UserError
from explorer.studio.evaluation.authentication_settings import Arm, AuthenticationSettings
from explorer.studio.evaluation.photograph_sets import PhotographSet, SetPhotograph
from explorer.studio.files import atomic_write
from explorer.studio.people.sources import GENDERS, Gender, PeopleSource, PersonPicture, seeds_of
from explorer.studio.places import private_folder

# Of the people of each: far from the seeds that commands begin at, and from one another.
TARGET_SEED, SYNTHETIC_SEED, POPULATION_SEED = 40_000_000, 50_000_000, 60_000_000
GENDER_FILE = "genders.csv"
TEST_SHARE = 0.12
_WORDS: dict[str, Gender] = {"woman": "woman", "female": "woman", "man": "man", "male": "man"}
_LARGEST_LABELS, _LARGEST_KEPT = 10_000_000, 2**28
_LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True, eq=False)
class Member:
    """A person of a set.

    key: by which their faces are kept. gender: None where nobody said. seed: of who is drawn.
    photographs: of who is not.
    """

    key: str
    gender: Gender | None
    seed: int | None = None
    photographs: tuple[SetPhotograph, ...] = ()


@dataclass(frozen=True, eq=False)
class ExperimentSets:
    """Who is in which set. name: of the target set."""

    name: str
    target: tuple[Member, ...]
    test: tuple[Member, ...]
    unbalanced: tuple[Member, ...]
    balanced: tuple[Member, ...]
    remarks: tuple[str, ...] = ()

    def trained_on(self, arm: Arm) -> tuple[Member, ...]:
        """Whom a training sees."""
        added = {"target": (), "unbalanced": self.unbalanced, "balanced": self.balanced}[arm]
        return (*self.target, *added)

    def everybody(self) -> tuple[Member, ...]:
        """Each person once."""
        members = (*self.test, *self.target, *self.unbalanced, *self.balanced)
        return tuple({one.key: one for one in members}.values())


def drawn_sets(settings: AuthenticationSettings, source: PeopleSource) -> ExperimentSets:
    """All sets drawn: the target set skewed in gender as the report's, its test half and half."""
    women, half = settings.target_women, settings.test // 2
    seeds = seeds_of(source, TARGET_SEED, {"woman": women + half, "man": settings.target - women + half})
    cut = {"woman": women, "man": settings.target - women}
    member = partial(_drawn, source, settings.pictures)
    unbalanced, balanced = _synthetic(settings, source)
    return ExperimentSets(
        "drawn people",
        tuple(member(seed) for gender in GENDERS for seed in seeds[gender][: cut[gender]]),
        tuple(member(seed) for gender in GENDERS for seed in seeds[gender][cut[gender] :]),
        unbalanced,
        balanced,
    )


def sets_beside(
    photographs: PhotographSet, genders: Mapping[str, Gender], settings: AuthenticationSettings, source: PeopleSource
) -> ExperimentSets:
    """The people of a folder as the target set, 88 : 12 to train and to test on, and synthetic ones beside them.

    Args:
        genders: of people by their names, as far as they are known.

    Raises:
        UserError: there are too few people for a test.
    """
    names = photographs.people
    tested = round(TEST_SHARE * len(names))
    if tested < 2:
        raise UserError(f"{photographs.name} has {len(names)} people: give at least 13, of whom two are tested on")
    order = np.random.default_rng(0).permutation(len(names))
    members = [_of_folder(photographs, names[place], genders, settings.pictures) for place in order]
    unbalanced, balanced = _synthetic(settings, source)
    return ExperimentSets(
        photographs.name, tuple(members[tested:]), tuple(members[:tested]), unbalanced, balanced, photographs.remarks
    )


def genders_in(folder: Path) -> dict[str, Gender]:
    """What a folder's `genders.csv` says: `person`, and `gender` as woman or man (female, male); empty without it.

    Raises:
        UserError: the file is damaged, too large, or has another word for a gender.
    """
    place = folder / GENDER_FILE
    if not place.is_file():
        return {}
    if place.stat().st_size > _LARGEST_LABELS:
        raise UserError(f"{shown(place)} is too large for a list of people")
    found: dict[str, Gender] = {}
    try:
        rows = list(csv.DictReader(io.StringIO(place.read_text(encoding="utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{shown(place)} cannot be read as a table: {error}") from error
    for number, row in enumerate(rows, 2):
        word = (row.get("gender") or "").strip().lower()
        if not row.get("person") or word not in _WORDS:
            raise UserError(f"{shown(place)}, line {number}: give person, and gender as woman or man")
        found[shown(row["person"])] = _WORDS[word]
    return found


def _synthetic(settings: AuthenticationSettings, source: PeopleSource) -> tuple[tuple[Member, ...], tuple[Member, ...]]:
    """The unbalanced set, men only, and the balanced one, whose men are of the unbalanced (appendix 11.5)."""
    half = settings.balanced // 2
    seeds = seeds_of(source, SYNTHETIC_SEED, {"woman": half, "man": settings.unbalanced})
    member = partial(_drawn, source, settings.pictures)
    men = tuple(map(member, seeds["man"]))
    return men, (*men[:half], *map(member, seeds["woman"]))


def _drawn(source: PeopleSource, pictures: int, seed: int) -> Member:
    about = json.dumps([source.record, pictures], sort_keys=True)
    return Member(f"drawn-{seed}-{_digest(about)}", source.gender(seed), seed)


def _of_folder(photographs: PhotographSet, person: str, genders: Mapping[str, Gender], pictures: int) -> Member:
    own = photographs.of(person)[:pictures]
    about = json.dumps([photographs.name, person, [one.name for one in own]])
    return Member(f"own-{_digest(about)}", genders.get(person), photographs=own)


@dataclass(frozen=True, eq=False)
class FaceCutter:
    """Aligned faces of people, kept in a folder.

    side: of the faces in pixels. source: draws `pictures` of each person who is drawn. detector: finds all faces anew;
    None where the truth is known of every picture.
    """

    folder: Path
    side: int
    source: PeopleSource
    pictures: int
    detector: Detector | None = None

    def faces(
        self, members: Sequence[Member], step: Callable[[int], object] = lambda done: None
    ) -> tuple[dict[str, NDArray[np.uint8]], list[str]]:
        """The faces of each, (N, S, S) uint8 grey by their key, and what was left out.

        Whoever is not kept yet is drawn or read. step: told how many people are done.
        """
        found = {one.key: kept for one in members if (kept := self._kept(self._place(one))) is not None}
        missing = [one for one in members if one.key not in found]
        left_out = list[str]()
        for member, reads in self._pictures_of(missing):
            step(len(found))
            found[member.key] = self._cut(member, reads, left_out)
        step(len(found))
        return found, left_out

    def _pictures_of(self, members: Sequence[Member]) -> Iterator[tuple[Member, list[Callable[[], PersonPicture]]]]:
        drawn = [(one, one.seed) for one in members if one.seed is not None]
        if drawn:
            pictures = self.source.pictures([seed for _, seed in drawn], self.pictures)
            for (member, _), own in zip(drawn, pictures, strict=True):
                yield member, [partial(_same, one) for one in own]
        for member in members:
            if member.seed is None:
                yield member, [partial(_photograph, one) for one in member.photographs]

    def _cut(
        self, member: Member, reads: Sequence[Callable[[], PersonPicture]], left_out: list[str]
    ) -> NDArray[np.uint8]:
        faces = list[NDArray[np.uint8]]()
        for read in reads:
            try:
                faces.append(aligned_face(read(), self.side, self.detector))
            except FaceError as error:
                left_out.append(str(error))
        found = np.stack(faces) if faces else np.zeros((0, self.side, self.side), np.uint8)
        private_folder(self.folder)
        atomic_write(self._place(member), partial(_write, found), settled=False)
        return found

    def _place(self, member: Member) -> Path:
        return self.folder / f"{member.key}-{self.side}{'-found' if self.detector else ''}.npz"

    def _kept(self, place: Path) -> NDArray[np.uint8] | None:
        """What was kept; None where there is nothing, or nothing that can be used."""
        try:
            if place.stat().st_size > _LARGEST_KEPT:
                return None
            with np.load(place, allow_pickle=False) as kept:
                faces = kept["faces"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
            return None
        usable = faces.dtype == np.uint8 and faces.shape[1:] == (self.side, self.side)
        return faces if usable else None


def _same(picture: PersonPicture) -> PersonPicture:
    return picture


def _photograph(one: SetPhotograph) -> PersonPicture:
    return PersonPicture(one.read().pixels, None, f"{one.person}/{one.name}")


def aligned_face(picture: PersonPicture, side: int, detector: Detector | None) -> NDArray[np.uint8]:
    """The grey face of a picture in ArcFace's template, (S, S) uint8.

    Raises:
        FaceError: the detector finds none, or the points coincide.
    """
    photograph = Photograph(picture.pixels, picture.name, "")
    if detector is None and picture.points is not None:
        bounds = (*picture.points.min(0).tolist(), *picture.points.max(0).tolist())
        face = Face(picture.points, bounds, 1.0)
    elif detector is None:
        raise FaceError(f"{picture.name}: where the face's points are is not known")
    else:
        face = choose_face(photograph, detector.detect(photograph.pixels))
    image, points = face_image(photograph, face)
    colours = align(image, points, _template(side))[0]
    grey = torch.einsum("chw,c->hw", colours, colours.new_tensor(_LUMA))
    pixels: NDArray[np.uint8] = (255 * grey.clamp(0, 1)).round().byte().numpy()
    return pixels


def _template(side: int) -> Template:
    by = side / ARCFACE_112.size
    return Template(f"arcface-{side}", side, tuple((x * by, y * by) for x, y in ARCFACE_112.points))


def _write(faces: NDArray[np.uint8], file: BinaryIO) -> None:
    np.savez_compressed(file, faces=faces)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def gender_counts(members: Sequence[Member]) -> dict[str, Any]:
    """How many people, women and men there are; those of whom nobody said are among the people alone."""
    return {"people": len(members)} | {
        word: sum(one.gender == gender for one in members) for gender, word in (("woman", "women"), ("man", "men"))
    }
