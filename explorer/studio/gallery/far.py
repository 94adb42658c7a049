"""The faces of a collection as rows of the gallery: looked up when they are asked for, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from explorer.studio.collection.reading import Collection
from explorer.studio.session.slices import Forgotten

T = TypeVar("T")
_NO_GROUP = -1


def rows_held(one: Collection, forgotten: Forgotten) -> list[int]:
    """The rows of a collection that are of what is forgotten, ascending."""
    photographs = {key.partition("/")[0] for key in forgotten.keys} | forgotten.photographs
    return sorted(row for sha256 in photographs for row in one.rows_of(sha256) if forgotten.holds(one.key(row)))


@dataclass(frozen=True, eq=False)
class Linked:
    """A collection that the gallery shows.

    collection: None where it could not be opened; problem: why. hidden: its rows that the user took out of the gallery,
    or that are being forgotten. groups: (N,) numbers of the people who were found by likeness, from 0; -1 for a face
    alone; None where nobody looked.
    """

    folder: Path
    collection: Collection | None
    problem: str = ""
    hidden: frozenset[int] = frozenset()
    groups: NDArray[np.int32] | None = None
    _listed: dict[object, FarFaces] = field(default_factory=dict)

    def held(self, forgotten: Forgotten) -> frozenset[int]:
        """The rows of what is forgotten."""
        if self.collection is None:
            return frozenset()
        return frozenset(rows_held(self.collection, forgotten)) - self.hidden

    def without(self, forgotten: Forgotten) -> Linked:
        """But for what is forgotten; itself where it holds nothing of that."""
        gone = self.held(forgotten)
        return self.hiding(gone) if gone else self

    def hiding(self, rows: frozenset[int]) -> Linked:
        """Without some rows more."""
        return replace(self, hidden=self.hidden | rows, _listed={})

    def faces(self, but: frozenset[int], *, by_likeness: bool) -> FarFaces:
        """What is listed of it; the very same where nothing has changed. but: rows that are not."""
        state = (but, by_likeness)
        if state not in self._listed:
            self._listed.clear()
            self._listed[state] = FarFaces(self, self.shown(but), by_likeness=by_likeness)
        return self._listed[state]

    def shown(self, but: frozenset[int] = frozenset()) -> NDArray[np.int32]:
        """The rows that are there, ascending."""
        if self.collection is None:
            return np.zeros(0, np.int32)
        there, gone = self.collection.present, [*self.hidden, *but]
        if gone:
            there = there.copy()
            there[gone] = False
        return np.flatnonzero(there).astype(np.int32)


@dataclass(frozen=True)
class FarThumbnail:
    """A thumbnail that lies in a collection."""

    collection: Collection
    row: int

    def read(self) -> bytes:
        """A small JPEG; nothing where there is none."""
        return self.collection.thumbnail(self.row)


class Looked(Sequence[T]):
    """A sequence whose items are looked up by their number, each time."""

    def __init__(self, length: int, look: Callable[[int], T]) -> None:
        self._length, self._look = length, look

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...
    def __getitem__(self, at: int | slice) -> T | Sequence[T]:
        """One of them, or some in a tuple."""
        if isinstance(at, slice):
            return tuple(self._look(one) for one in range(*at.indices(self._length)))
        if not -self._length <= at < self._length:
            raise IndexError(at)
        return self._look(at % self._length)


class FarFaces:
    """Rows of a collection that a gallery lists.

    Args:
        linked: with a collection. rows: (n,) of it, ascending. by_likeness: whether people are its groups.
    """

    def __init__(self, linked: Linked, rows: NDArray[np.int32], *, by_likeness: bool) -> None:
        assert linked.collection is not None, "nothing is listed of a collection that is not open"
        self.collection = linked.collection
        self.rows = rows
        self._groups = linked.groups if by_likeness else None
        self._by_likeness = by_likeness

    def __len__(self) -> int:
        return len(self.rows)

    def keys(self) -> Sequence[str]:
        """As in a session."""
        return Looked(len(self), lambda at: self.collection.key(int(self.rows[at])))

    def names(self) -> Sequence[str]:
        """As they are shown."""
        return Looked(len(self), lambda at: self.collection.name(int(self.rows[at])))

    def people(self) -> Sequence[str]:
        """Who they are; empty where nobody knows."""
        return Looked(len(self), lambda at: self._person(int(self.rows[at])))

    def pictures(self) -> Sequence[FarThumbnail]:
        """Where their thumbnails lie."""
        return Looked(len(self), lambda at: FarThumbnail(self.collection, int(self.rows[at])))

    def place(self, key: str) -> int | None:
        """The place of a face among the rows."""
        row = self.collection.row_of(key)
        return None if row is None else self.place_of_row(row)

    def place_of_row(self, row: int) -> int | None:
        """The place of one of the collection's rows."""
        at = int(np.searchsorted(self.rows, row))
        return at if at < len(self.rows) and int(self.rows[at]) == row else None

    @cached_property
    def by_name(self) -> NDArray[np.int32]:
        """Places in the order of their names."""
        order = self.collection.columns["by_name"]
        if len(self.rows) == len(self.collection):
            return np.asarray(order)
        place = np.full(len(self.collection), -1, np.int32)
        place[self.rows] = np.arange(len(self.rows), dtype=np.int32)
        places = place[order]
        return np.asarray(places[places >= 0])

    @cached_property
    def by_person(self) -> NDArray[np.int32]:
        """Places in the order of their people, then of their names; those whom nobody knows come last."""
        codes = self._codes()[self.by_name].astype(np.int64)
        codes[codes == 0] = np.iinfo(np.int64).max
        return np.asarray(self.by_name[np.argsort(codes, kind="stable")])

    def count_people(self) -> int:
        """How many people there are."""
        codes = np.unique(self._codes())
        return int((codes > 0).sum())

    def named(self, words: list[str]) -> NDArray[np.bool_]:
        """(n,) whether each holds all words in its name, or that of the person whom the collection says it is."""
        return self.collection.named(words)[self.rows]

    def _codes(self) -> NDArray[np.int32]:
        """(n,) a number a person; 0 for nobody."""
        if self._groups is not None:
            return np.asarray(self._groups[self.rows] + 1)
        if self._by_likeness:
            return np.zeros(len(self.rows), np.int32)
        return np.asarray(self.collection.columns["person"][self.rows])

    def _person(self, row: int) -> str:
        if not self._by_likeness:
            return self.collection.person(row)
        number = _NO_GROUP if self._groups is None else int(self._groups[row])
        return "" if number == _NO_GROUP else f"Person {number + 1}"


