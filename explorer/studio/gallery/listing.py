"""What the gallery can show: the session's own faces and bare embeddings, then those of its folders, row by row."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from explorer.studio.gallery.far import FarFaces, FarPlaces, rows_held

if TYPE_CHECKING:  # the session imports this
    from explorer.studio.gallery.state import GalleryFace
    from explorer.studio.session.slices import Forgotten

Matrix = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Listing:
    """Rows of the gallery, one a face.

    keys: as in the session. names, people: as they are shown; a person is empty where nobody knows.
    pictures: a JPEG, an array (S, S, 3), a `FarThumbnail`, or a `LoadedVector`, which has none.
    far: the faces of a collection, which come last and are looked up one by one; None where there is none.
    """

    keys: Sequence[str] = ()
    names: Sequence[str] = ()
    people: Sequence[str] = ()
    pictures: Sequence[object] = ()
    faces: Mapping[str, GalleryFace] = field(default_factory=dict)
    far: FarFaces | None = None

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Rows by key."""
        own = {key: row for row, key in enumerate(self.keys[: self.own])}
        return own if self.far is None else FarPlaces(own, self.far)

    @cached_property
    def own(self) -> int:
        """How many rows are not of a collection: the first."""
        return len(self.keys) - (0 if self.far is None else len(self.far))

    def rows_of(self, forgotten: Forgotten) -> list[int]:
        """The rows of what is forgotten."""
        rows = [row for row, key in enumerate(self.keys[: self.own]) if forgotten.holds(key)]
        if self.far is not None:
            places = map(self.far.place_of_row, rows_held(self.far.collection, forgotten))
            rows += [self.own + place for place in places if place is not None]
        return rows

    def count_people(self) -> int:
        """How many people there are whom somebody knows."""
        known = {person for person in self.people[: self.own] if person}
        return len(known) + (0 if self.far is None else self._far_people)

    @cached_property
    def _far_people(self) -> int:
        return 0 if self.far is None else self.far.count_people()

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """What words are sought in."""
        own = zip(self.names[: self.own], self.people[: self.own], strict=True)
        return tuple(f"{name} {person}".casefold() for name, person in own)

    def named(self, query: str) -> NDArray[np.intp]:
        """Rows whose name or person holds every word of a query; all for an empty one."""
        words = query.casefold().split()
        if not words:
            return np.arange(len(self.keys))
        rows = [row for row, text in enumerate(self.folded) if all(word in text for word in words)]
        found = np.array(rows, np.intp)
        return found if self.far is None else np.concatenate([found, self.own + np.flatnonzero(self.far.named(words))])

    def by_name(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Rows sorted by name, as people sort: 2 before 10. Those of a collection come last."""
        keys = self._natural
        return self._sorted(rows, keys.__getitem__, lambda far: far.by_name)

    def by_person(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Rows sorted by person, then by name; those of whom nobody knows who they are come last."""
        names, people = self._natural, self._people
        return self._sorted(rows, lambda row: (people[row], names[row]), lambda far: far.by_person)

    def _sorted(
        self,
        rows: NDArray[np.intp],
        key: Callable[[int], tuple[object, ...]],
        order: Callable[[FarFaces], NDArray[np.int32]],
    ) -> NDArray[np.intp]:
        own = np.array(sorted(rows[rows < self.own].tolist(), key=key), np.intp)
        if self.far is None:
            return own
        places = order(self.far)
        wanted = rows[rows >= self.own] - self.own
        if len(wanted) < len(self.far):
            asked = np.zeros(len(self.far), bool)
            asked[wanted] = True
            places = places[asked[places]]
        return np.concatenate([own, self.own + places])

    @cached_property
    def _natural(self) -> list[tuple[object, ...]]:
        return [natural(name) for name in self.names[: self.own]]

    @cached_property
    def _people(self) -> list[tuple[object, ...]]:
        own = self.people[: self.own]
        known = {person: (not person, natural(person)) for person in set(own)}
        return [known[person] for person in own]


NOBODY = Listing()
_DIGITS = re.compile(r"([0-9]{1,18})")


@lru_cache(2**16)
def natural(name: str) -> tuple[object, ...]:
    """A key by which names sort as people sort: numbers by their value, letters without regard to case."""
    # Letters and digits take turns, the letters first, so that only like is ever compared with like.
    parts = _DIGITS.split(name.casefold())
    return tuple(int(part) if place % 2 else part for place, part in enumerate(parts))
