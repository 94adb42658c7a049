"""Run the notebooks in `examples/notebooks`, and write into them what their cells print.

    python -m scripts.run_notebooks [NAME ...]

Cells are run as they stand, one after another, from the root of the repository; no kernel is needed.
"""

from __future__ import annotations

import argparse
import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import chdir, redirect_stdout
from pathlib import Path
from typing import Any

from scripts.notebook_pages import FOLDER

ROOT = FOLDER.parents[1]


def run(path: Path, parameters: Mapping[str, object] | None = None) -> Iterator[tuple[dict[str, Any], str]]:
    """Run a notebook: each cell of code with what it printed.

    Args:
        parameters: take the place of what the cell with the tag "parameters" sets.

    Raises:
        KeyError: the notebook has no such parameter.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
        if cell["cell_type"] != "code":
            continue
        printed = io.StringIO()
        with chdir(ROOT), redirect_stdout(printed):
            exec(compile("".join(cell["source"]), f"{path.name}, cell {number}", "exec"), names)  # noqa: S102 - ours
        if "parameters" in cell["metadata"].get("tags", ()):
            for name, value in (parameters or {}).items():
                names[name] = type(names[name])(value)
        yield cell, printed.getvalue()


def refresh(path: Path) -> None:
    """Run a notebook, and keep in it what was printed."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    printed = iter([said for _, said in run(path)])
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            lines = next(printed).splitlines(keepends=True)
            cell["outputs"] = [{"name": "stdout", "output_type": "stream", "text": lines}] if lines else []
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    """Run all, or those that are named."""
    parser = argparse.ArgumentParser(description="Run the notebooks and keep what they print.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="as 1_embed_and_compare; all by default")
    names = parser.parse_args().names
    for path in sorted(FOLDER.glob("*.ipynb")):
        if not names or path.stem in names:
            refresh(path)
            print(os.path.relpath(path, ROOT))


if __name__ == "__main__":
    main()
