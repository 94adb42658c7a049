"""The documentation's pages say what is so: commands can be given, code is run by tests, files and panels are there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from scripts import docs_links, docs_pages, notebook_pages, scale_page
from tests.command_lines import ROOT, follow

DOCS = ROOT / "docs"
WRITTEN = sorted(path for path in DOCS.rglob("*.md") if path.parent.name != "papers")
# Pages of the site that are files of the program or the repository.
SHARED = [*sorted(docs_pages.HELP.glob("*.md")), ROOT / "models" / "README.md"]
SHOWN = [*WRITTEN, *SHARED, ROOT / "examples" / "plugin" / "README.md", *sorted(notebook_pages.FOLDER.glob("*.ipynb"))]


def lines_of(path: Path) -> Iterator[str]:
    """Command lines of a page: in blocks of text and between backticks. Several words between bars are no line."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    spans = re.findall(r"`(?:\.venv/bin/)?(likeness [^`|]+)`", text)
    blocks = re.findall(r"^(?: {4})?(?:\.venv/bin/)?(likeness [^\n|]+)$", text, re.MULTILINE)
    yield from (" ".join(line.split()) for line in (*spans, *blocks))


# What the window's help mentions need not be whole; what a page of the site says to give has to be.
LINES = {(line, path in WRITTEN): path.name for path in SHOWN for line in lines_of(path) if "..." not in line}


@pytest.mark.slow
@pytest.mark.parametrize(("line", "whole"), LINES)
def test_a_command_on_a_page_can_be_given(line: str, whole: bool) -> None:
    try:
        follow(line, whole=whole)
    except typer.TyperException as error:
        pytest.fail(f"{LINES[line, whole]}: {error.format_message()}")


def test_code_on_a_page_is_of_a_file_that_tests_run() -> None:
    """Notebooks, examples, the plug-in and the panel that is added to a copy of the tree all have tests."""
    run = ("examples/", "benchmarks/house_panel/")
    for path in WRITTEN:
        for block in re.findall(r"^```(?:python|toml)\n(.*?)^```", path.read_text(encoding="utf-8"), re.M | re.S):
            (name,) = re.findall(r'^--8<-- "([^":]+)"$', block.strip())
            assert name.startswith(run), f"{path.name}: {name}"
            assert (ROOT / name).is_file(), f"{path.name}: {name}"


def test_files_and_folders_that_a_page_names_are_there() -> None:
    named = r"`((?:explorer|tests|benchmarks|scripts|models|resources|examples)/[\w./-]+)`"
    for path in WRITTEN:
        for name in re.findall(named, path.read_text(encoding="utf-8")):
            assert name.endswith("FEATURE") or (ROOT / name).exists() or "FEATURE" in name, f"{path.name}: {name}"


def test_help_is_the_windows_own_and_each_panel_has_its_page() -> None:
    window = (DOCS / "window.md").read_text(encoding="utf-8")
    for path in docs_pages.help_pages():
        assert path.parent == ROOT / "resources" / "help"
        assert f"(help/{path.name})" in window or path.stem in {"plugins", "log"}, f"no job leads to {path.name}"


def test_a_page_of_the_reference_lists_what_its_package_does() -> None:
    pages = docs_pages.reference_pages()
    assert "reference/explorer.api.md" in pages
    for place in pages:
        assert pages[place].startswith(f"# {Path(place).stem}\n")


def test_links_are_followed_and_what_a_network_would_load_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<a href="b.html#here">b</a><a href="#gone"></a><a href="c.html"></a><a href="https://example.org"></a>'
        '<script src="https://example.org/x.js"></script><img src="p.png">'
    )
    (tmp_path / "b.html").write_text('<h1 id="here">b</h1><a href="b.html#nowhere"></a>')
    (tmp_path / "p.png").write_bytes(b"")
    (tmp_path / "s.css").write_text("@font-face { src: url('//example.org/f.woff') } a { background: url(p.png) }")
    found = docs_links.check(tmp_path)
    assert found.dead == ("a.html: #gone", "a.html: c.html", "b.html: b.html#nowhere")
    assert found.from_network == ("s.css: //example.org/f.woff", "a.html: https://example.org/x.js")
    assert (found.pages, found.links, found.others) == (2, 7, 2)
    with pytest.raises(FileNotFoundError, match="build it with make docs"):
        docs_links.check(tmp_path / "none")


def test_the_page_on_paper_is_what_is_computed_from_what_was_measured() -> None:
    assert scale_page.PAGE.read_text(encoding="utf-8") == scale_page.page(), "run python -m scripts.scale_page"


def test_a_job_costs_its_seconds_times_the_faces_over_the_machines(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(scale_page, "RESULTS", tmp_path)
    (tmp_path / "a.json").write_text('{"headline": {"ms": 36, "rate": 4, "whole": 0.5}}')
    per_face = [("a:headline/ms", "ms"), ("a:headline/rate", "per second"), ("a:headline/whole", "seconds")]
    assert [scale_page.Job("", *one).seconds() for one in per_face] == [0.036, 0.25, 0.5]
    assert scale_page.Job("", "b:headline/none", "ms").rate() == "not measured yet"
    assert [scale_page.duration(seconds) for seconds in (36, 360_000, 400 * 365.25 * 86400)] == [
        "36 seconds",
        "4.2 days",
        "400 years",
    ]
