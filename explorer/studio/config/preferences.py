"""What the user prefers, whatever the session: one typed configuration, kept in a file of the user's config folder.

Bounds, units and explanations are the fields' own; the dialog is made from them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from psygnal import Signal
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from explorer.studio.errors import UserError
from explorer.studio.json_store import JsonStore

FILE = "preferences.json"
LARGEST = 64 * 1024  # bytes; the program's own file has some hundred


def _unit(unit: str) -> dict[str, Any]:
    return {"unit": unit}


class Preferences(BaseModel):
    """What holds for every session."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    theme: Literal["system", "dark", "light"] = Field("system", description="Dark or light, or as the system is")
    text_size: int = Field(
        100, ge=80, le=160, description="Size of the window's text", json_schema_extra=_unit("%"), title="text size"
    )
    tool_bar: bool = Field(True, title="tool bar", description="Show the tool bar below the menus")
    keep_layout: bool = Field(
        True, title="keep layout", description="Begin with the docks as they were when the window was last closed"
    )
    mark: bool = Field(
        True,
        title="mark reconstructions",
        description="Let pictures of reconstructions say that they are no photographs",
    )
    landmarks: bool = Field(True, title="draw landmarks", description="Draw landmarks onto the pictures of a run")
    histograms: bool = Field(True, title="draw histograms", description="Draw histograms onto the pictures of a run")
    note_seconds: int = Field(
        6, ge=2, le=60, title="notes stay", description="How long a note stays in view", json_schema_extra=_unit("s")
    )
    warning_seconds: int = Field(
        12,
        ge=2,
        le=120,
        title="warnings stay",
        description="How long a warning stays in view; an error stays until it is dismissed",
        json_schema_extra=_unit("s"),
    )
    autosave_seconds: int = Field(
        2,
        ge=1,
        le=8,
        title="autosave every",
        description="How often what has changed is put aside for after a crash",
        json_schema_extra=_unit("s"),
    )
    device: Literal["automatic", "cpu"] = Field(
        "automatic",
        description="Where the networks run, from the next start on: the graphics card where there is one, or the CPU",
    )


class _File(BaseModel):
    """The file: preferences, and the actions used, the last one first."""

    model_config = ConfigDict(extra="ignore")

    version: Literal[1] = 1
    preferences: Preferences = Preferences()
    recent_actions: tuple[str, ...] = Field((), max_length=100)


class PreferenceStore:
    """Holds the preferences in force. `changed` emits them.

    Nothing is written before `persist_in` has named a folder.
    """

    changed = Signal(object)

    def __init__(self) -> None:
        self.preferences = Preferences()
        self.recent_actions: tuple[str, ...] = ()
        self._store = JsonStore(_File, LARGEST, "preferences", "the defaults hold")

    def persist_in(self, folder: Path) -> str | None:
        """Read what a folder holds, and keep what changes from now on there.

        Returns:
            What is wrong with the file, for the user, or None; where it is, the defaults hold.
        """
        trouble = None
        try:
            found = self._store.open(folder / FILE)
        except UserError as error:
            found, trouble = _File(), str(error)
        self.preferences, self.recent_actions = found.preferences, found.recent_actions
        self.changed.emit(self.preferences)
        return trouble

    def set(self, name: str, value: object) -> None:
        """Change one preference and keep it.

        Raises:
            UserError: there is none of that name, the value is out of bounds, or the file cannot be written.
        """
        if name not in Preferences.model_fields:
            raise UserError(f"there is no preference {name!r}")
        try:
            changed = Preferences.model_validate({**self.preferences.model_dump(), name: value})
        except ValidationError as error:
            raise UserError(f"{name} cannot be {value!r}: {error.errors()[0]['msg'].lower()}") from error
        self._replace(changed)

    def reset(self) -> None:
        """Give every preference its default and keep that.

        Raises:
            UserError: the file cannot be written.
        """
        self._replace(Preferences())

    def remember(self, recent_actions: tuple[str, ...]) -> None:
        """Keep which actions were used, the last one first.

        Raises:
            UserError: the file cannot be written.
        """
        self.recent_actions = recent_actions
        self._write()

    def _replace(self, changed: Preferences) -> None:
        if changed != self.preferences:
            self.preferences = changed
            self.changed.emit(changed)
            self._write()

    def _write(self) -> None:
        self._store.write(_File(preferences=self.preferences, recent_actions=self.recent_actions))
