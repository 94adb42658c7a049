"""CASIA-WebFace: one folder of seven digits a person, `0000045/001.jpg`."""

from __future__ import annotations

from pathlib import Path

from explorer.science.training.folders.listing import (
    FolderFace,
    FolderListing,
    person_folders,
    pictures_of,
    require,
    split_by_hash,
)

_TITLE = "CASIA-WebFace"


def read_casia(root: Path) -> FolderListing:
    """List CASIA-WebFace; people split by their numbers, for it publishes no partition.

    Raises:
        FolderError: there are no folders of people, or no photographs in them.
    """
    top = root / "CASIA-WebFace" if (root / "CASIA-WebFace").is_dir() else root
    faces = (
        FolderFace(picture, person.name, split_by_hash(person.name), {})
        for person in person_folders(top, "[0-9]" * 7, _TITLE)
        for picture in pictures_of(person)
    )
    return FolderListing(require(faces, top, _TITLE))
