"""FairFace: `fairface_label_train.csv` and `fairface_label_val.csv` beside `train/` and `val/`, as published.

Labels are what annotators said: one of two genders, one of seven groups under the makers' names, and a band of ages.
Nobody is named: every photograph counts as a person of its own.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from explorer.science.training.folders.listing import (
    FolderError,
    FolderFace,
    FolderListing,
    FolderSplit,
    find,
    require,
)

_TITLE = "FairFace"
GROUPS = ("Black", "East Asian", "Indian", "Latino_Hispanic", "Middle Eastern", "Southeast Asian", "White")
"""FairFace's own names of the groups that its annotators chose among."""
AGES = ("0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "more than 70")
MALE = "Male"
_GENDERS = ("Female", MALE)
_PARTS: dict[str, FolderSplit] = {"train": "train", "val": "test"}
_PICTURES = "fairface-img-margin025-trainval"
_COLUMNS = ("file", "age", "gender", "race")


def read_fairface(root: Path) -> FolderListing:
    """List FairFace; its validation part becomes our test split. Attributes are Male, the groups and the bands of ages.

    Raises:
        FolderError: a file is missing or malformed, or there are no photographs that it lists.
    """
    pictures = root / _PICTURES if (root / _PICTURES).is_dir() else root
    faces = []
    for part, split in _PARTS.items():
        file = find(root, _TITLE, f"fairface_label_{part}.csv")
        folder = pictures / part
        there = {one.name for one in folder.iterdir()} if folder.is_dir() else set()
        for name, attributes in _rows(file):
            if Path(name).name in there:
                faces.append(FolderFace(folder / Path(name).name, name, split, attributes))
    return FolderListing(require(faces, root, _TITLE), (MALE, *GROUPS, *AGES), published_split=True)


def one_of(attributes: Mapping[str, int], names: Sequence[str]) -> str:
    """Which of several attributes a photograph has; empty where it has none of them."""
    return next((name for name in names if attributes.get(name)), "")


def _rows(file: Path) -> Iterator[tuple[str, dict[str, int]]]:
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            rows = csv.DictReader(lines)
            missing = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise FolderError(f"{file} lacks the column {missing[0]}: take the file as FairFace publishes it")
            for number, row in enumerate(rows, 2):
                yield str(row["file"]), _attributes(row, file, number)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FolderError(f"{file} cannot be read as a table: {error}") from error


def _attributes(row: dict[str, str | None], file: Path, number: int) -> dict[str, int]:
    for column, known in (("gender", _GENDERS), ("race", GROUPS), ("age", AGES)):
        if row[column] not in known:
            raise FolderError(f"{file}, line {number}: {column} is {row[column]!r}, which FairFace does not have")
    return {
        MALE: int(row["gender"] == MALE),
        **{group: int(row["race"] == group) for group in GROUPS},
        **{age: int(row["age"] == age) for age in AGES},
    }
