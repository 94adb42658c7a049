"""Photoreal people drawn from the list: a picture each number, and what is known of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.science.training.photoreal_edits import STEP
from explorer.science.training.photoreal_people import (
    CHECKERS,
    Codes,
    PhotorealModels,
    Place,
    make_person,
    picture_of,
    styles_of_person,
)
from explorer.studio.catalogue.networks import Networks
from explorer.studio.corpus.making import require_networks as require
from explorer.studio.errors import UserError
from explorer.studio.populations.list_file import LARGEST_SEED, PeopleList, read_people_list
from explorer.studio.populations.values import PhotorealSettings

FORMAT = "likeness-photoreal/1"


@dataclass(frozen=True, eq=False)
class PhotorealPicture:
    """A picture with what is known of it. number: of the person's. truth: for JSON."""

    seed: int
    number: int
    pixels: NDArray[np.uint8]
    truth: dict[str, Any]


@dataclass(frozen=True, eq=False)
class PhotorealSource:
    """What draws people, loaded.

    models: without checkers where people come from the list.
    """

    people: PeopleList
    settings: PhotorealSettings
    models: PhotorealModels

    def pictures(self, place: int) -> Iterator[PhotorealPicture]:
        """The pictures of the person at a place among those that are asked for."""
        settings, models = self.settings, self.models
        if settings.seed is None:
            seed = int(self.people.seeds[place])
            numbers = self.people.numbers(place, settings.pictures)
            styles = styles_of_person(models.generator, seed, self.people.psi)
            for number in numbers:
                codes, tries = self.people.codes[place, number], int(self.people.tries[place, number])
                where = Place(seed, number, settings.size, tries - 1)
                yield self._told(where, codes, picture_of(models, styles, self.people.edits, codes, where), place)
            return
        seed = settings.seed + place
        about = seed, self.people.psi, self.people.edits, self.people.thresholds
        made = make_person(models, *about, settings.pictures, settings.size)
        for number, one in zip(np.flatnonzero(made.kept).tolist(), made.pictures, strict=True):
            where = Place(seed, number, settings.size, int(made.tries[number]) - 1)
            yield self._told(where, made.codes[number], one.pixels, None)

    def _told(self, where: Place, codes: Codes, pixels: NDArray[np.uint8], place: int | None) -> PhotorealPicture:
        strengths = codes.astype(np.float64) * STEP
        edits = {
            edit.axis.name: {
                "strength": float(strength),
                "change": round(float(strength * edit.gain), 4),
                "unit": edit.axis.unit,
            }
            for edit, strength in zip(self.people.edits, strengths, strict=True)
        }
        read = {}
        if place is not None:
            read = {"age": int(self.people.age[place]), "male": round(int(self.people.male[place]) / 255, 3)}
        lens = {name: value for name, value in asdict(where.lens).items() if name != "jitter"}
        truth = {
            "truth": FORMAT,
            "seed": where.seed,
            "psi": self.people.psi,
            "number": where.number,
            "size": len(pixels),
            "edits": edits,
            "lamp": asdict(where.lamp),
            "camera": lens,
            "read_of_the_first": read,
        }
        return PhotorealPicture(where.seed, where.number, pixels, truth)


def opened_list(path: Path, settings: PhotorealSettings) -> tuple[PeopleList, str]:
    """The list, and the sha256 (hex) of its file, where it has the people that are asked for.

    Raises:
        UserError: it has not, or cannot be read.
    """
    people, digest = read_people_list(path)
    if settings.seed is None and settings.count > len(people):
        raise UserError(f"--count {settings.count}: {path.name} lists {len(people)} people; ask for no more")
    if settings.seed is None and settings.pictures > people.codes.shape[1]:
        most = people.codes.shape[1]
        raise UserError(f"--pictures {settings.pictures}: {path.name} lists {most} of each person; ask for no more")
    if settings.seed is not None and settings.seed + settings.count - 1 > LARGEST_SEED:
        raise UserError(f"the last person's seed would be above {LARGEST_SEED}, the last there is")
    return people, digest


def require_networks(settings: PhotorealSettings) -> None:
    """Check that every network is here before any process is started; the checkers only where people are of no list.

    Raises:
        UserError: some are not.
    """
    require(() if settings.seed is None else CHECKERS, labellers=False)


def load_source(path: Path, digest: str, settings: PhotorealSettings, device: str) -> PhotorealSource:
    """Load what draws people.

    Args:
        digest: of the list as it was when the command began.

    Raises:
        UserError: the list is another one by now, or a network is missing.
    """
    people, found = read_people_list(path)
    if found != digest:
        raise UserError(f"{path} has changed meanwhile: run the command again")
    networks = Networks(device)
    checkers = {} if settings.seed is None else {name: networks.recogniser(name) for name in CHECKERS}
    return PhotorealSource(people, settings, PhotorealModels(networks.generator(), networks.detector(), checkers))
