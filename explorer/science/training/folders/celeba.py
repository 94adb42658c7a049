"""CelebA: `img_align_celeba/`, 40 attributes, five landmarks, partition and identities, as published.

The pictures are those aligned and cropped by its makers (178 x 218). Text files lie in `Anno/` and `Eval/` as
published, or beside the pictures. `identity_CelebA.txt` is handed out on request only: without it every photograph
counts as a person of its own.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.science.training.folders.listing import (
    FolderError,
    FolderFace,
    FolderListing,
    FolderSplit,
    find,
    require,
    table,
)

_TITLE = "CelebA"
_ATTRIBUTES = 40
_POINTS = ("lefteye", "righteye", "nose", "leftmouth", "rightmouth")
_PARTITION: dict[str, FolderSplit] = {"0": "train", "1": "calibration", "2": "test"}


def read_celeba(root: Path) -> FolderListing:
    """List CelebA with its attributes and landmarks; its validation part becomes our calibration split.

    Raises:
        FolderError: a file is missing or malformed, or pictures that it lists are not there.
    """
    folder = find(root, _TITLE, "img_align_celeba", "Img")
    partition = _partition(find(root, _TITLE, "list_eval_partition.txt", "Eval", "Anno"))
    names, attributes = _attributes(find(root, _TITLE, "list_attr_celeba.txt", "Anno"))
    points = _points(find(root, _TITLE, "list_landmarks_align_celeba.txt", "Anno"))
    identities = _identities(root)
    there = {file.name for file in folder.iterdir()}
    missing = sorted(partition.keys() - there)
    if missing:
        raise FolderError(
            f"{folder} lacks {len(missing)} of {len(partition)} pictures, {missing[0]} among them: unpack all of "
            "img_align_celeba.zip there"
        )
    unlisted = sorted(partition.keys() - (attributes.keys() & points.keys()))
    if unlisted:
        raise FolderError(
            f"{root} gives no attributes or no landmarks for {unlisted[0]}: the files do not belong together"
        )
    faces = (
        FolderFace(folder / name, identities.get(name, name), split, attributes[name], points[name])
        for name, split in sorted(partition.items())
    )
    return FolderListing(require(faces, folder, _TITLE), names, published_split=True)


def _partition(file: Path) -> dict[str, FolderSplit]:
    rows = dict(table(file, 2, 0))
    wrong = sorted(set(rows.values()) - _PARTITION.keys())
    if wrong:
        raise FolderError(f"{file}: partition {wrong[0]!r}; CelebA has 0, 1 and 2")
    return {name: _PARTITION[part] for name, part in rows.items()}


def _attributes(file: Path) -> tuple[tuple[str, ...], dict[str, dict[str, int]]]:
    names = tuple(_header(file))
    if len(names) != _ATTRIBUTES:
        raise FolderError(f"{file} names {len(names)} attributes in its second line; CelebA has {_ATTRIBUTES}")
    values: dict[str, dict[str, int]] = {}
    for picture, *signs in table(file, 1 + _ATTRIBUTES, 2):
        if not set(signs) <= {"1", "-1"}:
            raise FolderError(f"{file}: attributes of {picture} are not all 1 or -1")
        values[picture] = {name: int(sign == "1") for name, sign in zip(names, signs, strict=True)}
    return names, values


def _points(file: Path) -> dict[str, NDArray[np.float64]]:
    expected = [f"{point}_{axis}" for point in _POINTS for axis in "xy"]
    if _header(file) != expected:
        raise FolderError(f"{file}: its second line should be {' '.join(expected)}")
    try:
        # Whole pixels, counted from the first one's centre. CelebA's "left eye" is the one on the left of the picture.
        return {
            name: np.array(numbers, np.float64).reshape(5, 2) + 0.5
            for name, *numbers in table(file, 1 + len(expected), 2)
        }
    except ValueError as error:
        if isinstance(error, FolderError):
            raise
        raise FolderError(f"{file}: a coordinate is not a number ({error})") from error


def _header(file: Path) -> list[str]:
    with file.open(encoding="utf-8", errors="replace") as lines:
        next(lines, "")
        return next(lines, "").split()


def _identities(root: Path) -> dict[str, str]:
    try:
        return dict(table(find(root, _TITLE, "identity_CelebA.txt", "Anno"), 2, 0))
    except FolderError as error:
        if "lacks" in str(error):
            return {}
        raise