class Joined(Sequence[T]):
    """Some things, and behind them those of a collection. Equal to another of the very same."""

    def __init__(self, first: tuple[T, ...], behind: Sequence[T], far: FarFaces) -> None:
        self.first, self.behind, self.far = first, behind, far

    def __len__(self) -> int:
        return len(self.first) + len(self.behind)

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...
    def __getitem__(self, at: int | slice) -> T | Sequence[T]:
        """One of them, or some in a tuple."""
        if isinstance(at, slice):
            return tuple(self[one] for one in range(*at.indices(len(self))))
        own = len(self.first)
        at = at + len(self) if at < 0 else at
        return self.first[at] if at < own else self.behind[at - own]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Joined) and other.far is self.far and other.first == self.first

    __hash__ = None  # type: ignore[assignment]


class FarPlaces(Mapping[str, int]):
    """Places of a listing by key: own ones by a table, those of a collection by looking them up."""

    def __init__(self, own: Mapping[str, int], far: FarFaces) -> None:
        self._own, self._far = own, far

    def __getitem__(self, key: str) -> int:
        known = self._own.get(key)
        if known is None:
            place = self._far.place(key)
            if place is None:
                raise KeyError(key)
            known = len(self._own) + place
        return known

    def __len__(self) -> int:
        return len(self._own) + len(self._far)

    def __iter__(self) -> Iterator[str]:
        yield from self._own
        yield from self._far.keys()
