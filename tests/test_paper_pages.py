"""The papers' pages say what is so: names, commands, panels and figures exist, and no number of a paper is left out."""

from __future__ import annotations

import importlib
import json
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
import typer

from scripts import paper_pages
from scripts.paper_pages import ORDER, Item, Paper, Result, Section
from tests.command_lines import follow

READ = paper_pages.read_papers()
# Each command once, with an item that names it.
COMMANDS = {line: f"{name}, {item.id}" for name, paper in READ.items() for item in paper.items for line in item.command}
CODE = sorted({name for paper in READ.values() for item in paper.items for name in item.code})


def paper(*items: Item, **numbered: tuple[str, ...]) -> Paper:
    section = Section(number="1", title="A section", item=items)
    return Paper(short="P", cited="C", about="A", counted="N", numbered=numbered, section=(section,))


def test_every_paper_is_there() -> None:
    assert tuple(READ) == ORDER


@pytest.mark.parametrize("name", READ)
def test_a_paper_has_no_faults(name: str) -> None:
    """Unique ids, all numbers of the paper, code and panels that exist, figures that were measured."""
    assert paper_pages.faults(READ[name]) == []


def test_the_pages_are_what_is_drawn() -> None:
    for path, page in paper_pages.pages(READ).items():
        assert path.read_text(encoding="utf-8") == page, f"{path.name} is old: run python -m scripts.paper_pages"


def test_no_page_links_to_what_is_not_beside_it() -> None:
    beside = {path.name for path in paper_pages.PAPERS.glob("*.md")}
    for name, page in paper_pages.pages(READ).items():
        assert {link.split(")")[0] for link in page.split("](")[1:]} <= beside, name


@pytest.mark.slow
@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_is_one_of_the_command_line_with_its_options(line: str) -> None:
    try:
        follow(line)
    except typer.TyperException as error:
        pytest.fail(f"{COMMANDS[line]}: {error.format_message()}")


@pytest.mark.slow
@pytest.mark.parametrize("line", ["likeness fit PHOTO --no", "likeness evaluate no", "python -m benchmarks.no"])
def test_a_command_that_is_none_is_refused(line: str) -> None:
    with pytest.raises((typer.TyperException, AssertionError)):
        follow(line)


@pytest.mark.slow
def test_every_name_is_imported() -> None:
    for dotted in CODE:
        module, _, name = dotted.partition(":")
        found = importlib.import_module(module)
        assert not name or attrgetter(name)(found) is not None, dotted


def test_ranges_are_written_out() -> None:
    assert paper_pages.expanded(["5.9-5.11", "II", "3-4"]) == ["5.9", "5.10", "5.11", "II", "3", "4"]


def test_a_number_that_is_missing_twice_there_or_not_the_papers_is_a_fault() -> None:
    one = Item(id="table 1", title="T", status="open")
    other = Item(id="table 3", title="T", status="open")
    assert paper_pages.faults(paper(one, one, other, table=("1-2",))) == [
        "table 1: is there 2 times",
        "table 2: the paper has it, its file does not",
        "table 3: the paper has no such number",
    ]


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"status": "done"}, "no code is named"),
        ({"status": "planned"}, "names one of"),
        ({"status": "planned", "plan": "something else"}, "names one of"),
        ({"status": "open", "plan": "Vec2Face"}, "names one of"),
        ({"status": "out of scope"}, "gives a reason"),
        ({"status": "open", "code": ("explorer.science.errors:Nothing",)}, "is not in the code"),
        ({"status": "open", "code": ("explorer.nowhere",)}, "is not in the code"),
        ({"status": "open", "panel": ("nowhere",)}, "the window has no nowhere"),
        ({"status": "open", "missed": "Nothing"}, "no heading"),
        ({"status": "open", "results": (Result(what="W", ours="leakage:headline/nothing"),)}, "KeyError"),
        ({"status": "open", "results": (Result(what="W", ours="nothing:headline"),)}, "FileNotFoundError"),
    ],
)
def test_what_an_item_says_wrongly_is_a_fault(wrong: dict[str, Any], fault: str) -> None:
    (found,) = paper_pages.faults(paper(Item(id="figure 1", title="T", **wrong)))
    assert fault in found


def test_names_are_found_without_an_import() -> None:
    assert paper_pages.is_defined("scripts.paper_pages:Item.kind")
    assert paper_pages.is_defined("scripts.paper_pages:ORDER")
    assert paper_pages.is_defined("explorer.science")
    assert not paper_pages.is_defined("scripts.paper_pages:Item.nothing")


def test_docks_and_actions_are_read_off_the_window() -> None:
    titles = paper_pages.window_titles()
    assert titles["probe"] == "Probe"
    assert titles["action:export_fit_figure"] == "Export figure 5.16"


def test_the_headline_counts_what_is_planned_or_missing_as_without_code() -> None:
    states = [("done", {"code": ("explorer",)}), ("planned", {"plan": "Vec2Face"}), ("open", {})]
    items = [Item(id=f"figure {n}", title="T", status=state, **rest) for n, (state, rest) in enumerate(states)]
    left_out = Item(id="figure 9", title="T", status="out of scope", reason="R")
    counted = paper_pages.count({"P": paper(*items, left_out)})
    assert counted == {"paper_items": 4, "paper_items_without_code": 2}


def test_a_page_shows_figures_beside_the_papers_with_their_interval() -> None:
    result = Result(
        what="smiling", theirs="81.7 %", ours="leakage:probes/arcface-mbf/smiling/test/accuracy", show="{:.0%}"
    )
    page = paper_pages.render(paper(Item(id="table 1", title="T | U", status="open", results=(result,), slip="S.")))
    results = json.loads((Path(__file__).parents[1] / "benchmarks/results/leakage.json").read_text())
    told = results["probes"]["arcface-mbf"]["smiling"]["test"]["accuracy"]
    ours = f"{told['value']:.0%} ({told['low']:.0%} to {told['high']:.0%})".replace("%", " %")
    assert f"| table 1 | smiling | 81.7 % | {ours} | `leakage.json` |" in page
    assert "T \\| U" in page
    assert "- **table 1**, the paper slips: S." in page
