"""Removing every trace of what is forgotten, whichever feature holds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from explorer.studio.session.slices import Forgotten, Slice, Values
from explorer.studio.session.state import Session


def with_implied(forgotten: Forgotten, sides: Iterable[Mapping[Slice[Any], Any]]) -> Forgotten:
    """What goes with what is forgotten, too.

    Args:
        sides: values as they stand now and as the history holds them.
    """
    for side in sides:
        for slice_, value in side.items():
            forgotten = forgotten.also(slice_.implied(value, forgotten))
    return forgotten


def values_without(values: Mapping[Slice[Any], Any], forgotten: Forgotten) -> Values:
    """What is left of values."""
    return {slice_: slice_.without(value, forgotten) for slice_, value in values.items()}


def forget(session: Session, forgotten: Forgotten) -> None:
    """Take what is forgotten out of every slice: what was made from a thing before the thing."""
    for slice_ in reversed(session.slices):
        session[slice_] = slice_.without(session[slice_], forgotten)
