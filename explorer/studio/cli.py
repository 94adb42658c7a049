"""The command line: assembles the subcommands and turns every error into one line and an exit code.

0: done. 1: a failure of ours (`--debug` shows the traceback). 2: a user's mistake. 130: stopped by the user.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

from explorer import __version__
from explorer.studio import commands
from explorer.studio.errors import Cancelled, explain


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: without the program's name; those of the process if None.

    Returns:
        The exit code.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    given = [argument for argument in given if argument != "--debug"]
    command = typer.main.get_command(assemble(given))
    try:
        code = command.main(given, prog_name="likeness", standalone_mode=False)
        sys.stdout.flush()
    except (KeyboardInterrupt, Cancelled, typer.Abort):
        return _fail("stopped", 130)
    except BrokenPipeError:
        # The reader went away (`likeness ... | head`); a second complaint at exit would go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except typer.TyperException as error:
        return _fail(error.format_message(), error.exit_code)
    except Exception as error:
        if debug:
            traceback.print_exc()
        line = explain(error)
        if line is not None:
            return _fail(line, 2)
        return _fail(f"unexpected {type(error).__name__}: {error} (with --debug, where)", 1)
    if code == 130:  # typer has turned an interrupt into its code
        return _fail("stopped", 130)
    return code if isinstance(code, int) else 0


def assemble(arguments: Sequence[str] = ()) -> typer.Typer:
    """Return the application with the subcommand that the arguments name, or with all of them.

    Importing only what is asked for keeps every command quick to start.
    """
    app = typer.Typer(
        name="likeness",
        help="What a face identity embedding gives away. Without a command, the window opens.",
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_options)
    found = (module.name for module in pkgutil.iter_modules(commands.__path__))
    known = [name for name in found if not name.startswith("_")]
    asked = [argument for argument in arguments if not argument.startswith("-")][:1]
    for name in asked if asked and asked[0] in known else known:
        importlib.import_module(f"{commands.__name__}.{name}").add_to(app)
    return app


def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Declare, for the help, what any command takes; `main` looks for `--debug`, wherever it stands."""


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"likeness {__version__}")
        raise typer.Exit


def _fail(line: str, code: int) -> int:
    print(f"likeness: {' '.join(line.split())}", file=sys.stderr)
    return code
