"""Labeled Faces in the Wild: `Name_Surname/Name_Surname_0001.jpg`, optionally with the published development split."""

from __future__ import annotations

import re
from pathlib import Path

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

_TITLE = "LFW"
_TOPS = ("lfw", "lfw_funneled", "lfw-deepfunneled")
_PICTURE = re.compile(r"(?P<name>.+)_\d{4}\.jpg", re.IGNORECASE)


def read_lfw(root: Path) -> FolderListing:
    """List LFW. People of `peopleDevTest.txt`, where it lies there, are the test split; others split by their names.

    Raises:
        FolderError: there are no folders of people, or a picture is not named after its folder.
    """
    top = next((root / name for name in _TOPS if (root / name).is_dir()), root)
    test = _people(root / "peopleDevTest.txt") | _people(top / "peopleDevTest.txt")
    faces = []
    for person in person_folders(top, "[!.]*", _TITLE):
        for picture in pictures_of(person):
            named = _PICTURE.fullmatch(picture.name)
            if named is None or named["name"] != person.name:
                raise FolderError(f"{picture} is not named as LFW names pictures: {person.name}_0001.jpg")
            faces.append(FolderFace(picture, person.name, _split(person.name, test), {}))
    return FolderListing(require(faces, top, _TITLE), published_split=bool(test))


def _split(name: str, test: set[str]) -> FolderSplit:
    if name in test:
        return "test"
    by_hash = split_by_hash(name)
    return "train" if test and by_hash == "test" else by_hash


def _people(file: Path) -> set[str]:
    """The names in a list of people: a count, then a name and a number of pictures a line."""
    if not file.is_file():
        return set()
    return {line.split("\t")[0] for line in file.read_text(encoding="utf-8").splitlines()[1:] if line}
