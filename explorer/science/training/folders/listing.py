"""What every folder reader yields, and what they share."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.science.errors import LikenessError

# As explorer.science.training.corpus has them; shares of those sets that publish no partition.
FolderSplit = Literal["train", "calibration", "test"]
_TEST, _CALIBRATION = 0.1, 0.1
_PICTURES = {".jpg", ".jpeg", ".png"}


class FolderError(LikenessError, ValueError):
    """A folder that is not what it claims; the message says what is missing or wrong, and what to do.

    Example:
        >>> from pathlib import Path
        >>> from explorer.science.training.folders import LAYOUTS, FolderError
        >>> try:
        ...     LAYOUTS["lfw"].read(Path("nowhere"))
        ... except FolderError as error:
        ...     print(error)
        there is no folder nowhere: give the top folder of LFW
    """


@dataclass(frozen=True, eq=False)
class FolderFace:
    """One photograph of a data set.

    identity: the person, as the set names them; the photograph's own name where the set names nobody.
    attributes: 1 or 0 by the set's own names; empty where it has none.
    points: (5, 2) pixels as the set gives them, centres at +0.5, in the order of `Face.points`; None without.

    Example:
        >>> from pathlib import Path
        >>> from explorer.science.training.folders import FolderFace
        >>> FolderFace(Path("ada/1.jpg"), "ada", "train", {"Smiling": 1}).points is None
        True
    """

    path: Path
    identity: str
    split: FolderSplit
    attributes: Mapping[str, int]
    points: NDArray[np.float64] | None = None


@dataclass(frozen=True, eq=False)
class FolderListing:
    """The photographs of a data set, in the order of their names, and the names of its attributes.

    published_split: whether its makers say who is for testing; a hash of the names does otherwise.

    Example:
        >>> from pathlib import Path
        >>> from explorer.science.training.folders import FolderFace, FolderListing
        >>> faces = tuple(FolderFace(Path(f"{name}/1.jpg"), name, "train", {}) for name in ("bo", "ada", "bo"))
        >>> FolderListing(faces).identities()
        {'ada': 0, 'bo': 1}
    """

    faces: tuple[FolderFace, ...]
    attributes: tuple[str, ...] = ()
    published_split: bool = False

    def identities(self) -> dict[str, int]:
        """A number for each person, in the order of their names."""
        return {name: number for number, name in enumerate(sorted({face.identity for face in self.faces}))}


def choose(listing: FolderListing, limit: int | None) -> FolderListing:
    """At most so many faces, spread over the set by a hash of their names, in the order of that hash.

    Example:
        >>> from pathlib import Path
        >>> from explorer.science.training.folders import FolderFace, FolderListing, choose
        >>> faces = tuple(FolderFace(Path(f"ada/{number}.jpg"), "ada", "train", {}) for number in range(9))
        >>> fewer, more = (choose(FolderListing(faces), limit) for limit in (2, 4))
        >>> fewer.faces == more.faces[:2]
        True
    """

    def place(face: FolderFace) -> bytes:
        return hashlib.sha256(f"{face.identity}/{face.path.name}".encode()).digest()

    chosen = tuple(sorted(listing.faces, key=place)[:limit])
    return FolderListing(chosen, listing.attributes, listing.published_split)


def split_by_hash(identity: str) -> FolderSplit:
    """The split of a person by a hash of their name, so that nobody is in two."""
    share = int.from_bytes(hashlib.sha256(identity.encode()).digest()[:8], "big") / 2**64
    if share < _TEST:
        return "test"
    return "calibration" if share < _TEST + _CALIBRATION else "train"


def person_folders(root: Path, pattern: str, title: str) -> list[Path]:
    """The folders of a set that holds one for each person.

    Raises:
        FolderError: there is no such folder.
    """
    _require_folder(root, title)
    found = sorted(place for place in root.glob(pattern) if place.is_dir())
    if not found:
        raise FolderError(
            f"{root} holds no folders like those of {title}: give the folder that holds one for each person"
        )
    return found


def pictures_of(folder: Path) -> list[Path]:
    """The photographs of one folder, by name."""
    return sorted(file for file in folder.iterdir() if file.suffix.lower() in _PICTURES)


def require(faces: Iterable[FolderFace], root: Path, title: str) -> tuple[FolderFace, ...]:
    """The faces, where there are any.

    Raises:
        FolderError: there is none.
    """
    found = tuple(faces)
    if not found:
        raise FolderError(f"{root} holds no photographs: {title} has JPEG files there")
    return found


def find(root: Path, title: str, name: str, *folders: str) -> Path:
    """A file or folder of a set by its name, in the set's top folder or one of its usual ones.

    Raises:
        FolderError: it is in none of them.
    """
    _require_folder(root, title)
    for folder in ("", *folders):
        if (root / folder / name).exists():
            return root / folder / name
    places = ", ".join(f"{folder}/{name}" for folder in folders)
    raise FolderError(f"{root} lacks {name} (or {places}): give the top folder of {title}")


def table(file: Path, fields: int, skip: int) -> Iterator[list[str]]:
    """The rows of a text table, split at white space.

    Args:
        fields: how many each must have.
        skip: lines before the first row.

    Raises:
        FolderError: a row has another number of fields, or the file is no text.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FolderError(f"{file} cannot be read as text: {error}") from error
    for number, line in enumerate(lines[skip:], skip + 1):
        row = line.split()
        if row and len(row) != fields:
            raise FolderError(f"{file}, line {number}: {len(row)} fields instead of {fields}")
        if row:
            yield row


def _require_folder(root: Path, title: str) -> None:
    if not root.is_dir():
        raise FolderError(f"there is no folder {root}: give the top folder of {title}")
