"""The sets of photographs by person that a command takes by name."""

from __future__ import annotations

from pathlib import Path

from explorer.studio.evaluation import openpeople, orl
from explorer.studio.evaluation.photograph_sets import PhotographSet, people_in

_NAMED = {openpeople.NAME: openpeople.openpeople_set, orl.NAME: orl.orl_set}


def photograph_set(name: str) -> PhotographSet:
    """The set of a name: `orl`, `openpeople`, or else the folder of that path, with a folder in it for each person.

    Raises:
        MissingNetwork: the named set is not in the cache.
        UserError: there is no such folder, or no person in it.
    """
    return _NAMED[name]() if name in _NAMED else people_in(Path(name))


def is_named(name: str) -> bool:
    """Whether `photograph_set` knows the name as that of a set of its own."""
    return name in _NAMED
