"""The staged cache: detect -> align -> embed, each result kept under what it was made from (DESIGN, decision 5).

A face's points and its photograph's hash are the key, so a point moved by hand finds nothing under its new key and
everything that was made before under the old one: what lies upstream is never made twice, and nothing stale is found.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

from explorer.science.faces.face import Face, Photograph

T = TypeVar("T")
Key = tuple[Hashable, ...]


def photograph_key(photograph: Photograph) -> Key:
    """What identifies a photograph."""
    return (photograph.sha256,)


def face_key(photograph: Photograph, face: Face) -> Key:
    """What identifies a face: its photograph and where its five points lie."""
    return (photograph.sha256, face.points.tobytes())


class Stages:
    """Results by stage and key. The least recently used go when there are more than `limit`.

    Not thread-safe: one worker owns it.
    """

    def __init__(self, limit: int = 256) -> None:
        self._limit = limit
        self._results: OrderedDict[tuple[str, Key], object] = OrderedDict()

    def once(self, stage: str, key: Key, make: Callable[[], T]) -> T:
        """The result of a stage for a key, made now if it is not there."""
        place = (stage, key)
        if place not in self._results:
            self._results[place] = make()
            while len(self._results) > self._limit:
                self._results.popitem(last=False)
        self._results.move_to_end(place)
        return cast(T, self._results[place])

    def forget(self, key: Key) -> None:
        """Drop every result whose key begins with this one: a photograph's with all its faces, or one face's."""
        stale = [place for place in self._results if place[1][: len(key)] == key]
        for place in stale:
            del self._results[place]

    def __len__(self) -> int:
        return len(self._results)
