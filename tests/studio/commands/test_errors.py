"""Every command ends the same way: one line and 2 for a user's mistake, 1 for ours, nothing but JSON with --json."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
import typer
from pydantic import BaseModel, Field

from explorer import __version__
from explorer.science.faces.face import FaceError
from explorer.studio.app import cli
from explorer.studio.errors import Cancelled, UserError, explain

ROOT = Path(__file__).resolve().parents[3]


class Settings(BaseModel):
    steps: int = Field(gt=0)


def invalid() -> Exception:
    try:
        Settings(steps=0)
    except ValueError as error:
        return error
    raise AssertionError


USERS = [
    (UserError("no such thing"), "no such thing"),
    (FaceError("no face in a.jpg:\nchoose another"), "no face in a.jpg: choose another"),
    (FileNotFoundError(errno.ENOENT, "No such file or directory", "a.jpg"), "a.jpg: No such file"),
    (OSError(errno.ENOSPC, "No space left on device", "out/a.png"), "the disk is full at out/a.png"),
    (MemoryError(), "machine's memory is full"),
    (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), "machine's memory is full"),
    (torch.OutOfMemoryError("CUDA out of memory"), "GPU's memory is full"),
    (invalid(), "steps: Input should be greater than 0"),
]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """A command that raises what is put into the list."""
    raised: list[BaseException] = []

    def assemble(_: object) -> typer.Typer:
        app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)
        app.callback()(lambda: None)

        @app.command()
        def work() -> None:
            raise raised[0]

        return app

    monkeypatch.setattr(cli, "assemble", assemble)
    return raised


@pytest.mark.parametrize(("error", "said"), USERS)
def test_a_users_mistake_is_one_line_and_2(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str], error: Exception, said: str
) -> None:
    failing.append(error)
    assert cli.main(["work"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert said in err


def test_our_own_failure_is_one_line_and_1_and_debug_shows_where(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(ZeroDivisionError("division by zero"))
    assert explain(failing[0]) is None
    assert cli.main(["work"]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "--debug" in err
    assert cli.main(["work", "--debug"]) == 1
    assert "raise raised[0]" in capsys.readouterr().err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), Cancelled("stopped")])
def test_stopping_is_130(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str], error: BaseException
) -> None:
    failing.append(error)
    assert cli.main(["work"]) == 130
    assert capsys.readouterr().err == "likeness: stopped\n"


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["models", "nonsense"], ["models", "list", "--nonsense"], ["models", "path"]]
)
def test_a_wrong_call_is_one_line_and_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert cli.main(arguments) == 2
    err = capsys.readouterr().err
    assert err.startswith("likeness: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("words", [[], ["embed"], ["batch"], ["batch", "embed"], ["evaluate", "ablation"]])
def test_the_short_help_is_the_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*words, "-h"]) == 0
    short = capsys.readouterr().out
    assert cli.main([*words, "--help"]) == 0
    assert short == capsys.readouterr().out
    assert "-h, --help" in short


def test_the_package_is_run_as_the_program_is() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "explorer", "--version"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == (f"likeness {__version__}\n", "")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_the_work_as_an_interrupt_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: signal.Signals, code: int
) -> None:
    cleared = []

    def work() -> None:
        try:
            os.kill(os.getpid(), number)
            time.sleep(0)  # the interpreter looks for signals between two instructions
        finally:
            os.kill(os.getpid(), number)  # a second one does not end the clearing away
            cleared.append(True)

    app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)
    app.callback()(lambda: None)
    app.command()(work)
    monkeypatch.setattr(cli, "assemble", lambda _: app)
    # Under nohup the tests inherit that SIGHUP is ignored, which the program respects.
    before = signal.signal(number, signal.SIG_DFL)
    try:
        ended = cli.main(["work"])
        after = signal.getsignal(number)
    finally:
        signal.signal(number, before)
    assert ended == code
    assert capsys.readouterr().err == f"likeness: ended by {number.name}\n"
    assert cleared == [True]
    assert after == signal.SIG_DFL


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"likeness {__version__}\n"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    out = capsys.readouterr().out
    for command in ("invert", "embed", "compare", "faces", "models", "doctor"):
        assert f"  {command} " in out


def test_every_command_says_in_the_help_what_it_is_for() -> None:
    app = cli.assemble()
    assert [command.name for command in app.registered_commands if not command.help] == []


def test_help_is_quick_to_start_because_torch_and_qt_stay_out() -> None:
    code = (
        "import sys; from explorer.studio.app import cli; assert cli.main(['--help']) == 0;"
        "print([name for name in ('torch', 'PySide6', 'cv2', 'matplotlib', 'pyarrow') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_reader_that_goes_away_is_no_failure_worth_a_traceback() -> None:
    command = [sys.executable, "run_explorer.py", "models", "list", "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""


def test_no_argument_opens_the_window_without_the_command_line() -> None:
    code = (
        "import sys, types; app = types.ModuleType('explorer.ui.window.app'); app.main = lambda: 7;"
        "sys.modules['explorer.ui.window.app'] = app; import explorer.ui.window; explorer.ui.window.app = app;"
        "sys.argv = ['likeness'];"
        "from explorer.launch import main; assert main() == 7; assert 'typer' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
