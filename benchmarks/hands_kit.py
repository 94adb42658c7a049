"""What the cases of `hands` have in common: a folder of one's own, the command line in a process, and what is right.

A case is a function that raises `WrongError` where the program does the wrong thing. Whatever the case, a traceback, an
"unexpected", a hang, or a refusal of more than one line is wrong.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FACES = ROOT / "resources" / "faces"
FIRST, SECOND, THIRD = (FACES / name for name in ("astronaut.png", "synthetic-p002.jpg", "synthetic-p005.jpg"))
# A command that takes longer hangs.
PATIENCE = 240.0
# The least that an inversion can do: what a case asks is where its files go, not how good they are.
QUICK = ("--steps", "1", "--starts", "1", "--no-regressor")


class WrongError(Exception):
    """The program did the wrong thing."""


def right(true: object, otherwise: str) -> None:
    """Raise `WrongError` with what is wrong, unless `true`."""
    if not true:
        raise WrongError(otherwise)


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """What it says on its standard error, by line."""
        return self.err.strip().splitlines()

    def refused(self, *words: str) -> None:
        """Raise `WrongError` unless the command ended with code 2 and one line that holds the words."""
        right(self.code == 2, f"exit code {self.code}: {self.err.strip()[-300:]}")
        right(len(self.lines) == 1, f"{len(self.lines)} lines of refusal: {self.err.strip()[:300]}")
        self.says(*words)

    def did(self, *words: str) -> None:
        """Raise `WrongError` unless the command ended well and says the words."""
        right(self.code == 0, f"exit code {self.code}: {self.err.strip()[-300:]}")
        self.says(*words)

    def says(self, *words: str) -> None:
        """Raise `WrongError` unless the words stand in what the command says."""
        said = (self.out + self.err).lower()
        for word in words:
            right(word.lower() in said, f"does not say {word!r}: {(self.err or self.out).strip()[:300]}")


@dataclass(frozen=True)
class Hands:
    """A folder to work in, and the command line."""

    folder: Path

    @cached_property
    def photo(self) -> Path:
        """A copy of a photograph, to be damaged and written over."""
        return self.copy(FIRST, "anna.png")

    def copy(self, source: Path, name: str) -> Path:
        """Copy a file into the folder."""
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
        return target

    def run(
        self,
        *arguments: object,
        environment: Mapping[str, str | None] | None = None,
        prelude: str = "",
        patience: float = PATIENCE,
    ) -> Ended:
        """Run the command line in the folder.

        Args:
            arguments: of the command line.
            environment: what differs from this process's; None takes a variable away.
            prelude: Python that is run before the program.
            patience: seconds.

        Raises:
            WrongError: it hangs, ends in a traceback, or in an error that was not foreseen.
        """
        command = [sys.executable, "-c", f"{prelude}\n{_MAIN}", *(str(argument) for argument in arguments)]
        settings = {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})}
        try:
            done = subprocess.run(
                command,
                cwd=self.folder,
                env={name: value for name, value in settings.items() if value is not None},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=patience,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise WrongError(f"hangs for {patience:.0f} s") from error
        ended = Ended(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))
        right("Traceback" not in ended.err, f"traceback: {ended.err.strip()[-300:]}")
        right("unexpected" not in ended.err, f"not foreseen: {ended.err.strip()[-300:]}")
        return ended


_MAIN = "import sys; from explorer.studio.app.cli import main; sys.exit(main(sys.argv[1:]))"

Case = Callable[[Hands], None]


@dataclass
class Cases:
    """A list of cases, each under the sentence that holds where the program is right."""

    kind: str
    cases: dict[str, Case]

    def __init__(self, kind: str) -> None:
        """An empty list."""
        self.kind = kind
        self.cases = {}

    def __call__(self, sentence: str) -> Callable[[Case], Case]:
        """Add the decorated function."""

        def add(case: Case) -> Case:
            if sentence in self.cases:
                raise ValueError(f"there are two cases {sentence!r}")
            self.cases[sentence] = case
            return case

        return add
