"""What holds for every command: it writes onto nothing that it reads, and leaves no empty folder behind."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import typer

from explorer.studio.errors import UserError
from explorer.studio.files import refuse_source, sparing
from explorer.studio.places import emptied_folder

# Parameters by which commands are told where to write, and where to go on; every other path is read.
OUT, WORK = "out", "work"


def guard(app: typer.Typer) -> None:
    """Guard every command of an application, and of those within it."""
    for command in app.registered_commands:
        if command.callback is not None:
            command.callback = _guarded(command.callback)
    for group in app.registered_groups:
        if group.typer_instance is not None:
            guard(group.typer_instance)


def _guarded(work: Callable[..., Any]) -> Callable[..., Any]:
    if hasattr(work, "guards"):
        return work

    @functools.wraps(work)
    def run(**given: Any) -> Any:
        sources = [path for name, value in given.items() if name not in (OUT, WORK) for path in _paths(value)]
        with sparing([*sources, *filter(None, map(_beside, sources))]), ExitStack() as stack:
            for place in _paths(given.get(OUT)):
                _refuse(place, sources)
            for name in (OUT, WORK):
                for place in _paths(given.get(name)):
                    stack.enter_context(emptied_folder(place))
            return work(**given)

    run.guards = work  # type: ignore[attr-defined]
    return run


def _paths(value: object) -> Iterator[Path]:
    if isinstance(value, Path):
        yield value
    elif isinstance(value, list):
        yield from (one for one in value if isinstance(one, Path))


def _refuse(place: Path, sources: list[Path]) -> None:
    """Refuse an output, or the record beside it, that would lie on something that is read, before time is spent on it.

    Raises:
        UserError: it would.
    """
    for one in filter(None, (place, _beside(place))):
        refuse_source(one)
        for folder in sources:
            if one.is_file() and folder.is_dir() and folder.resolve() in one.resolve().parents:
                raise UserError(
                    f"{one} lies in {folder}, which is read, and would be overwritten: choose another --out"
                )


def _beside(path: Path) -> Path | None:
    """The record beside a file, as exports have it."""
    return path.with_name(f"{path.name}.json") if path.name else None
