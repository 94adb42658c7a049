"""Any folder that holds one folder of photographs for each person; deeper folders belong to the person above them."""

from __future__ import annotations

from pathlib import Path

from explorer.science.faces.walking import PassedOver, photographs_in
from explorer.science.training.folders.listing import (
    FolderError,
    FolderFace,
    FolderListing,
    split_by_hash,
)


def read_people(root: Path) -> FolderListing:
    """List a folder of people; people split by their names.

    Raises:
        FolderError: there is no such folder, no folder in it, or no photograph in these.
    """
    if not root.is_dir():
        raise FolderError(f"there is no folder {root}: give a folder that holds one folder for each person")
    folders = [place for place in sorted(root.iterdir()) if place.is_dir() and not place.name.startswith(".")]
    faces = [
        FolderFace(picture, person.name, split_by_hash(person.name), {})
        for person in folders
        for picture in photographs_in(person, PassedOver())
    ]
    if not faces:
        raise FolderError(
            f"{root} holds no folders with photographs in them: give a folder that holds one for each person"
        )
    return FolderListing(tuple(faces))
