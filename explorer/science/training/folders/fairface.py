"""FairFace: `fairface_label_train.csv` and `fairface_label_val.csv` beside `train/1.jpg` and `val/1.jpg`, as published.

Labels are what annotators said: one of two genders, one of seven groups under the makers' names, and a band of ages.
FairFace itself names nobody, so that every photograph counts as a person of its own. Sets of ours in this layout have a
column more, which says whose picture it is, and may leave labels empty.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from explorer.science.training.folders.listing import (
    FolderError,
    FolderFace,
    FolderListing,
    FolderSplit,
    find,
    require,
    split_by_hash,
)

_TITLE = "FairFace"
GROUPS = ("Black", "East Asian", "Indian", "Latino_Hispanic", "Middle Eastern", "Southeast Asian", "White")
"""FairFace's own names of the groups that its annotators chose among."""
AGES = ("0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "more than 70")
MALE = "Male"
COLUMNS = ("file", "age", "gender", "race", "service_test")
IDENTITY = "identity"
"""The column of sets that name their people."""
_LABELS = {"gender": ("Female", MALE), "race": GROUPS, "age": AGES}
_ATTRIBUTES = {"gender": (MALE,), "race": GROUPS, "age": AGES}
_PARTS = ("train", "val")
_PICTURES = "fairface-img-margin025-trainval"
_LARGEST_TABLE = 200_000_000


def read_fairface(root: Path) -> FolderListing:
    """List FairFace; its validation part is our test split, and some faces of its training part become calibration.

    Attributes are Male, the groups and the bands of ages, each kind where the tables tell it of every photograph.
    Photographs that are listed and are not there are left out.

    Raises:
        FolderError: a table is missing or malformed, a picture that it names is outside its folder, or none is there.
    """
    pictures = root / _PICTURES if (root / _PICTURES).is_dir() else root
    tables = {part: _rows(find(root, _TITLE, f"fairface_label_{part}.csv"), part) for part in _PARTS}
    told = [column for column in _LABELS if all(row[column] for rows in tables.values() for row in rows)]
    names = {name: column for column in told for name in _ATTRIBUTES[column]}
    faces = []
    for part, rows in tables.items():
        folder = pictures / part
        there = {one.name for one in folder.iterdir()} if folder.is_dir() else set()
        for row in rows:
            file = Path(row["file"])
            if file.name in there:
                identity = row.get(IDENTITY) or row["file"]
                attributes = {name: int(row[column] == name) for name, column in names.items()}
                faces.append(FolderFace(folder / file.name, identity, _split(part, identity), attributes))
    return FolderListing(require(faces, root, _TITLE), tuple(names), published_split=True)


def one_of(attributes: Mapping[str, int], names: Sequence[str]) -> str:
    """Which of several attributes a photograph has; empty where it has none of them."""
    return next((name for name in names if attributes.get(name)), "")


def _split(part: str, identity: str) -> FolderSplit:
    if part == "val":
        return "test"
    return "train" if split_by_hash(identity) == "train" else "calibration"


def _rows(file: Path, part: str) -> list[dict[str, str]]:
    """The rows of a part's table by column; a label is one of FairFace's, or empty."""
    try:
        if file.stat().st_size > _LARGEST_TABLE:
            raise FolderError(f"{file} is larger than the table of any such set")
        with file.open(encoding="utf-8", newline="") as lines:
            table = csv.DictReader(lines)
            missing = [name for name in ("file", *_LABELS) if name not in (table.fieldnames or ())]
            if missing:
                raise FolderError(f"{file} lacks the column {missing[0]}: take the file as FairFace publishes it")
            rows = list(table)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FolderError(f"{file} cannot be read as a table: {error}") from error
    for number, row in enumerate(rows, 2):
        _check(row, f"{file}, line {number}", part)
    return rows


def _check(row: Mapping[str, str], where: str, part: str) -> None:
    if None in row or None in row.values():
        raise FolderError(f"{where} has more fields, or fewer, than the table has columns")
    if Path(row["file"]).parts != (part, Path(row["file"]).name) or Path(row["file"]).name == "..":
        raise FolderError(f"{where} names {row['file'][:60]!r}, which is not in the folder {part}")
    for column, known in _LABELS.items():
        if row[column] not in (*known, ""):
            raise FolderError(f"{where}: {column} is {row[column]!r}, which FairFace does not have")
