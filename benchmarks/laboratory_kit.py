"""What the parts of the laboratory's benchmark share: the commands that they run, and figures with what they are of."""

from __future__ import annotations

import contextlib
import io
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict
from rich.progress import Progress, TaskID

from benchmarks.common import Part
from explorer.science.evaluation.same_person import Estimate
from explorer.science.recognition.registry import default_encoders
from explorer.studio.app import cli
from explorer.studio.places import private_folder

# A command line; folders of this machine are paths.
Words = list[str | Path]
# Whose figures are headlines; those of the other encoders lie beside them.
ENCODER = "arcface-mbf"
SETS = ("orl", "openpeople")


@dataclass(frozen=True)
class Plan:
    """What is measured. work: where results are kept, so that a part that was stopped goes on. corpus: its folder.

    sets, encoders: only these. generated: faces that maps are fitted on. With any of them nothing is written.
    """

    work: Path
    corpus: Path | None = None
    sets: tuple[str, ...] = ()
    encoders: tuple[str, ...] = ()
    generated: int | None = None

    @property
    def trial(self) -> bool:
        """Whether less than everything is measured."""
        return bool(self.sets or self.encoders or self.generated is not None)

    @property
    def encoder(self) -> str:
        """Whose figures are headlines."""
        return self.encoders[0] if self.encoders else ENCODER

    @property
    def judging(self) -> tuple[str, ...]:
        """The encoders that are measured: all that ship, or those that are asked for."""
        return self.encoders or default_encoders()

    def set_of(self, usual: str) -> str:
        """The set whose figures are headlines."""
        return self.sets[0] if self.sets else usual

    def folder(self, name: str) -> Path:
        """A folder for a set's results."""
        return private_folder(self.work / Path(name).name)


class Figure(BaseModel):
    """A headline with what it is of.

    value, low, high: with its 95 % interval, by person where a set of people is named. of: what it is, in words.
    set, encoder: on which photographs or faces, and whose embeddings. command: that measures it.
    false_match_rate: of a success at a threshold, the share of the same set's pairs of strangers that pass there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    low: float | None
    high: float | None
    of: str
    set: str | None
    encoder: str
    command: str
    false_match_rate: Estimate | None = None


def figure(
    estimate: Estimate, of: str, name: str | None, encoder: str, command: str, passing: Estimate | None = None
) -> Figure:
    """A figure of an estimate."""
    ends = {"low": estimate.low, "high": estimate.high}
    return Figure(
        value=estimate.value, of=of, set=name, encoder=encoder, command=command, false_match_rate=passing, **ends
    )


def part_of(name: str, figures: Mapping[str, Figure], **details: Any) -> Part:
    """A part of the results: its headlines, and under its name what they are of and all else."""
    about = {"figures": {key: one.model_dump(mode="json", exclude_none=True) for key, one in figures.items()}}
    return Part({key: one.value for key, one in figures.items()}, {name: shortened({**about, **details})})


def command_words(words: Words) -> str:
    """A command line as another machine could run it: folders are not named, and of files the name alone."""

    def shown(word: str | Path) -> str:
        if isinstance(word, str):
            return word
        return f"DIR/{word.name}" if word.suffix else "DIR"

    return " ".join(["likeness", *map(shown, words)])


@contextlib.contextmanager
def told_in_lines(seconds: float = 30.0) -> Iterator[None]:
    """Print on the standard error how far each bar of the commands is, at most one line in so many seconds."""
    update, said = Progress.update, 0.0

    def told(progress: Progress, task: TaskID, **news: Any) -> None:
        nonlocal said
        update(progress, task, **news)
        if time.monotonic() - said < seconds:
            return
        said = time.monotonic()
        one = progress.tasks[progress.task_ids.index(task)]
        if one.total:
            print(f"  {one.description}: {one.completed:g} of {one.total:g}", file=sys.stderr, flush=True)

    Progress.update = told  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        Progress.update = update  # type: ignore[method-assign]


def run(words: Words) -> str:
    """Run a command of the program, and return what it printed.

    Raises:
        SystemExit: it failed; it said why, in a line.
    """
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = cli.main([str(word) for word in words])
    if code:
        raise SystemExit(code)
    return said.getvalue()


def recorded(words: Words, record: Path) -> bytes:
    """Run a command that writes a record, print what it says, and return the record.

    Raises:
        SystemExit: it wrote none. Photographs that cannot be used are counted in the record.
    """
    record.unlink(missing_ok=True)
    code = cli.main([str(word) for word in words])
    if not record.exists():
        raise SystemExit(code)
    return record.read_bytes()


def shortened(value: Any) -> Any:
    """JSON with numbers of four digits behind the point: more is in no interval."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return {key: shortened(one) for key, one in value.items()}
    return [shortened(one) for one in value] if isinstance(value, list | tuple) else value
