"""What commands share that take several sources: one that cannot be used is named, and the others are done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import typer

from explorer.science.names import name_of, shown
from explorer.studio.errors import Cancelled, UserError

if TYPE_CHECKING:
    from explorer.science.faces.face import Photograph


class Sources:
    """The sources of a command, one after the other; as a block, it prints what came of them and ends the command.

    Attributes:
        records: what came of each, in order, for --json: whatever the command adds, or the source's name and `error`.

    Args:
        key: by which a record names its source. as_json: whether the records are printed when the block ends; those
            that are there are printed whatever ends it.
    """

    def __init__(self, key: str = "source", as_json: bool = False) -> None:
        self.records: list[dict[str, Any]] = []
        self._key, self._as_json, self._failed = key, as_json, 0

    @contextmanager
    def each(self, source: Path | str) -> Iterator[None]:
        """Do the work on one source. What is the fault of this source is said in a line on the standard error.

        Args:
            source: a file; or what the source is called, where it is no file of its own.
        """
        from explorer.studio.catalogue.faults import fault_of_file

        try:
            yield
        except Cancelled:
            raise
        except Exception as error:
            reason = fault_of_file(error)
            if reason is None:
                raise
            self.refuse(source if isinstance(source, str) else source_name(source), reason)

    def refuse(self, name: str, reason: str) -> None:
        """Say of a source, by its name, why it could not be used."""
        self._failed += 1
        reason = reason if name in reason else f"{name}: {reason}"
        self.records.append({self._key: name, "error": reason})
        typer.echo(f"likeness: {shown(reason)}", err=True)

    def __enter__(self) -> Sources:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._as_json and (error is None or self.records):
            typer.echo(json.dumps(self.records, indent=2))
        if error is None:
            self.end()

    def end(self) -> None:
        """End the command with 2 where a source could not be used.

        Raises:
            Exit: so.
        """
        if self._failed:
            raise typer.Exit(2)


def source_name(path: Path) -> str:
    """What a source is called, as it is shown: its name, or all of a path that has none, such as `.`."""
    return name_of(path) or shown(path)


def refuse_folder(path: Path, batch: str | None = None) -> None:
    """Refuse a folder in place of a photograph or an embedding.

    Args:
        batch: what `likeness batch` calls the work, where it can do it.

    Raises:
        UserError: it is one, or the name is empty.
    """
    if not path.is_dir():
        return
    what = f"{source_name(path)} is a folder"
    if path == Path():  # a path knows no other empty name
        what = "an empty name, or '.', is a folder"
    advice = f"`likeness batch {batch} {source_name(path)} --out DIR`" if batch else "`likeness batch`"
    raise UserError(f"{what}: name the photographs in it, or give the whole folder to {advice}")


def say(line: str) -> None:
    """Say what a user should know of a result, on the standard error: it goes on."""
    typer.echo(shown(line), err=True)


_BY_NUMBER = "with --face, as `likeness faces` numbers them"


def say_others(photograph: Photograph, taken: int, count: int, how: str = _BY_NUMBER) -> None:
    """Say, on the standard error, that a photograph shows other faces than the one that is taken, and how to choose.

    Args:
        taken: number of the face, from 1. count: of all faces. how: another one is chosen.
    """
    say(f"{photograph.name}: face {taken} of {count} is taken, the most prominent one; choose another {how}")
