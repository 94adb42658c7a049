"""The notebooks' pages in the documentation, made of the notebooks in `examples/notebooks`.

Words stay Markdown, code is shown with what it printed when the notebook was run last, and pictures are put beside it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "examples" / "notebooks"


@cache
def notebook_pages() -> dict[str, str]:
    """A page for each notebook, by its place in the site."""
    return {f"notebooks/{path.stem}.md": page(path) for path in sorted(FOLDER.glob("*.ipynb"))}


def page(path: Path) -> str:
    """A notebook as Markdown."""
    cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    said = [part for cell in cells for part in _shown(cell)]
    where = f"*This page is the notebook `examples/notebooks/{path.name}`.*"
    return "\n\n".join([said[0], where, *said[1:]]) + "\n"


def _shown(cell: dict[str, Any]) -> list[str]:
    text = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return [text]
    printed = [_printed(output) for output in cell["outputs"]]
    return [f"```python\n{text}\n```", *(f"```text\n{one}\n```" for one in printed if one)]


def _printed(output: dict[str, Any]) -> str:
    text = output.get("text") or output.get("data", {}).get("text/plain", "")
    return "".join(text).rstrip()
