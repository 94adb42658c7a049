"""Layouts of the window: the user's own by name, and the last one, in a file of the user's config folder.

What a layout holds is the toolkit's business; here it is bytes with the place of the window.
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from explorer.studio.errors import UserError
from explorer.studio.json_store import JsonStore

FILE = "layouts.json"
LARGEST = 1024 * 1024  # bytes of the file
MOST, LONGEST_NAME = 50, 60


class Layout(BaseModel):
    """One layout: the docks' state as base64, and the window's place on the screens, in logical pixels."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: str = Field(max_length=100_000)
    place: tuple[int, int, int, int] | None = Field(None, description="left, top, width, height")
    maximised: bool = False

    @field_validator("state")
    @classmethod
    def _is_base64(cls, state: str) -> str:
        try:
            base64.b64decode(state, validate=True)
        except binascii.Error as error:
            raise ValueError("is not base64") from error
        return state

    @classmethod
    def of(cls, state: bytes, place: tuple[int, int, int, int] | None = None, maximised: bool = False) -> Layout:
        """Return the layout of a state."""
        return cls(state=base64.b64encode(state).decode(), place=place, maximised=maximised)

    def docks(self) -> bytes:
        """Return the docks' state."""
        return base64.b64decode(self.state)


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")

    version: int = Field(1, ge=1, le=1)
    last: Layout | None = None
    own: dict[str, Layout] = Field({}, max_length=MOST)


class LayoutStore:
    """Holds the user's layouts. Nothing is written before `persist_in` has named a folder.

    Attributes:
        last: as the window was when it was closed, or None.
        own: by name, in the order in which they were saved.
    """

    def __init__(self) -> None:
        self.last: Layout | None = None
        self.own: dict[str, Layout] = {}
        self._store = JsonStore(_File, LARGEST, "layouts", "it is left alone")

    def persist_in(self, folder: Path) -> str | None:
        """Read what a folder holds, and keep what changes there; return what is wrong with the file, or None."""
        try:
            found = self._store.open(folder / FILE)
        except UserError as error:
            return str(error)
        self.last, self.own = found.last, dict(found.own)
        return None

    def save(self, name: str, layout: Layout) -> str:
        """Keep a layout under a name, which is returned without blanks around it.

        Raises:
            UserError: the name is empty or too long, there are too many, or the file cannot be written.
        """
        name = " ".join(name.split())
        if not name or len(name) > LONGEST_NAME:
            raise UserError(f"a layout's name has 1 to {LONGEST_NAME} characters")
        if name not in self.own and len(self.own) >= MOST:
            raise UserError(f"there are {MOST} layouts already; delete one first")
        self.own[name] = layout
        self._write()
        return name

    def delete(self, name: str) -> None:
        """Forget a layout.

        Raises:
            UserError: the file cannot be written.
        """
        self.own.pop(name, None)
        self._write()

    def leave(self, layout: Layout) -> None:
        """Keep how the window was when it was closed.

        Raises:
            UserError: the file cannot be written.
        """
        self.last = layout
        self._write()

    def _write(self) -> None:
        self._store.write(_File(last=self.last, own=self.own))
