"""Files of models that are something else: refused before they are read, with what they are and what to do."""

from __future__ import annotations

from pathlib import Path

from explorer.science.contents import read_bytes, stand_in_at
from explorer.science.geometry.morphable_model import MorphableModelError

_LARGEST = 1 << 29


def refuse_stand_in(path: Path) -> None:
    """Refuse what stands in place of a model's file.

    Raises:
        MorphableModelError: a pointer, a page, an archive or nothing stands in its place.
        OSError: it is no file, or may not be read.
    """
    what = stand_in_at(path)
    if what:
        raise MorphableModelError(f"{path.name} is {what}")


def read_whole(path: Path) -> bytes:
    """All bytes of a model's file.

    Raises:
        MorphableModelError: it is larger than any.
        OSError: as `refuse_stand_in`.
    """
    if path.stat().st_size > _LARGEST:
        raise MorphableModelError(f"{path.name} is larger than any morphable model")
    return read_bytes(path)
