"""Read a file of weights that the program or its user trained, and say in one line what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from explorer.science.contents import stand_in_at
from explorer.science.names import shown
from explorer.studio.errors import UserError

Loaded = TypeVar("Loaded")


def read_weights(
    path: Path, load: Callable[[Path, int], Loaded], damaged: type[Exception], missing: str | None = None
) -> Loaded:
    """What a file of weights holds.

    Args:
        path: of the file.
        load: is given the path and when the file was modified, in ns: what remembers by both reads a file once.
        damaged: what `load` raises of a file that it cannot use.
        missing: what is said where there is no file; that there is none if None.

    Raises:
        UserError: the file is missing, or damaged.
    """
    try:
        return load(path, path.stat().st_mtime_ns)
    except FileNotFoundError as error:
        raise UserError(missing or f"{shown(path)}: there is no such file") from error
    except OSError as error:
        raise UserError(f"{shown(path)} cannot be read: check its name") from error
    except damaged as error:
        what = stand_in_at(path)
        raise UserError(f"{shown(path)} is {what}" if what else f"{shown(path)}: {error}") from error
