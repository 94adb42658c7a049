"""Paths as Qt hands them over."""

from __future__ import annotations

import os
import re
from pathlib import Path

# Stands for bytes that are no character.
_UNREADABLE = "\N{REPLACEMENT CHARACTER}"


def found_path(path: Path) -> Path:
    """The path of the file that is meant: in names that are no UTF-8, Qt has put a character in place of some bytes.

    A path that leads nowhere comes back as it is.
    """
    if _UNREADABLE not in str(path) or path.exists():
        return path
    folder, wanted = found_path(path.parent), _as_qt_has_it(path.name)
    try:
        return next((one for one in sorted(folder.iterdir()) if _as_qt_has_it(one.name) == wanted), path)
    except OSError:
        return path


def _as_qt_has_it(name: str) -> str:
    # How many characters stand for a run of such bytes, decoders do not agree on.
    return re.sub(f"{_UNREADABLE}+", _UNREADABLE, os.fsencode(name).decode(errors="replace"))
