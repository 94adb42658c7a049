"""FairFace: `train/1.jpg`, `val/1.jpg`, and two tables of age, gender and race."""

from __future__ import annotations

import csv
from pathlib import Path

from explorer.science.training.folders.listing import (
    FolderError,
    FolderFace,
    FolderListing,
    FolderSplit,
    require,
    split_by_hash,
)

_TITLE = "FairFace"
COLUMNS = ("file", "age", "gender", "race", "service_test")
# FairFace itself names nobody; a set with this column does.
IDENTITY = "identity"
_GENDERS = {"Male": 1, "Female": 0}
_PARTS = ("train", "val")
_LARGEST_TABLE = 200_000_000


def read_fairface(root: Path) -> FolderListing:
    """List FairFace; its validation part is our test split, and some faces of its training part become calibration.

    Gender becomes the attribute Male, and every age and race that the tables name an attribute of that name, where
    they name one of every face.

    Raises:
        FolderError: there is no table, a table is malformed, or a picture that it names is outside its folder.
    """
    rows = [(part, row) for part in _PARTS for row in _rows(root, part)]
    named = {name: sorted({row[name] for _, row in rows}) for name in ("age", "race")}
    told = [value for values in named.values() if "" not in values for value in values]
    genders = all(row["gender"] for _, row in rows)
    faces = []
    for part, row in rows:
        attributes = {value: int(value in (row["age"], row["race"])) for value in told}
        if genders:
            attributes["Male"] = _GENDERS[row["gender"]]
        identity = row.get(IDENTITY) or row["file"]
        faces.append(FolderFace(_picture(root, part, row["file"]), identity, _split(part, identity), attributes))
    names = (*(("Male",) if genders else ()), *told)
    return FolderListing(require(faces, root, _TITLE), names, published_split=True)


def _split(part: str, identity: str) -> FolderSplit:
    if part == "val":
        return "test"
    return "train" if split_by_hash(identity) == "train" else "calibration"


def _picture(root: Path, part: str, file: str) -> Path:
    place = Path(file)
    if place.is_absolute() or ".." in place.parts or place.parts[:1] != (part,):
        raise FolderError(f"fairface_label_{part}.csv of {root} names {file[:60]!r}, which is not in its folder {part}")
    return root / place


def _rows(root: Path, part: str) -> list[dict[str, str]]:
    """The rows of a part's table by column; none where there is no such table."""
    file = root / f"fairface_label_{part}.csv"
    if not file.is_file():
        if part == "train":
            raise FolderError(f"{root} lacks {file.name}: give the top folder of {_TITLE}")
        return []
    if file.stat().st_size > _LARGEST_TABLE:
        raise FolderError(f"{file} is larger than the table of any such set")
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FolderError(f"{file} cannot be read as a table: {error}") from error
    for row in rows:
        if None in row or any(row.get(name) is None for name in COLUMNS) or row["gender"] not in (*_GENDERS, ""):
            raise FolderError(f"{file}: every row needs {', '.join(COLUMNS)}, and Male or Female as gender")
    return rows
