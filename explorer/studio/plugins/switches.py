"""Which plug-ins are switched on, in a file of the user's config folder. Whatever is not named there is off."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from psygnal import Signal
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from explorer.studio.errors import UserError
from explorer.studio.json_store import JsonStore
from explorer.studio.origins import GROUPS, Group

FILE = "plugins.json"
LARGEST = 64 * 1024  # bytes of the file
MOST = 100

Name = Annotated[str, Field(min_length=1, max_length=100)]


class Switch(BaseModel):
    """One part of one package. distribution: its name with small letters and hyphens. name: of the entry point."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    distribution: Name
    group: Group
    name: Name

    @classmethod
    def of(cls, distribution: str, group: Group, name: str) -> Switch | None:
        """The switch of a part; None where a name is empty or too long."""
        try:
            return cls(distribution=distribution, group=group, name=name)
        except ValidationError:
            return None

    def place(self) -> tuple[str, int, str]:
        """Sorts by distribution, group and name."""
        return self.distribution, GROUPS.index(self.group), self.name


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")

    version: Literal[1] = 1
    on: tuple[Switch, ...] = Field((), max_length=MOST)


class PluginSwitches:
    """Holds what is switched on. `changed` emits it. Nothing is written before `persist_in` has named a folder.

    Attributes:
        on: in the order in which they were switched on, which is that of registration.
    """

    changed = Signal(object)

    def __init__(self) -> None:
        self.on: tuple[Switch, ...] = ()
        self._store = JsonStore(_File, LARGEST, "plug-ins", "all are off")

    def persist_in(self, folder: Path) -> str | None:
        """Read what a folder holds, and keep what changes there; return what is wrong with the file, or None."""
        found, trouble = _File(), None
        try:
            found = self._store.open(folder / FILE)
        except UserError as error:
            trouble = str(error)
        self.on = tuple(dict.fromkeys(found.on))
        self.changed.emit(self.on)
        return trouble

    def set(self, switch: Switch, on: bool) -> None:
        """Switch a part on or off, and keep that.

        Raises:
            UserError: there are too many, or the file cannot be written.
        """
        if on == (switch in self.on):
            return
        if on and len(self.on) >= MOST:
            raise UserError(f"{MOST} plug-ins are switched on already; switch another one off first")
        self.on = (*self.on, switch) if on else tuple(one for one in self.on if one != switch)
        self.changed.emit(self.on)
        self._store.write(_File(on=self.on))


def switched_on(folder: Path) -> tuple[tuple[Switch, ...], str | None]:
    """What is switched on in a folder, and what is wrong with its file, or None."""
    switches = PluginSwitches()
    trouble = switches.persist_in(folder)
    return switches.on, trouble
