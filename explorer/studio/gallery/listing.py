"""What the gallery can show: the session's own faces and bare embeddings, then those of its folders, row by row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # the session imports this
    from explorer.studio.gallery.state import GalleryFace

Matrix = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Listing:
    """Rows of the gallery, one a face.

    keys: as in the session. names, people: as they are shown; a person is empty where nobody knows.
    pictures: a JPEG, an array (S, S, 3), or a `LoadedVector`, which has none.
    """

    keys: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    pictures: tuple[object, ...] = ()
    faces: Mapping[str, GalleryFace] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Rows by key."""
        return {key: row for row, key in enumerate(self.keys)}

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """What words are sought in."""
        return tuple(f"{name} {person}".casefold() for name, person in zip(self.names, self.people, strict=True))

    def named(self, query: str) -> NDArray[np.intp]:
        """Rows whose name or person holds every word of a query; all for an empty one."""
        words = query.casefold().split()
        if not words:
            return np.arange(len(self.keys))
        rows = [row for row, text in enumerate(self.folded) if all(word in text for word in words)]
        return np.array(rows, np.intp)

    def by_name(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Rows sorted by name, as people sort: 2 before 10."""
        keys = self._natural
        return np.array(sorted(rows.tolist(), key=keys.__getitem__), np.intp)

    def by_person(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Rows sorted by person, then by name; those of whom nobody knows who they are come last."""
        names, people = self._natural, self._people
        return np.array(sorted(rows.tolist(), key=lambda row: (people[row], names[row])), np.intp)

    @cached_property
    def _natural(self) -> list[tuple[object, ...]]:
        return [natural(name) for name in self.names]

    @cached_property
    def _people(self) -> list[tuple[object, ...]]:
        known = {person: (not person, natural(person)) for person in set(self.people)}
        return [known[person] for person in self.people]


NOBODY = Listing()
_DIGITS = re.compile(r"([0-9]{1,18})")


@lru_cache(2**16)
def natural(name: str) -> tuple[object, ...]:
    """A key by which names sort as people sort: numbers by their value, letters without regard to case."""
    # Letters and digits take turns, the letters first, so that only like is ever compared with like.
    parts = _DIGITS.split(name.casefold())
    return tuple(int(part) if place % 2 else part for place, part in enumerate(parts))
