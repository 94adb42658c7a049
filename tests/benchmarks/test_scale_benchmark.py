"""The benchmark past one machine: what its part on the documentation counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import scale
from scripts import docs_build, docs_links, paper_pages


def test_the_documentation_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "index.html").write_text('<a href="gone.html"></a><a href="index.html"></a>')
    monkeypatch.setattr(docs_build, "build", lambda: "")
    monkeypatch.setattr(docs_links, "SITE", tmp_path)
    part = scale.measure_documentation()
    assert part.headline == {**paper_pages.count(paper_pages.read_papers()), "dead_links": 1}
    assert set(part.headline) <= set(scale.FIGURES)
    found = part.details["documentation"]
    assert found["dead"] == ["index.html: gone.html"]
    assert len(found["items_without_code"]) == part.headline["paper_items_without_code"]
