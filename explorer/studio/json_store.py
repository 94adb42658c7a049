"""A JSON file of the user's own: read within a bound, written whole or not at all, readable by its owner only."""

from __future__ import annotations

from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from explorer.science.contents import open_file
from explorer.studio import places
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write

M = TypeVar("M", bound=BaseModel)


class JsonStore(Generic[M]):
    """One file. Nothing is written before `open` has named its place.

    Args:
        kind: what the file holds; its defaults are what a missing file holds.
        largest: bytes that are read at most.
        what: the file is for, such as "preferences". otherwise: what holds where it cannot be read.
    """

    def __init__(self, kind: type[M], largest: int, what: str, otherwise: str) -> None:
        self._kind, self._largest, self._what, self._otherwise = kind, largest, what, otherwise
        self.path: Path | None = None

    def open(self, path: Path) -> M:
        """Read a file, which is the one that is written from now on.

        Raises:
            UserError: it cannot be read, is too large, or is not as it should be.
        """
        self.path = path
        try:
            with open_file(path) as file:
                data = file.read(self._largest + 1)
        except FileNotFoundError:
            return self._kind()
        except OSError as error:
            raise UserError(f"{path} cannot be read ({error.strerror}){self._but}") from error
        if len(data) > self._largest:
            raise UserError(f"{path} is too large for {self._what}{self._but}")
        try:
            return self._kind.model_validate_json(data)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the file"
            raise UserError(f"{path} is not as it should be ({where}: {first['msg'].lower()}){self._but}") from error

    def write(self, content: M) -> None:
        """Write the file.

        Raises:
            UserError: that cannot be done.
        """
        if self.path is None:
            return
        try:
            places.private_folder(self.path.parent)
        except OSError as error:
            raise UserError(f"cannot make {self.path.parent}: {error.strerror}") from error
        atomic_write(self.path, content.model_dump_json(indent=2).encode())

    @property
    def _but(self) -> str:
        return f"; {self._otherwise}" if self._otherwise else ""
