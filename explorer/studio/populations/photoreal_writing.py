"""Pictures of photoreal people as files, drawn by one process or by several; what is there is not made again.

A person is `photoreal-SEED.json`, which is written last and names the pictures `photoreal-SEED-NUMBER.png`: without
it, the person is drawn anew. `photoreal.json` says what the folder holds.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.studio.cluster.asked import Cluster
from explorer.studio.cluster.distributing import distribute
from explorer.studio.cluster.work import Progress
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import bare_record, png_bytes
from explorer.studio.files import TEMPORARY_PREFIX, atomic_write
from explorer.studio.outputs import alone_in
from explorer.studio.places import private_folder
from explorer.studio.populations.list_file import PeopleList
from explorer.studio.populations.photoreal import PhotorealSource, load_source
from explorer.studio.populations.values import PhotorealSettings

RECORD, SHEET, LOCK = "photoreal.json", "contact-sheet.png", ".photoreal.lock"
_PREFIX = "photoreal-"
_ON_SHEET = 8


@dataclass(frozen=True)
class PhotorealWork:
    """What one worker does: draws a person. list_file, digest: the list. command: the words that draw them again."""

    folder: Path
    list_file: Path
    digest: str
    settings: PhotorealSettings
    command: tuple[str, ...]
    device: str

    def load(self) -> PhotorealSource:
        """Load networks and the list."""
        return load_source(self.list_file, self.digest, self.settings, self.device)

    def run(self, loaded: PhotorealSource, job: int, tell: Callable[[], None]) -> None:
        """Draw one person's pictures, and say last that they are there."""
        record = bare_record(kind="people", command=list(self.command), photoreal=said(self.settings, self.digest))
        pictures = []
        for one in loaded.pictures(job):
            stem = f"{_PREFIX}{one.seed}-{one.number}"
            data = png_bytes(one.pixels, record | {"picture": stem})
            atomic_write(self.folder / f"{stem}.png", data, settled=False)
            pictures.append({"file": f"{stem}.png", **one.truth})
            tell()
        seed = seed_of(loaded.people, self.settings, job)
        place = self.folder / f"{_PREFIX}{seed}.json"
        atomic_write(place, json.dumps(record | {"seed": seed, "pictures": pictures}).encode())


def said(settings: PhotorealSettings, digest: str) -> dict[str, Any]:
    """What a folder says of itself; how many people it has may grow."""
    return {**settings.model_dump(exclude={"count"}), "list_sha256": digest}


def seed_of(people: PeopleList, settings: PhotorealSettings, place: int) -> int:
    """The seed of the person at a place among those that are asked for."""
    return int(people.seeds[place]) if settings.seed is None else settings.seed + place


def write_photoreal(
    work: PhotorealWork,
    people: PeopleList,
    cluster: Cluster,
    told: Callable[[Progress], object] = lambda progress: None,
) -> tuple[int, int]:
    """Draw people into a folder, in which some may be already; how many people were drawn, and how many there are.

    Raises:
        UserError: the folder holds something else, other pictures, or another process draws into it.
        RuntimeError: a worker failed or was killed.
    """
    settings, folder = work.settings, work.folder
    _begin(folder, settings, work.digest, work.command)
    with alone_in(folder, LOCK, "another `likeness people photoreal`"):
        for part in folder.glob(f"{TEMPORARY_PREFIX}*"):
            part.unlink(missing_ok=True)
        missing = [
            place
            for place in range(settings.count)
            if not (folder / f"{_PREFIX}{seed_of(people, settings, place)}.json").exists()
        ]
        if missing:
            with closing(distribute(work, missing, cluster)) as steps:
                for step in steps:
                    told(step)
        return len(missing), settings.count


def _begin(folder: Path, settings: PhotorealSettings, digest: str, command: tuple[str, ...]) -> None:
    place, wanted = folder / RECORD, said(settings, digest)
    if place.exists():
        try:
            held = json.loads(place.read_bytes())["photoreal"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(f"{place} cannot be read ({error}): choose another folder") from error
        if held != wanted:
            raise UserError(f"{folder} holds people of another list, size or number: choose another folder")
        return
    if folder.exists() and any(folder.iterdir()):
        raise UserError(f"{folder} is not empty and holds no photoreal people: choose an empty or a new folder")
    private_folder(folder)
    record = bare_record(kind="people", command=list(command), photoreal=wanted)
    atomic_write(place, json.dumps(record, indent=2).encode())


def write_sheet(folder: Path, people: PeopleList, settings: PhotorealSettings, command: tuple[str, ...]) -> Path:
    """The first people on one sheet, a person a row; what was left out is white."""
    rows = []
    for place in range(min(settings.count, _ON_SHEET)):
        seed = seed_of(people, settings, place)
        files = [folder / f"{_PREFIX}{seed}-{number}.png" for number in range(settings.pictures)]
        rows.append(np.concatenate([_picture(file, settings.size) for file in files[:10]], 1))
    record = bare_record(kind="people", command=list(command))
    return atomic_write(folder / SHEET, png_bytes(np.concatenate(rows), record))


def _picture(file: Path, size: int) -> NDArray[np.uint8]:
    if not file.exists():
        return np.full((size, size, 3), 255, np.uint8)
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"))
