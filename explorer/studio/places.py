"""Where the program's own files and the user's cache lie."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs

CACHE_VARIABLE = "LIKENESS_CACHE"
STATE_VARIABLE = "LIKENESS_STATE"
CONFIG_VARIABLE = "LIKENESS_CONFIG"

_PACKAGE = Path(__file__).resolve().parents[1]


def models() -> Path:
    """Return the folder with the catalogue of networks and the project's own trained weights."""
    return _shipped("models")


def resources() -> Path:
    """Return the folder with sample faces, icons and figure styles."""
    return _shipped("resources")


def cache() -> Path:
    """Return the cache folder, made or not: `$LIKENESS_CACHE`, else the user's cache folder."""
    return _overridden(CACHE_VARIABLE) or platformdirs.user_cache_path("likeness", appauthor=False)


def state() -> Path:
    """Return the folder of what the program remembers, made or not: `$LIKENESS_STATE`, else the user's state folder."""
    return _overridden(STATE_VARIABLE) or platformdirs.user_state_path("likeness", appauthor=False)


def config() -> Path:
    """Return the folder of the user's preferences and layouts, made or not: `$LIKENESS_CONFIG`, else the user's own."""
    return _overridden(CONFIG_VARIABLE) or platformdirs.user_config_path("likeness", appauthor=False)


def private_folder(folder: Path) -> Path:
    """Make a folder, and whatever is missing above it, that only its owner can enter; return it.

    Raises:
        OSError: it cannot be made.
    """
    for place in reversed(_missing(folder)):
        place.mkdir(mode=0o700, exist_ok=True)
    return folder


@contextmanager
def output_folder(folder: Path) -> Iterator[Path]:
    """Make a folder as `private_folder` does, before the work whose results it takes; if none come, it goes again.

    Raises:
        OSError: it cannot be made.
    """
    with emptied_folder(folder):
        yield private_folder(folder)


@contextmanager
def emptied_folder(folder: Path) -> Iterator[None]:
    """Take away a folder, and what was made above it, that was not there before the work and holds nothing after it."""
    made = _missing(folder)
    try:
        yield
    finally:
        # A folder that is not empty stays, and so does what is above it.
        with suppress(OSError):
            for place in made:
                with suppress(FileNotFoundError):
                    place.rmdir()


def _overridden(variable: str) -> Path | None:
    override = os.environ.get(variable)
    return Path(override).expanduser().absolute() if override else None


def _missing(folder: Path) -> list[Path]:
    """The folder and those above it that are not there, the innermost first."""
    return [place for place in (folder, *folder.parents) if not place.exists()]


def _shipped(name: str) -> Path:
    # A wheel carries the two folders inside the package; a working tree has them beside it.
    inside = _PACKAGE / "_data" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
