"""What a new panel costs: an empty one is added to a copy of the tree, and the files it had to change are counted.

The copy is a worktree of git at the commit in use, and is removed again. What the panel consists of lies beside this
file under `house_panel/`, each file under its place in the tree with `.txt` behind its name; what else it takes is
`TABLE_LINES`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = Path(__file__).resolve().with_suffix("")
# A file of the tree, the line in it (without the blanks around it) behind which a new one goes, and the new line.
TABLE_LINES: tuple[tuple[str, str, str], ...] = (
    ("explorer/studio/app/features.py", '"composer",', '    "notes",'),
    ("explorer/ui/window/features.py", '"batch",', '    "notes",'),
)
# The tests that hold for every feature, and that the new panel must pass as it is.
LAW_TESTS: tuple[str, ...] = (
    "tests/studio/app/test_laws.py",
    "tests/studio/notes",
    "tests/ui/window/test_laws.py",
)


@dataclass(frozen=True)
class Cost:
    """What adding the panel took.

    changed: existing files that differ, with how many lines were added and removed. added: new files.
    """

    changed: dict[str, tuple[int, int]]
    added: tuple[str, ...]

    @property
    def edits(self) -> int:
        """How many existing files had to be changed."""
        return len(self.changed)


def panel_files(templates: Path = TEMPLATES) -> dict[str, str]:
    """Return the text of every file of the empty panel, by its path in the tree.

    Raises:
        FileNotFoundError: there are none.
    """
    found = {
        path.relative_to(templates).as_posix().removesuffix(".txt"): path.read_text(encoding="utf-8")
        for path in sorted(templates.rglob("*.txt"))
    }
    if not found:
        raise FileNotFoundError(f"{templates} holds no file of a panel")
    return found


def measure_panel(
    files: Mapping[str, str] | None = None,
    lines: Sequence[tuple[str, str, str]] = TABLE_LINES,
    tests: Sequence[str] = LAW_TESTS,
    root: Path = ROOT,
) -> Cost:
    """Add the panel to a copy of the tree, pass the tests there, and return what was changed.

    Raises:
        FileNotFoundError, FileExistsError, ValueError: as `add_panel`.
        RuntimeError: a test does not pass.
    """
    with copy_of_tree(root) as tree:
        add_panel(tree, panel_files() if files is None else files, lines)
        if tests:
            _pass(tree, tests)
        return cost_of(tree)


def add_panel(tree: Path, files: Mapping[str, str], lines: Sequence[tuple[str, str, str]]) -> None:
    """Write the panel's files and put its lines into the tables.

    Raises:
        FileExistsError: a file of the panel is in the tree already.
        ValueError: a marker does not stand in its file once.
    """
    for name, text in files.items():
        place = tree / name
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("x", encoding="utf-8") as file:
            file.write(text)
    for name, marker, line in lines:
        listed = (tree / name).read_text(encoding="utf-8").splitlines()
        places = [number for number, present in enumerate(listed, 1) if present.strip() == marker.strip()]
        if len(places) != 1:
            raise ValueError(f"{name} has {len(places)} lines {marker!r}; the new one goes behind the only one")
        listed.insert(places[0], line)
        (tree / name).write_text("\n".join(listed) + "\n", encoding="utf-8")


def cost_of(tree: Path) -> Cost:
    """Return what differs in a worktree from its commit."""
    numbers = [line.split("\t") for line in _git(tree, "diff", "--numstat", "HEAD").splitlines()]
    added = _git(tree, "ls-files", "--others", "--exclude-standard").splitlines()
    return Cost({name: (int(more), int(less)) for more, less, name in numbers}, tuple(added))


@contextmanager
def copy_of_tree(root: Path = ROOT) -> Iterator[Path]:
    """Give a worktree of the commit in use, for as long as it is needed."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        _git(root, "worktree", "add", "--detach", str(tree), "HEAD")
        try:
            yield tree
        finally:
            _git(root, "worktree", "remove", "--force", str(tree))


def _pass(tree: Path, tests: Sequence[str]) -> None:
    # The tests leave nothing in the copy, or it would count as the panel's.
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    answer = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise RuntimeError(f"the panel breaks a law:\n{answer.stdout[-4000:]}{answer.stderr[-2000:]}")


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout
