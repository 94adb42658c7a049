"""Where the program's own files and the user's cache lie."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs

from explorer.science.errors import LikenessError

CACHE_VARIABLE = "LIKENESS_CACHE"
STATE_VARIABLE = "LIKENESS_STATE"
CONFIG_VARIABLE = "LIKENESS_CONFIG"


class NoHomeError(LikenessError):
    """The user has no home folder, as in a container that runs under a bare number."""


_PACKAGE = Path(__file__).resolve().parents[1]


def models() -> Path:
    """Return the folder with the catalogue of networks and the project's own trained weights."""
    return _shipped("models")


def resources() -> Path:
    """Return the folder with sample faces, icons and figure styles."""
    return _shipped("resources")


def cache() -> Path:
    """Return the cache folder, made or not: `$LIKENESS_CACHE`, else the user's cache folder.

    Raises:
        NoHomeError: the user has none; likewise of the other two.
    """
    return _chosen(CACHE_VARIABLE, platformdirs.user_cache_path)


def state() -> Path:
    """Return the folder of what the program remembers, made or not: `$LIKENESS_STATE`, else the user's state folder."""
    return _chosen(STATE_VARIABLE, platformdirs.user_state_path)


def config() -> Path:
    """Return the folder of the user's preferences and layouts, made or not: `$LIKENESS_CONFIG`, else the user's own."""
    return _chosen(CONFIG_VARIABLE, platformdirs.user_config_path)


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


def lend_matplotlib_a_folder() -> None:
    """Have matplotlib, before it is imported, keep its list of fonts beside the networks where it cannot keep it in the
    user's own folders: else it would make the list again each time, and print two warnings."""
    if os.environ.get("MPLCONFIGDIR") or all(map(_writable, _matplotlib_folders())):
        return
    try:
        lent = cache() / "matplotlib"
    except NoHomeError:
        lent = None
    if lent is not None and _writable(lent):
        os.environ["MPLCONFIGDIR"] = str(lent)
    else:
        # It makes a folder of its own that ends with the program; that this takes a moment need not be said.
        logging.getLogger("matplotlib").setLevel(logging.ERROR)


def _matplotlib_folders() -> list[Path]:
    """Where matplotlib keeps its settings and its list of fonts on a Linux system; nothing elsewhere."""
    if not sys.platform.startswith(("linux", "freebsd")):
        return []
    named = [(os.environ.get("XDG_CONFIG_HOME"), "~/.config"), (os.environ.get("XDG_CACHE_HOME"), "~/.cache")]
    return [Path(one or os.path.expanduser(otherwise), "matplotlib") for one, otherwise in named]


def _writable(folder: Path) -> bool:
    """Whether a folder may be written to, or made."""
    there = next((place for place in (folder, *folder.parents) if place.exists()), None)
    return there is not None and there.is_dir() and os.access(there, os.W_OK | os.X_OK) and folder.is_absolute()


def _chosen(variable: str, otherwise: Callable[..., Path]) -> Path:
    override = os.environ.get(variable)
    try:
        chosen = Path(override).expanduser() if override else otherwise("likeness", appauthor=False)
    except RuntimeError:
        chosen = None
    # Some versions of platformdirs name a folder called ~ where there is no home, others raise.
    if chosen is None or str(chosen).startswith("~"):
        raise NoHomeError(
            f"this user has no home folder, and so none for what the program keeps: set {variable} to a folder that "
            "may be written to, or HOME"
        )
    return chosen.absolute()


def _missing(folder: Path) -> list[Path]:
    """The folder and those above it that are not there, the innermost first."""
    return [place for place in (folder, *folder.parents) if not place.exists()]


def _shipped(name: str) -> Path:
    # A wheel carries the two folders inside the package; a working tree has them beside it.
    inside = _PACKAGE / "_data" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
