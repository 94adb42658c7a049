"""What the project says of itself in several places is the same in all."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from explorer import __version__

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION = (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def cited(key: str) -> str:
    (found,) = re.findall(rf"^{key}: (.+)$", CITATION, re.MULTILINE)
    return str(found)


def test_the_citation_is_of_this_version() -> None:
    assert cited("version") == __version__
    assert cited("license") == PROJECT["license"]
    assert cited("abstract") == PROJECT["description"] + "."
    assert re.findall(r"^  - name: (.+)$", CITATION, re.MULTILINE) == [author["name"] for author in PROJECT["authors"]]
    assert re.findall(r"^  - (?!name)(.+)$", CITATION, re.MULTILINE) == PROJECT["keywords"]


def test_the_changelog_has_this_version_on_the_day_that_is_cited_below_what_is_to_come() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[:2] == ["[Unreleased]", f"[{__version__}] - {cited('date-released')}"]
