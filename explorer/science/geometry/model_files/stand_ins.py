"""Files of models that are something else: refused before they are read, with what they are and what to do."""

from __future__ import annotations

from pathlib import Path

from explorer.science.contents import stand_in_at
from explorer.science.geometry.morphable_model import MorphableModelError


def refuse_stand_in(path: Path) -> None:
    """Refuse what stands in place of a model's file.

    Raises:
        MorphableModelError: a pointer, a page, an archive or nothing stands in its place.
        OSError: it is no file, or may not be read.
    """
    what = stand_in_at(path)
    if what:
        raise MorphableModelError(f"{path.name} is {what}")
