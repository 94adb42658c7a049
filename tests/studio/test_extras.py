"""Optional is optional: a part that is not installed is one line that says what to install, never a traceback."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from explorer.studio.errors import explain
from explorer.studio.extras import EXTRAS, require

ROOT = Path(__file__).resolve().parents[2]
FACE = "resources/faces/synthetic-p002.jpg"

# The interpreter as it is where the modules of some extras were never installed.
WITHOUT = """
import sys
from importlib.machinery import PathFinder
from explorer.studio.extras import EXTRAS

class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        absent = [module for extra in {extras!r} for module in EXTRAS[extra][1]]
        return None if name.partition(".")[0] in absent else super().find_spec(name, path, target)

sys.meta_path[:] = [Without if finder is PathFinder else finder for finder in sys.meta_path]
from explorer import launch
sys.argv = ["likeness", *{arguments!r}]
sys.exit(launch.main())
"""


def run_without(extras: Collection[str], arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    code = WITHOUT.format(extras=list(extras), arguments=list(arguments))
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("extra", "arguments"),
    [
        ("gui", []),
        ("3d", ["fit", FACE]),
        ("3d", ["render", FACE, "--out", "never.png"]),
        ("3d", ["visibility"]),
        ("3d", ["batch", "fit", "resources/faces", "--out", "never"]),
        ("render", ["people", "draw", "--out", "never", "--renderer", "path"]),
        ("blackbox", ["invert", FACE, "--out", "never", "--blackbox", "http://127.0.0.1:9", "--attack", "evolution"]),
    ],
)
def test_what_is_not_installed_is_one_line_and_2(extra: str, arguments: list[str]) -> None:
    done = run_without([extra], arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert f"pip install 'likeness[{extra}]'" in done.stderr
    assert not list(ROOT.glob("never*"))


@pytest.mark.slow
def test_the_rest_works_without_any() -> None:
    done = run_without(EXTRAS, ["faces", FACE])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("extra", EXTRAS)
def test_every_module_of_an_extra_names_it(extra: str) -> None:
    for module in EXTRAS[extra][1]:
        line = explain(ModuleNotFoundError(f"No module named '{module}.part'", name=f"{module}.part"))
        assert line is not None
        assert f"{module}, which is not installed: pip install 'likeness[{extra}]'" in line


def test_the_extras_are_those_of_the_project() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    # What `docs` brings, nothing of the program imports.
    assert set(declared) == {*EXTRAS, "docs", "dev"}
    for extra, (_, modules) in EXTRAS.items():
        # PySide6 brings two modules.
        assert len(declared[extra]) == len(set(modules) - {"shiboken6"})
    assert f"likeness[{','.join((*EXTRAS, 'docs'))}]" in declared["dev"]


def test_a_module_of_no_extra_is_a_failure_of_ours() -> None:
    assert explain(ModuleNotFoundError("No module named 'colour'", name="colour")) is None
    assert explain(ModuleNotFoundError("no name")) is None


@pytest.mark.parametrize("extra", ["gui", "3d"])
def test_nothing_is_refused_where_all_is_installed(extra: str) -> None:
    require(extra)
