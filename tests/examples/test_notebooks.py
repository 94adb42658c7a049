"""The notebooks run from their first cell to their last, small, and their pages show what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import notebook_pages
from scripts.run_notebooks import run

NOTEBOOKS = sorted(notebook_pages.FOLDER.glob("*.ipynb"))
QUICK = {"steps": 1, "starts": 1, "contest": 0, "finish": 0, "coarse": 0, "resolution": 128, "regressor": False}
PARAMETERS: dict[str, dict[str, object]] = {"3_invert_a_vector": {"SETTINGS": QUICK}, "4_fit_a_head": {"REFINE": False}}


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path) -> None:
    cells = list(run(path, PARAMETERS.get(path.stem)))
    assert cells
    for cell, printed in cells:
        # A cell that prints has printed: what its page shows is no remnant.
        assert bool(printed) == ("print(" in "".join(cell["source"]))


def test_a_page_has_the_words_the_code_and_what_it_printed(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(
        '{"cells": [{"cell_type": "markdown", "source": ["# Title\\n", "Words"]},'
        ' {"cell_type": "code", "source": ["print(1)"], "outputs": [{"text": ["1\\n"]}]}]}'
    )
    said = notebook_pages.page(path)
    assert said.startswith("# Title\nWords\n")
    assert said.endswith("```python\nprint(1)\n```\n\n```text\n1\n```\n")


def test_every_notebook_is_named_by_the_library_page() -> None:
    library = (notebook_pages.FOLDER.parents[1] / "docs" / "library.md").read_text(encoding="utf-8")
    for path in NOTEBOOKS:
        assert f"(notebooks/{path.stem}.md)" in library
