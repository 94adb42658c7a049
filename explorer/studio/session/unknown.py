"""What a session holds of kinds that this version of the program does not know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from explorer.studio.session.slices import Forgotten, Slice

MOST_NAMED = 5


@dataclass(frozen=True, eq=False)
class UnknownPart:
    """A kind of thing as a newer program wrote it; it is kept, and written again unchanged.

    version: of the kind. value: what the manifest says of it. blobs: the parts that it refers to, by reference.
    """

    kind: str
    version: int
    value: JsonValue
    blobs: Mapping[str, bytes]


def kinds_in_words(parts: Sequence[UnknownPart]) -> str:
    """The kinds in quotes, each cut where it is long, and no more than a few: 'people' and 'laboratory'."""
    names = [repr(part.kind[:40]) for part in parts[:MOST_NAMED]]
    if len(parts) > MOST_NAMED:
        names.append(f"{len(parts) - MOST_NAMED} more")
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _nothing(parts: tuple[UnknownPart, ...], forgotten: Forgotten) -> tuple[UnknownPart, ...]:
    # Nobody can tell whether what this version does not know holds what is forgotten.
    return ()


UNKNOWN = Slice[tuple[UnknownPart, ...]](name="unknown", default=lambda: (), without=_nothing, mark=None, content=bool)
"""What a newer program wrote of kinds that this one does not know; the document itself keeps it."""
