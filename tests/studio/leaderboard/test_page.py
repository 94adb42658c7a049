"""The page stands alone, says everything to everybody, and runs nothing that came from a name."""

from __future__ import annotations

import io
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pypdf import PdfReader

from explorer.studio.export.provenance import read_provenance
from explorer.studio.leaderboard.page import page_of
from explorer.studio.leaderboard.values import Figure
from explorer.studio.leaderboard.words import interval, number
from explorer.studio.leaderboard.writing import write_board
from tests.studio.leaderboard.made_up import HOSTILE, REASON, made_up_board

VOID = {"meta", "link", "img", "br", "rect", "line"}


class Read(HTMLParser):
    """The elements of a page in order, each with its attributes, and whatever is not closed as it was opened."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.within: list[list[str]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.within.append([*self.open])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.within.append([*self.open])

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [about for name, about in self.found if name == tag]


@pytest.fixture(scope="module")
def page() -> str:
    return page_of(made_up_board(), {"kind": "leaderboard", "sets": [HOSTILE]})


def test_it_is_well_formed_and_needs_nothing_else(page: str) -> None:
    read = Read(page)
    assert (read.wrong, read.open) == ([], [])
    links = [about[name] or "" for _, about in read.found for name in ("src", "href") if name in about]
    assert all(link.startswith(("#", "data:")) for link in links)
    assert "url(" not in page
    assert "@import" not in page
    targets = {about["id"] for _, about in read.found if "id" in about}
    assert {link[1:] for link in links if link.startswith("#")} <= targets


def test_every_table_and_drawing_can_be_understood_without_sight(page: str) -> None:
    read = Read(page)
    assert all(about.get("scope") in ("col", "row") for about in read.of("th"))
    assert page.count("<svg") == page.count('<svg class="bar"') + 3
    assert page.count("<svg") == page.count("<title>") - 1
    buttons = [within for (tag, _), within in zip(read.found, read.within, strict=True) if tag == "button"]
    assert buttons
    assert all(within[-1] == "th" and "thead" in within for within in buttons)


def test_names_are_never_markup(page: str) -> None:
    read = Read(page)
    assert HOSTILE not in page
    assert len(read.of("script")) == 2
    assert page.count("</script>") == 2
    record = page.split('id="likeness">')[1].split("</script>", maxsplit=1)[0]
    assert json.loads(record)["sets"] == [HOSTILE]


def test_what_was_not_measured_says_why(page: str) -> None:
    assert page.count(REASON) == 2
    assert 'data-value="">not measured' in page
    assert "chance 50 %" in page


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [(0.5, "", "50 %"), (0.001, "", "0.1 %"), (0.25, "cosine", "0.250"), (3, "years", "3.0 years")],
)
def test_numbers(value: float, unit: str, words: str) -> None:
    assert number(value, unit) == words


def test_an_interval_has_one_unit() -> None:
    assert interval(Figure(name="a", title="a", value=0.5, low=0.4, high=0.6)) == "40 to 60 %"
    assert interval(Figure(name="a", title="a", value=0.5)) == ""


def test_files_say_how_they_were_made_and_the_document_has_a_sheet_for_each_leak_and_set(tmp_path: Path) -> None:
    files = write_board(made_up_board(), tmp_path, ["evaluate", "leaderboard"])
    assert {one.name for one in files} == {
        *("leaderboard.html", "leaderboard.html.json", "leaderboard.pdf", "leaderboard.json"),
    }
    assert all(one.stat().st_mode & 0o077 == 0 for one in files)
    for name in ("leaderboard.html", "leaderboard.pdf"):
        assert read_provenance(tmp_path / name)["kind"] == "leaderboard"
    sheets = PdfReader(io.BytesIO((tmp_path / "leaderboard.pdf").read_bytes())).pages
    assert len(sheets) == 2 * 2 + 1
    assert "Type II" in "".join(one.extract_text() for one in sheets)
