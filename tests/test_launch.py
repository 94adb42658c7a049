"""However the program is started, idle threads are told to sleep before torch, and with it OpenMP, is loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Says what the variable is the moment anything asks for torch, and ends there.
WATCHED = """
import os, runpy, sys

class AtTorch:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            print("torch asked for with", os.environ.get("OMP_WAIT_POLICY"), flush=True)
            os._exit(0)

sys.meta_path.insert(0, AtTorch)
"""
# The window itself brings torch with its first request: here that is the first thing that it does.
WINDOW = """
import types
app = types.ModuleType("explorer.ui.window.app")
app.main = lambda: __import__("torch")
sys.modules["explorer.ui.window.app"] = app
import explorer.ui.window
explorer.ui.window.app = app
"""
WAYS = {
    "the script": "runpy.run_path('run_explorer.py', run_name='__main__')",
    "the module": "runpy.run_module('explorer', run_name='__main__')",
    "the command": "from explorer.launch import main; main()",
}


def said(code: str, **given: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"} | given
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("way", [pytest.param(way, marks=pytest.mark.slow) for way in WAYS])
def test_the_command_line_has_idle_threads_sleep_before_torch_comes(way: str) -> None:
    code = f"{WATCHED}\nsys.argv = ['likeness', 'doctor']\n{WAYS[way]}"
    assert said(code) == "torch asked for with PASSIVE\n"


def test_the_window_has_idle_threads_sleep_before_torch_comes() -> None:
    code = f"{WATCHED}\nsys.argv = ['likeness']\n{WINDOW}\n{WAYS['the script']}"
    assert said(code) == "torch asked for with PASSIVE\n"


def test_what_the_user_has_set_stays() -> None:
    code = f"{WATCHED}\nsys.argv = ['likeness']\n{WINDOW}\n{WAYS['the command']}"
    assert said(code, OMP_WAIT_POLICY="ACTIVE") == "torch asked for with ACTIVE\n"


def test_benchmarks_measure_the_program_as_it_is_started() -> None:
    assert said(f"{WATCHED}\nimport benchmarks.speed") == "torch asked for with PASSIVE\n"


def test_processes_that_it_starts_inherit_it() -> None:
    """The workers of a corpus are started so."""
    code = (
        "import multiprocessing, os, sys\n"
        "from explorer.launch import let_idle_threads_sleep\n"
        "let_idle_threads_sleep()\n"
        "with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "    print(pool.apply(os.getenv, ('OMP_WAIT_POLICY',)))\n"
    )
    assert said(code) == "PASSIVE\n"
