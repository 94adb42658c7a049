"""The command line: assembles the subcommands and turns every error into one line and an exit code.

0: done. 1: a failure of ours (`--debug` shows the traceback). 2: a user's mistake; where several files were given, the
others are done. 130: stopped by the user. 143: ended by a signal (129: with its terminal).
"""

from __future__ import annotations

import ast
import importlib
import io
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from explorer import __version__
from explorer.science.names import shown
from explorer.science.processes import processes
from explorer.science.remarks import remarks_heard_by
from explorer.studio import commands, places
from explorer.studio.commands._guard import guard
from explorer.studio.errors import Cancelled, explain

INTERRUPTED = 130
# Commands that say what is there, or switch it, and run nothing of it.
WITHOUT_PLUGINS = ("doctor", "models", "plugins")
# By which others ask a program to end. What it has begun is cleared away first, as after an interrupt.
_ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


class _Ended(BaseException):
    """A signal asked the program to end; number: of the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: without the program's name; those of the process if None.

    Returns:
        The exit code.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal of another character set, or a name that is of none, is no reason to stop before the end.
        sys.stdout.reconfigure(errors="backslashreplace")
    debug = "--debug" in given
    given = [argument for argument in given if argument != "--debug"]
    places.lend_matplotlib_a_folder()
    these = processes()
    if these.count > 1:
        from explorer.studio.app.together import run_together

        return run_together(these, lambda complain: _run(given, debug, complain), _fail)
    return _run(given, debug, _fail)


def _run(given: list[str], debug: bool, complain: Callable[[str, int], int]) -> int:
    try:
        with _endable(), remarks_heard_by(lambda text: typer.echo(f"note: {text}", err=True)):
            command = typer.main.get_command(assemble(given))
            code = command.main(given, prog_name="likeness", standalone_mode=False)
            sys.stdout.flush()
    except (Exception, KeyboardInterrupt, _Ended) as error:
        return _end(error, debug, complain)
    if code == INTERRUPTED:  # typer has turned an interrupt into its code
        return complain("stopped", INTERRUPTED)
    return code if isinstance(code, int) else 0


@contextmanager
def _endable() -> Iterator[None]:
    """Let a signal end the work as an interrupt does, so that nothing half-made stays; a second one is not heard."""

    def end(number: int, frame: FrameType | None) -> None:
        for one in asked:
            signal.signal(one, signal.SIG_IGN)
        raise _Ended(number)

    # Whoever ignores one, such as `nohup`, goes on ignoring it; only the main thread may ask for signals.
    main_thread = threading.current_thread() is threading.main_thread()
    asked = [one for one in _ENDING if main_thread and signal.getsignal(one) == signal.SIG_DFL]
    for one in asked:
        signal.signal(one, end)
    try:
        yield
    finally:
        for one in asked:
            signal.signal(one, signal.SIG_DFL)


def _end(error: BaseException, debug: bool, complain: Callable[[str, int], int]) -> int:
    """Say in one line how a command ended badly; return the exit code."""
    if isinstance(error, _Ended):
        return complain(f"ended by {signal.Signals(error.number).name}", 128 + error.number)
    if isinstance(error, KeyboardInterrupt | Cancelled | typer.Abort):
        return complain("stopped", INTERRUPTED)
    if isinstance(error, BrokenPipeError):
        # The reader went away (`likeness ... | head`); a second complaint at exit would go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    if isinstance(error, typer.TyperException):
        return complain(error.format_message(), error.exit_code)
    if debug:
        traceback.print_exception(error)
    line = explain(error)
    if line is not None:
        return complain(line, 2)
    return complain(f"unexpected {type(error).__name__}: {error} (with --debug, where)", 1)


def assemble(arguments: Sequence[str] = ()) -> typer.Typer:
    """Return the application with the subcommand that the arguments name, or with the names and purposes of all.

    Importing only what is asked for keeps every command, and the help, quick to start.
    """
    app = typer.Typer(
        name="likeness",
        help="What a face identity embedding gives away. Without a command, the window opens.",
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    files = {file.stem.replace("_", "-"): file for file in sorted(Path(commands.__path__[0]).glob("[!_]*.py"))}
    asked = next((argument for argument in arguments if not argument.startswith("-")), None)
    if asked in files:
        _register_brought()
        if asked not in WITHOUT_PLUGINS:
            _load_plugins()
        importlib.import_module(f"{commands.__name__}.{files[asked].stem}").add_to(app)
        guard(app)
    else:
        for name, file in files.items():
            app.command(name, help=_purpose(file))(lambda: None)
    return app


def _register_brought() -> None:
    """Make the user's own generators and encoders choices; whoever has none waits for no import."""
    with suppress(places.NoHomeError):
        if (places.state() / "generators").is_dir():
            importlib.import_module("explorer.studio.catalogue.generators").register_brought()
        if (places.state() / "networks").is_dir():
            importlib.import_module("explorer.studio.catalogue.brought_encoders").register_brought_encoders()


def _load_plugins() -> None:
    """Load what the user has switched on; whoever has nothing waits for no import."""
    with suppress(places.NoHomeError):
        if (places.config() / "plugins.json").is_file():
            importlib.import_module("explorer.studio.plugins.loading").remark_on_plugins()


def _purpose(file: Path) -> str:
    """Return what a command's file says of itself after "`likeness NAME ...`:", without importing it."""
    described = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return described.splitlines()[0].partition("`: ")[2]


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
    # Where processes work together, some are silent but for this.
    stream = sys.stderr if processes().first else sys.__stderr__
    print(f"likeness: {shown(' '.join(line.split()))}", file=stream)
    return code
