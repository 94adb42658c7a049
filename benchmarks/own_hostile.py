"""Hostile files of every kind that the program opens: mutations of small whole ones from fixed seeds, and crafted ones.

A child process opens one after the other and says of each what came of it; one that dies, or takes longer than
`LONGEST` seconds, has its file counted as a crash, and another goes on behind it. What counts as a crash as well: an
error that is no line for the user, or a line that does not name the file; anything written beside it; more memory than
`MOST_MEMORY`. What was executed is seen by an audit hook and by the marks that crafted files would leave.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.common import Part
from benchmarks.hostile import files as older_crafted
from benchmarks.hostile import marks, watching
from benchmarks.hostile_crafted import crafted_encoders, crafted_pickles
from benchmarks.hostile_crafted_models import crafted_answers, crafted_generators, crafted_models
from benchmarks.hostile_damage import mutated
from benchmarks.hostile_kinds import Kind, new_kinds, older_kinds
from explorer.studio.errors import explain

# How many mutations of each kind, of those that were added last and of the older ones.
OF_NEW, OF_OLDER = 30, 4
# Seconds, and bytes of a whole process, for one file.
LONGEST, MOST_MEMORY = 60.0, 2 << 30
# Of a child's address space: it ends before the machine's memory does. torch alone takes several GB of it.
_ADDRESSES = 24 << 30
_LONGEST_LINE = 1000
CRAFTED = (crafted_pickles, crafted_encoders, crafted_generators, crafted_models, crafted_answers)


@dataclass(frozen=True)
class Case:
    """A hostile file, made when it is its turn.

    alone: whether a program or a connection would be the file's doing. named: whether the line has to name it.
    """

    name: str
    path: Path
    open: Callable[[Path], object]
    alone: bool = True
    named: bool = False


@dataclass(frozen=True)
class Opened:
    """What came of a file.

    ran: whether anything was executed or taken. line: how it was refused, None where it was opened harmlessly.
    fault: why it counts as a crash; empty where it does not. peak: bytes of memory at most. seconds: that it took.
    """

    name: str
    ran: bool
    line: str | None
    fault: str
    peak: int = 0
    seconds: float = 0.0


def cases(folder: Path, of_new: int = OF_NEW, of_older: int = OF_OLDER) -> Iterator[Case]:
    """All files in their order, which does not change."""
    for kind in new_kinds():
        yield from mutations(kind, folder, range(of_new))
    for kind in older_kinds():
        yield from mutations(kind, folder, range(of_older))
    for crafted in CRAFTED:
        place = folder / crafted.__name__
        place.mkdir()
        for name, path, opener in crafted(place, marks(folder)):
            alone = crafted is not crafted_answers
            yield Case(name, path, opener, alone=alone, named=alone)
    for one in older_crafted(folder):
        yield Case(one.name, one.path, one.open)


def mutations(kind: Kind, folder: Path, seeds: range) -> Iterator[Case]:
    """Mutations of the whole file of a kind, each in the same place."""
    place = folder / "".join(letter if letter.isalnum() else "-" for letter in kind.name)
    place.mkdir()
    path = kind.make(place)
    whole = path.read_bytes()
    _whole(kind, path)
    for seed in seeds:
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(mutated(whole, np.random.default_rng([seed, *kind.name.encode()])))
        yield Case(f"{kind.name}, seed {seed}", path, kind.open, kind.alone, kind.named)


def _whole(kind: Kind, path: Path) -> None:
    """Open a whole file: that it can be, and that libraries are loaded before anything is watched."""
    try:
        kind.open(path)
    except Exception as error:
        # A moving picture is refused as a whole file; all others are opened.
        if path.suffix != ".gif":
            raise AssertionError(f"the whole file of {kind.name} is refused: {error}") from error


def opened(case: Case, folder: Path) -> Opened:
    """Open a file and look for what it would have done, in this process."""
    line, fault = None, ""
    before = {path.name for path in marks(folder).iterdir()}
    start = time.monotonic()
    with watching(folder / "secret.bin") as seen, warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            case.open(case.path)
        except Exception as error:
            line = explain(error)
            fault = "" if line is not None else f"{type(error).__name__}: {str(error)[:300]}"
    taken = [event for event in seen if case.alone]
    left = {path.name for path in marks(folder).iterdir()} - before
    outside = (folder.parent / "likeness-escaped").exists()
    fault = fault or _fault_of(line, case)
    return Opened(case.name, bool(left or taken or outside), line, fault, seconds=time.monotonic() - start)


def _fault_of(line: str | None, case: Case) -> str:
    """What is wrong with a line for the user."""
    if line is None:
        return ""
    if not line or len(line.splitlines()) != 1 or len(line) > _LONGEST_LINE:
        return f"no line for the user: {line[:300]!r}"
    around = {case.path.name, case.path.parent.name, *(path.name for path in case.path.parent.iterdir())}
    return f"the file is not named: {line[:300]}" if case.named and not any(name in line for name in around) else ""


# The child.


def child(first: int, folder: Path, of_new: int, of_older: int) -> None:
    """Open all files from one on, and say in a line of JSON which comes next and what came of it."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESSES, _ADDRESSES))
    told = os.fdopen(os.dup(1), "w")
    with tempfile.TemporaryFile() as noise:
        for stream in (1, 2):
            os.dup2(noise.fileno(), stream)
        for number, case in enumerate(cases(folder, of_new, of_older)):
            if number < first:
                continue
            print(json.dumps({"next": number, "name": case.name}), file=told, flush=True)
            _forget_peak()
            noise.seek(0, os.SEEK_END)
            quiet = noise.tell()
            found = opened(case, folder)
            sys.stdout.flush()
            sys.stderr.flush()
            fault, peak = found.fault, _peak()
            if noise.seek(0, os.SEEK_END) > quiet:
                noise.seek(quiet)
                fault = fault or f"it makes libraries say: {noise.read(300)!r}"
            if peak > MOST_MEMORY:
                fault = fault or f"it takes {peak / 2**30:.1f} GB of memory"
            print(json.dumps({**asdict(found), "fault": fault, "peak": peak}), file=told, flush=True)
    print(json.dumps({"end": True}), file=told, flush=True)


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> int:
    """The most memory that was resident since it was forgotten, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


# The parent.


def open_all(of_new: int = OF_NEW, of_older: int = OF_OLDER, longest: float = LONGEST) -> list[Opened]:
    """Open all files in children; what came of each."""
    found: list[Opened] = []
    while True:
        with tempfile.TemporaryDirectory() as folder:
            if _one_child(found, Path(folder), of_new, of_older, longest):
                return found


def _one_child(found: list[Opened], folder: Path, of_new: int, of_older: int, longest: float) -> bool:
    """Go on behind what was found; whether all files are opened now."""
    inner = folder / "files"
    inner.mkdir()
    command = [sys.executable, "-m", "benchmarks.own_hostile", str(len(found)), str(inner), str(of_new), str(of_older)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    name = ""
    try:
        # A child takes its time to begin, and to make its files.
        for line in _lines(running, lambda: longest if name else 10 * longest):  # noqa: B023 - the name at that time
            told = json.loads(line)
            if told.get("end"):
                return True
            if "next" in told:
                name = told["name"]
            else:
                found.append(Opened(**told))
                name = ""
        fault = f"no answer within {longest:g} s" if running.poll() is None else f"the process ended: {running.poll()}"
    finally:
        running.kill()
        _, said = running.communicate()
    if not name:
        raise RuntimeError(
            f"a child ended between two files, after {found[-1:]}: {said.decode(errors='replace')[-2000:]}"
        )
    found.append(Opened(name, False, None, fault))
    return False


def _lines(running: subprocess.Popen[bytes], patience: Callable[[], float]) -> Iterator[bytes]:
    """What a child says, line by line, until it ends or says nothing for so many seconds."""
    assert running.stdout is not None
    begun = b""
    with selectors.DefaultSelector() as selector:
        selector.register(running.stdout, selectors.EVENT_READ)
        while selector.select(patience()):
            piece = os.read(running.stdout.fileno(), 1 << 16)
            if not piece:
                running.wait()
                return
            *lines, begun = (begun + piece).split(b"\n")
            yield from lines


def measure_hostile() -> Part:
    """`hostile_files`, `hostile_executed`, `hostile_crashes`: how many there are, and of how many which is true."""
    found = open_all()
    crashes = [one for one in found if one.fault]
    for one in crashes:
        print(f"{one.name}: {one.fault}")
    headline = {
        "hostile_files": float(len(found)),
        "hostile_executed": float(sum(one.ran for one in found)),
        "hostile_crashes": float(len(crashes)),
    }
    kinds = Counter(one.name.split(",")[0] for one in found)
    details = {
        "refused": sum(one.line is not None for one in found),
        "opened": sum(one.line is None and not one.fault for one in found),
        "memory_gb_largest": round(max(one.peak for one in found) / 2**30, 2),
        "seconds_longest": round(max(one.seconds for one in found), 1),
        "kinds": dict(sorted(kinds.items())),
    }
    return Part(headline, {"hostile": details})


if __name__ == "__main__":
    child(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
