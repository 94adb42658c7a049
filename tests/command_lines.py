"""Reads a line of the command line as the program does, up to running it."""

from __future__ import annotations

import shlex
from functools import cache
from pathlib import Path
from typing import Any

import typer

from explorer.studio.app import cli

ROOT = Path(__file__).resolve().parents[1]


@cache
def commands_of(name: str) -> Any:
    """The application with one command."""
    return typer.main.get_command(cli.assemble([name]))


def follow(line: str, *, whole: bool = False) -> None:
    """Read a line; raises what the program would, or an AssertionError where it has no such command.

    whole: as it is to be given; else what the command cannot do without may be left out.
    """
    program, *words = shlex.split(line)
    if program == "python":
        option, module = words
        assert option == "-m"
        assert ROOT.joinpath(*module.split(".")).with_suffix(".py").is_file(), f"no {module}"
        return
    assert program == "likeness", line
    if not words or words[0].startswith("-"):
        return
    command = commands_of(words[0])
    while inner := getattr(command, "commands", None):
        if not words and not whole:
            return
        word, *words = words
        assert word in inner, f"no command {word}"
        command = inner[word]
    context = command.context_class(command)
    given, left, _ = command.make_parser(context).parse_args(list(words))
    assert left == [], "more than the command takes"
    needed = {one.name for one in command.get_params(context) if one.required} if whole else set()
    lacking = {name for name in needed if given.get(name) in (None, (), [])}
    assert not lacking, f"it needs {', '.join(sorted(lacking))}"
