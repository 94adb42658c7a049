"""VGGFace2: `train/n000002/0001_01.jpg` and `test/...`, optionally `identity_meta.csv` and its five landmarks."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.science.training.folders.listing import (
    FolderError,
    FolderFace,
    FolderListing,
    FolderSplit,
    person_folders,
    pictures_of,
    require,
    split_by_hash,
)

_TITLE = "VGGFace2"
_PARTS = ("train", "test")
_GENDERS = {"m": 1, "f": 0}


def read_vggface2(root: Path) -> FolderListing:
    """List VGGFace2; its test part is our test split, and some people of its training part become calibration.

    Gender comes from `identity_meta.csv` (also in `meta/`) as the attribute Male, landmarks from
    `loose_landmark_train.csv` and `loose_landmark_test.csv` (also in `bb_landmark/`), where these files are.

    Raises:
        FolderError: there is neither `train` nor `test`, no person's folder in one, or a file is malformed.
    """
    parts = [part for part in _PARTS if (root / part).is_dir()]
    if not parts:
        raise FolderError(f"{root} has neither a folder train nor test: give the top folder of {_TITLE}")
    genders = _genders(root)
    faces: list[FolderFace] = []
    for part in parts:
        points = _points(root, part)
        for person in person_folders(root / part, "n[0-9]*", _TITLE):
            male = {"Male": genders[person.name]} if person.name in genders else {}
            split = _split(part, person.name)
            faces += (
                FolderFace(picture, person.name, split, male, points.get(f"{person.name}/{picture.stem}"))
                for picture in pictures_of(person)
            )
    return FolderListing(require(faces, root, _TITLE), ("Male",) if genders else (), published_split=True)


def _split(part: str, name: str) -> FolderSplit:
    if part == "test":
        return "test"
    return "train" if split_by_hash(name) == "train" else "calibration"


def _genders(root: Path) -> dict[str, int]:
    rows = _rows(root, "identity_meta.csv", "meta")
    genders = {}
    for row in rows:
        if "Class_ID" not in row or row.get("Gender") not in _GENDERS:
            raise FolderError(f"identity_meta.csv of {root}: every row needs a Class_ID and a Gender, m or f")
        genders[row["Class_ID"]] = _GENDERS[row["Gender"]]
    return genders


def _points(root: Path, part: str) -> dict[str, NDArray[np.float64]]:
    name = f"loose_landmark_{part}.csv"
    columns = [f"P{number}{axis}" for number in range(1, 6) for axis in "XY"]
    points = {}
    for row in _rows(root, name, "bb_landmark"):
        try:
            numbers = np.array([float(row[column]) for column in columns])
            points[row["NAME_ID"]] = numbers.reshape(5, 2) + 0.5
        except (KeyError, ValueError) as error:
            raise FolderError(f"{name} of {root}: every row needs NAME_ID and {columns[0]} to {columns[-1]}") from error
    return points


def _rows(root: Path, name: str, folder: str) -> Iterator[dict[str, str]]:
    """The rows of a table by column, without the blanks that the published files have behind their commas."""
    for file in (root / name, root / folder / name):
        if file.is_file():
            with file.open(encoding="utf-8", newline="") as lines:
                for row in csv.DictReader(lines, skipinitialspace=True):
                    yield {key.strip(): (value or "").strip() for key, value in row.items() if key}
            return
