"""Hostile files of every kind run nothing and are opened, or refused in one line that names them; a child that dies is
noticed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks import own, own_hostile
from benchmarks.hostile import marks
from benchmarks.hostile_crafted import crafted_encoders, crafted_pickles
from benchmarks.hostile_crafted_models import crafted_answers, crafted_generators, crafted_models
from benchmarks.hostile_kinds import Kind, new_kinds
from benchmarks.own_hostile import Case, Opened, mutations, opened

KINDS = new_kinds()
FEW = range(1000, 1004)


def _faults(cases: Any, folder: Path) -> list[tuple[str, bool, str]]:
    found = [opened(case, folder) for case in cases]
    assert found
    return [(one.name, one.ran, one.fault) for one in found if one.ran or one.fault]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_mutations_run_nothing_and_are_opened_or_refused_in_one_line(kind: Kind, tmp_path: Path) -> None:
    assert _faults(mutations(kind, tmp_path, FEW), tmp_path) == []


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "crafted", [crafted_pickles, crafted_encoders, crafted_generators, crafted_models, crafted_answers]
)
def test_what_is_crafted_runs_nothing_and_is_refused_in_one_line(crafted: Callable[..., Any], tmp_path: Path) -> None:
    place = tmp_path / "files"
    place.mkdir()
    alone = crafted is not crafted_answers
    made = (Case(name, path, opener, alone, alone) for name, path, opener in crafted(place, marks(tmp_path)))
    assert _faults(made, tmp_path) == []


def test_a_line_that_is_none_or_names_no_file_is_a_fault(tmp_path: Path) -> None:
    def raising(error: Exception) -> Callable[[Path], object]:
        def fail(path: Path) -> object:
            raise error

        return fail

    from explorer.studio.errors import UserError

    (tmp_path / "files").mkdir()
    path = tmp_path / "files" / "a.pkl"
    path.write_bytes(b"")
    for error, fault in (
        (UserError("a.pkl is damaged"), False),
        (UserError("it is damaged"), True),
        (UserError("a.pkl " + "x" * 5000), True),
        (KeyError("a.pkl"), True),
    ):
        assert bool(opened(Case("case", path, raising(error), named=True), tmp_path).fault) == fault


@pytest.mark.parametrize(
    ("ending", "longest"),
    [
        ("os._exit(3)", 60.0),
        ("os.kill(os.getpid(), 11)", 60.0),
        pytest.param("sys.stdin.read()", 4.0, marks=pytest.mark.slow),
    ],
)
def test_a_child_that_dies_or_waits_is_a_crash_of_its_file_and_the_next_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ending: str, longest: float
) -> None:
    script = tmp_path / "child.py"
    script.write_text(
        "import json, os, sys\n"
        "for number in range(int(sys.argv[1]), 3):\n"
        "    print(json.dumps({'next': number, 'name': f'n{number}'}), flush=True)\n"
        f"    if number == 1: {ending}\n"
        "    print(json.dumps({'name': f'n{number}', 'ran': False, 'line': None, 'fault': ''}), flush=True)\n"
        "print(json.dumps({'end': True}), flush=True)\n"
    )
    started = own_hostile.subprocess.Popen
    read, write = os.pipe()  # what nobody writes to, and nobody closes

    def begin(command: list[str], **how: Any) -> Any:
        return started([sys.executable, "-I", "-S", str(script), *command[3:]], stdin=read, **how)

    monkeypatch.setattr(own_hostile.subprocess, "Popen", begin)
    try:
        found = own_hostile.open_all(longest=longest)
    finally:
        os.close(read)
        os.close(write)
    assert [(one.name, bool(one.fault)) for one in found] == [("n0", False), ("n1", True), ("n2", False)]


def test_headlines_count_files_executions_and_crashes(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        Opened("a, seed 1", False, "a line", "", 1 << 30, 1.0),
        Opened("a, seed 2", True, None, "", 1 << 29, 2.0),
        Opened("b", False, None, "the process ended: -11"),
    ]
    monkeypatch.setattr(own_hostile, "open_all", lambda: found)
    part = own_hostile.measure_hostile()
    assert part.headline == {"hostile_files": 3, "hostile_executed": 1, "hostile_crashes": 1}
    assert set(part.headline) <= set(own.FIGURES)
    assert part.details["hostile"]["kinds"] == {"a": 2, "b": 1}
