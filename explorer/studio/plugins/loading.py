"""Imports the plug-ins that are switched on, and those alone; a broken one is told in one line and left out.

Panels are the window's: it takes them from `load_part` itself.
"""

from __future__ import annotations

import importlib
import threading
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from explorer.science.errors import LikenessError
from explorer.science.names import shown
from explorer.science.remarks import remark
from explorer.studio import places
from explorer.studio.origins import Origin, drop_origin, note_origin
from explorer.studio.plugins.installed import entry_point
from explorer.studio.plugins.switches import FILE, Switch, switched_on


@dataclass(frozen=True)
class Problem:
    """A plug-in that is left out. text: one line that says which and why. switch: its; None of the file of switches."""

    switch: Switch | None
    text: str


@dataclass(frozen=True)
class _Registered:
    name: str
    undo: Callable[[], object]


_registered: dict[Switch, _Registered] = {}
_problems: dict[Switch, Problem] = {}
# The window loads plug-ins on a thread, beside whoever looks at what is there.
_lock = threading.RLock()


def load_plugins(folder: Path | None = None) -> tuple[Problem, ...]:
    """Register what is switched on and is not registered yet, and take away what is switched off; panels excepted.

    Args:
        folder: of the user's settings; `places.config()` if None.

    Returns:
        What is left out, as far as that was not known before.
    """
    try:
        place = places.config() if folder is None else folder
    except places.NoHomeError:  # whoever has no place for settings has switched nothing on
        return ()
    with _lock:
        if not _registered and not _problems and not (place / FILE).exists():
            return ()
        wanted, trouble = switched_on(place)
        found = [] if trouble is None else [Problem(None, f"no plug-in is used: {trouble}")]
        heavy = [switch for switch in wanted if switch.group != "panels"]
        known = {switch for switch in (*_registered, *_problems) if switch.group != "panels"}
        _take_away(known - set(heavy))
        for switch in heavy:
            if switch not in _registered and switch not in _problems:
                found += _register(switch)
        return tuple(found)


def remark_on_plugins() -> None:
    """Load them as `load_plugins` does, and remark upon what is left out."""
    for problem in load_plugins():
        remark(problem.text)


def warn_of_plugins() -> None:
    """Load them as `load_plugins` does, and warn of what is left out: as a library does, which nobody else hears."""
    for problem in load_plugins():
        warnings.warn(problem.text, stacklevel=3)


def problem_of(switch: Switch) -> str:
    """Why a plug-in that is switched on was left out; empty where it was not."""
    problem = _problems.get(switch)
    return "" if problem is None else problem.text


def registered_as(switch: Switch) -> str:
    """The name under which a plug-in's part is registered in this process; empty where it is not."""
    known = _registered.get(switch)
    return "" if known is None else known.name


def load_part(switch: Switch) -> tuple[object, Origin]:
    """Import a part.

    Raises:
        LookupError: it is not installed.
        Exception, SystemExit: whatever its package raises.
    """
    entry, origin = entry_point(switch)
    importlib.invalidate_caches()
    return entry.load(), origin


def note_problem(switch: Switch, error: BaseException) -> Problem:
    """Remember why a plug-in is left out, in one line."""
    said = isinstance(error, LikenessError | ValueError) or type(error) is LookupError
    why = str(error) if said else f"{type(error).__name__}: {error}"
    why = shown(" ".join(why.split()))[:300] or type(error).__name__
    text = f"the plug-in {switch.name} ({switch.group} of {switch.distribution}) is left out: {why}"
    problem = _problems[switch] = Problem(switch, text)
    return problem


def forget_problem(switch: Switch) -> None:
    """Have a plug-in tried again."""
    _problems.pop(switch, None)


def _register(switch: Switch) -> list[Problem]:
    try:
        part, origin = load_part(switch)
        from explorer.studio.plugins.registering import register_part  # brings torch

        name, undo = register_part(switch.group, part, origin)
    # A package may end the program while it is imported: it does not end this one.
    except (Exception, SystemExit) as error:
        return [note_problem(switch, error)]
    note_origin(switch.group, name, origin)
    _registered[switch] = _Registered(name, undo)
    return []


def _take_away(gone: Iterable[Switch]) -> None:
    for switch in gone:
        forget_problem(switch)
        known = _registered.pop(switch, None)
        if known is not None:
            known.undo()
            drop_origin(switch.group, known.name)
