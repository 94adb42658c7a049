"""A slice: one value of the session, and all that the session must know of it without knowing the feature it is of.

A feature declares its slices beside its values. The session keeps them, tells of their changes, saves and restores
them, takes changes of them back, and removes from them what is forgotten; the laws in `tests/studio/test_laws.py`
hold each to that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

S = TypeVar("S")
S_co = TypeVar("S_co", covariant=True)


@dataclass(frozen=True)
class Forgotten:
    """What is to leave no trace.

    keys: of faces and vectors, and of what was made from them. photographs: their sha256.
    everybody: whether all faces of these photographs go, too, and not those alone that have their keys here.
    """

    keys: frozenset[str] = frozenset()
    photographs: frozenset[str] = frozenset()
    everybody: bool = True

    def holds(self, key: str) -> bool:
        """Whether a face goes, by its key."""
        return key in self.keys or (self.everybody and self.photograph_of(key))

    def photograph_of(self, key: str) -> bool:
        """Whether the photograph goes that a face is of, by the face's key; or one, by its own."""
        return key.partition("/")[0] in self.photographs

    def also(self, keys: Iterable[str]) -> Forgotten:
        """With more keys."""
        return replace(self, keys=self.keys | frozenset(keys))


NOTHING = Forgotten()


class Key(Generic[S_co]):
    """What a value is found by, for type checkers: a slice of a subtype's values is one of the type's."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Slice(Key[S], Generic[S]):
    """One value of the session. Values are immutable: a change replaces them.

    name: by which files and messages call it; unique.
    default: makes the value of an empty session.
    without: what forgetting leaves of a value; the value itself where it holds nothing of what is forgotten.
        `holds_no_face(reason)` for a value that never does.
    mark: tells two states of the user's work apart, as `==` compares; None for what is looked at or follows from other
        slices, whose change leaves the session unmodified.
    unsaved: why no codec keeps it; empty where one does.
    undo: whether changes of it can be taken back.
    change: what a change, from an old value to a new one, is called in the history, where nobody records it by
        another name; "" for one that follows from something else.
    size: identities and bytes of what takes room in a value that the history holds.
    active: whether something under way keeps a value from being taken back.
    implied: keys of what goes with what is forgotten, such as the runs of a face.
    merged: from the value there is and a saved one, the value after a session was opened.
    cleared: from the value there is, the one while no session is open; None where that is the default of what is saved,
        and what there is of what is not.
    content: whether a value holds something that was loaded or made.
    """

    name: str
    default: Callable[[], S]
    without: Callable[[S, Forgotten], S]
    mark: Callable[[S], object] | None
    unsaved: str = ""
    undo: bool = False
    change: Callable[[S, S], str] | None = None
    size: Callable[[S], Iterable[tuple[int, int]]] = field(default=lambda value: ())
    active: Callable[[S], bool] = field(default=lambda value: False)
    implied: Callable[[S, Forgotten], Collection[str]] = field(default=lambda value, forgotten: ())
    merged: Callable[[S, S], S] = field(default=lambda now, saved: saved)
    cleared: Callable[[S], S] | None = None
    content: Callable[[S], bool] = field(default=lambda value: False)

    def between(self, now: S) -> S:
        """The value while no session is open."""
        if self.cleared is not None:
            return self.cleared(now)
        return now if self.unsaved else self.default()


def holds_no_face(reason: str) -> Callable[[S, Forgotten], S]:
    """`without` of a slice in which nothing can be of a face.

    Args:
        reason: why that is so, for whoever reads the slice.

    Raises:
        ValueError: there is no reason.
    """
    if not reason:
        raise ValueError("say why nothing in the slice can be of a face")

    def unchanged(value: S, forgotten: Forgotten) -> S:
        return value

    unchanged.__doc__ = reason
    return unchanged


Values = dict[Slice[Any], Any]
"""Values by slice."""
