"""The command line's pages in the documentation, made of the commands as the program assembles them.

What a page says of a command, an argument and an option is what `--help` says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import typer

from explorer.studio import commands
from explorer.studio.app import cli

_INDEX = """# Command line

Everything that the window does, with the same settings and the same results. `likeness` without a command opens the
window. `--help` (`-h`) behind any command says what stands here; `--debug` shows the traceback of an error, `--version`
the version.

Exit code 0 is success, 2 a mistake that you can put right (one line says how), 1 a failure of the program, 130 a run
that you stopped, 143 one that was ended. Of several files, those that cannot be used are named, the others are done,
and the code is 2. No command writes onto what it reads, and what is stopped leaves nothing half-made.

| command | what it does |
|---|---|
"""


@cache
def command_pages() -> dict[str, str]:
    """A page for each command and one that lists them all, by their places in the site."""
    found = {name: command_of(name) for name in names()}
    index = _INDEX
    for name, command in found.items():
        for path, one in _leaves(command, (name,)):
            line = f"[`likeness {' '.join(path)}`]({name}.md#{_anchor(path)})"
            index += f"| {line} | {_cell(_summary(one))} |\n"
    return {"commands/index.md": index} | {f"commands/{name}.md": _page(name, one) for name, one in found.items()}


def names() -> list[str]:
    """The commands, in the order of the alphabet."""
    return sorted(file.stem.replace("_", "-") for file in Path(commands.__path__[0]).glob("[!_]*.py"))


def command_of(name: str) -> Any:
    """A command as the program has it; a group has `commands` of its own."""
    assembled: Any = typer.main.get_command(cli.assemble([name]))
    return assembled.commands[name]


def _leaves(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, one in inner.items():
        yield from _leaves(one, (*path, name))


def _page(name: str, command: Any) -> str:
    lines = [f"# likeness {name}", ""]
    leaves = list(_leaves(command, (name,)))
    if len(leaves) > 1:
        lines += [_paragraphs(command.help), ""]
    for path, one in leaves:
        lines += _section(path, one)
    return "\n".join(lines) + "\n"


def _section(path: tuple[str, ...], command: Any) -> list[str]:
    context = command.context_class(command, info_name=" ".join(("likeness", *path)))
    usage = command.get_usage(context).partition(": ")[2]
    lines = [f"## {' '.join(path)} {{#{_anchor(path)}}}", "", _paragraphs(command.help), ""]
    lines += ["```text", " ".join(usage.split()), "```", ""]
    records = [(one, one.get_help_record(context)) for one in command.get_params(context)]
    for title, kind in (("argument", "argument"), ("option", "option")):
        rows = [record for one, record in records if record is not None and one.param_type_name == kind]
        if rows:
            lines += [f"| {title} | |", "|---|---|"]
            lines += [f"| {_code(given)} | {_cell(said)} |" for given, said in rows]
            lines += [""]
    return lines


def _anchor(path: tuple[str, ...]) -> str:
    return "-".join(path)


def _summary(command: Any) -> str:
    """The first paragraph of what a command says of itself."""
    return " ".join((command.help or "").partition("\n\n")[0].split())


def _paragraphs(text: str | None) -> str:
    return "\n\n".join(_plain(" ".join(one.split())) for one in (text or "").split("\n\n"))


def _code(given: str) -> str:
    """Options as they are given; a bar ends a cell even within code."""
    return f"`{given}`".replace("|", "\\|")


def _cell(text: str) -> str:
    return _plain(" ".join(text.split())).replace("|", "\\|")


def _plain(text: str) -> str:
    """Text in which only backticks mean something."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"([*_<\[\]])", r"\\\1", part) for part in parts)
