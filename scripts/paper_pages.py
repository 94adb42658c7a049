"""Draw the papers' pages: where each equation, table and figure is made here, and how near it comes.

    python -m scripts.paper_pages            write docs/papers/*.md again
    python -m scripts.paper_pages --count    how many items there are, and how many have no code
    python -m scripts.paper_pages --open     those that have none, one a line

A paper is `docs/papers/NAME.toml`, an `Item` for everything that it numbers or names. Measured figures are read from
benchmarks/results, so that a page says what was measured last. `faults` says in what a file is wrong.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

ROOT = Path(__file__).resolve().parents[1]
PAPERS, RESULTS = ROOT / "docs" / "papers", ROOT / "benchmarks" / "results"
ORDER = ("thesis-li-2024", "id2image-2023", "deep-face-decoder", "diffuse-2024", "vec2face-v2")
# What is to come, by the names that `plan` may give.
PLANS = (
    "the embedding laboratory",
    "synthetic people",
    "learnt alignment",
    "debiased encoders",
    "a latent space with handles",
    "Vec2Face",
)
# Docks and actions stand in the window's own table; what lies in the middle of it is none of the docks.
CENTRE = {"inversion": "Inversion"}

_INTRODUCTION = """# The papers, item by item

Every equation, table and figure of the papers that this program implements: the function, the command and the panel
that make it, the figure that is measured here beside the paper's, and where the paper slips.

An item without a mark is here. *planned* has no code yet, or parts of it, and is named by what brings it. *missing* is
neither here nor planned. *left out* says why. Functions are of the package `explorer`. What is measured lies in
`benchmarks/results`, with a 95 % interval in brackets; `missed.md` there says what was not reached, and what was tried.

The pages are drawn from the `.toml` beside each by `python -m scripts.paper_pages`, which also checks them."""

Status = Literal["done", "planned", "open", "out of scope"]
_STATES: dict[Status, str] = {"done": "here", "planned": "planned", "open": "missing", "out of scope": "left out"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Result(_Strict):
    """A measured figure beside the paper's.

    what: is measured, and on what. theirs: as they print it, with unit, or "" where they have none.
    ours: "FILE:KEY/KEY/..." of a number in benchmarks/results, or of a mapping with `value`, `low`, `high` or with
        `mean`, `interval`; "" where it is not measured here yet.
    show: a format for the number.
    """

    what: str
    theirs: str = ""
    ours: str = ""
    show: str = "{:.3g}"


class Item(_Strict):
    """An equation, table, figure, method or experiment of a paper.

    id: its kind and number, as "eq. 4.4", "table 3.1" or "method 3.2.1". title: what it is, in our words.
    status: "done" has code; "planned" is named in `plan`; "open" has neither; "out of scope" has a `reason`.
    code: dotted names, "package.module:Class.method"; of what is planned, the parts that are here already.
    command: command lines that make it. panel: docks by their id, actions as "action:NAME".
    slip: where the paper slips, and what is done here. note: what else a reader has to know. missed: the heading of
    benchmarks/results/missed.md that says what was tried.
    """

    id: str
    title: str
    status: Status
    code: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    panel: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()
    slip: str = ""
    note: str = ""
    missed: str = ""
    plan: str = ""
    reason: str = ""

    @property
    def kind(self) -> str:
        """Its kind: "eq.", "table", "figure", "method", "experiment" or "idea"."""
        return self.id.partition(" ")[0]


class Section(_Strict):
    """A section of a paper, under a title in our words."""

    number: str
    title: str
    item: tuple[Item, ...] = ()


class Paper(_Strict):
    """A paper.

    short: its name here. cited: the reference. about: two sentences. counted: how its items were counted.
    numbered: by kind ("eq.", "table", "figure") the numbers that the paper gives, as "5.1-5.17" or "II".
    """

    short: str
    cited: str
    about: str
    counted: str
    numbered: dict[str, tuple[str, ...]]
    section: tuple[Section, ...] = Field(min_length=1)

    @property
    def items(self) -> tuple[Item, ...]:
        """All items, in the order of the paper."""
        return tuple(item for section in self.section for item in section.item)


def read_papers() -> dict[str, Paper]:
    """The papers by the names of their files, in the order of `ORDER`.

    Raises:
        pydantic.ValidationError: a file has a field that is not known, or lacks one.
    """
    return {
        name: Paper.model_validate(tomllib.loads((PAPERS / f"{name}.toml").read_text(encoding="utf-8")))
        for name in ORDER
        if (PAPERS / f"{name}.toml").exists()
    }


def count(papers: dict[str, Paper]) -> dict[str, int]:
    """The headline: how many items there are, and how many of them have no code though they belong here."""
    states = Counter(item.status for paper in papers.values() for item in paper.items)
    return {"paper_items": states.total(), "paper_items_without_code": states["planned"] + states["open"]}


def faults(paper: Paper) -> list[str]:
    """What is wrong with a paper's items, a sentence each; none where all is well."""
    found = [f"{one}: is there {times} times" for one, times in Counter(i.id for i in paper.items).items() if times > 1]
    for kind, ranges in paper.numbered.items():
        expected = {f"{kind} {number}" for number in expanded(ranges)}
        given = {item.id for item in paper.items if item.kind == kind}
        found += [f"{one}: the paper has it, its file does not" for one in sorted(expected - given)]
        found += [f"{one}: the paper has no such number" for one in sorted(given - expected)]
    return found + [f"{item.id}: {fault}" for item in paper.items for fault in _faults(item)]


def _faults(item: Item) -> Iterator[str]:
    if item.status == "done" and not item.code:
        yield "is done, and no code is named"
    if (item.status == "planned") != bool(item.plan) or (item.plan and item.plan not in PLANS):
        yield f"plan {item.plan!r}: what is planned, and only that, names one of {', '.join(PLANS)}"
    if (item.status == "out of scope") != bool(item.reason):
        yield "what is left out, and only that, gives a reason"
    yield from (f"{name} is not in the code" for name in item.code if not is_defined(name))
    yield from (f"the window has no {name}" for name in item.panel if name not in window_titles())
    if item.missed and f"## {item.missed}" not in (RESULTS / "missed.md").read_text(encoding="utf-8").splitlines():
        yield f"missed.md has no heading {item.missed!r}"
    for result in item.results:
        try:
            measured(result)
        except (OSError, KeyError, TypeError, ValueError) as error:
            yield f"{result.ours} is not in benchmarks/results ({type(error).__name__}: {error})"


def expanded(ranges: Sequence[str]) -> list[str]:
    """Numbers of ranges: "5.1-5.3" is 5.1, 5.2, 5.3; what is no range is itself."""
    numbers = []
    for one in ranges:
        first, _, last = one.partition("-")
        chapter, _, start = first.rpartition(".")
        dot = f"{chapter}." if chapter else ""
        end = last.rpartition(".")[2]
        numbers += [first] if not last else [f"{dot}{number}" for number in range(int(start), int(end) + 1)]
    return numbers


def is_defined(dotted: str) -> bool:
    """Whether "package.module:Class.method" is there, by reading the file: nothing is imported."""
    module, _, name = dotted.partition(":")
    path = ROOT.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if not file.is_file():
        return False
    body: Sequence[ast.stmt] = _parsed(file).body
    for part in filter(None, name.split(".")):
        inside = next((one for one in body if part in _names(one)), None)
        if inside is None:
            return False
        body = inside.body if isinstance(inside, ast.ClassDef) else ()
    return True


def _names(statement: ast.stmt) -> list[str]:
    """The names that a statement defines."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    targets = [statement.target] if isinstance(statement, ast.AnnAssign) else getattr(statement, "targets", [])
    return [target.id for target in targets if isinstance(target, ast.Name)]


@cache
def _parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def window_titles() -> dict[str, str]:
    """Titles of what the window has, by the words of `panel`: read off its tables without opening it."""
    titles = dict(CENTRE)
    for file in sorted((ROOT / "explorer" / "ui").rglob("*.py")):
        if not re.search(r"\b(Dock|Action)Spec\(", file.read_text(encoding="utf-8")):
            continue
        for call in ast.walk(_parsed(file)):
            spec = getattr(call.func, "id", "") if isinstance(call, ast.Call) else ""
            if isinstance(call, ast.Call) and spec in {"DockSpec", "ActionSpec"}:
                said = [str(one.value) for one in call.args[:2] if isinstance(one, ast.Constant)]
                if len(said) == 2:
                    titles[f"{'' if spec == 'DockSpec' else 'action:'}{said[0]}"] = said[1].rstrip("…")
    return titles


def measured(result: Result) -> str:
    """What was measured here, with its interval where there is one; "" where it is not measured.

    Raises:
        OSError, KeyError, TypeError, ValueError: there is no such number.
    """
    if not result.ours:
        return ""
    name, _, key = result.ours.partition(":")
    value: Any = _results(name)
    for part in key.split("/"):
        value = value[part]
    if not isinstance(value, dict):
        return _shown(result, float(value))
    middle = value["value"] if "value" in value else value["mean"]
    low, high = (value["low"], value["high"]) if "low" in value else value["interval"]
    return f"{_shown(result, middle)} ({_shown(result, low)} to {_shown(result, high)})"


def _shown(result: Result, number: float) -> str:
    return re.sub(r"(?<=\d)%", " %", result.show.format(number))


@cache
def _results(name: str) -> Any:
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def render(paper: Paper) -> str:
    """The page of a paper, as Markdown."""
    lines = [f"# {paper.short}", "", paper.cited, "", paper.about, "", _summary(paper.items), "", paper.counted, ""]
    for section in paper.section:
        lines += [f"## {section.number} {section.title}".rstrip(), "", *_table(section.item), ""]
        lines += [*_beside(section.item), *_remarks(section.item)]
    return "\n".join(lines).rstrip() + "\n"


def _summary(items: Sequence[Item]) -> str:
    states = Counter(item.status for item in items)
    said = [f"{states[one]} {word}" for one, word in _STATES.items() if states[one]]
    return f"**{len(items)} items: {', '.join(said)}.**"


def _table(items: Sequence[Item]) -> list[str]:
    rows = ["| item | what it is | function | command, panel |", "|---|---|---|---|"]
    return rows + [f"| {' | '.join(map(_cell, _row(item)))} |" for item in items]


def _row(item: Item) -> tuple[str, ...]:
    state = f"planned: {item.plan}" if item.plan else _STATES[item.status]
    name = f"**{item.id}**" if item.status == "done" else f"**{item.id}**<br>*{state}*"
    code = "<br>".join(f"`{one.removeprefix('explorer.')}`" for one in item.code)
    made = [f"`{command}`" for command in item.command]
    made += [f"*{window_titles()[one]}*" for one in item.panel]
    return name, item.title, code, "<br>".join(made)


def _beside(items: Sequence[Item]) -> list[str]:
    rows = [(item.id, result) for item in items for result in item.results]
    if not rows:
        return []
    lines = ["| beside the paper | measured | paper | here | file |", "|---|---|---|---|---|"]
    for name, result in rows:
        cells = (name, result.what, result.theirs or "not given", measured(result) or "not yet", _source(result))
        lines.append(f"| {' | '.join(map(_cell, cells))} |")
    return [*lines, ""]


def _source(result: Result) -> str:
    name = result.ours.partition(":")[0]
    return f"`{name}.json`" if name else ""


def _remarks(items: Sequence[Item]) -> list[str]:
    lines = []
    for item in items:
        lines += [f"- **{item.id}**, the paper slips: {item.slip}"] if item.slip else []
        lines += [f"- **{item.id}**: {item.note}"] if item.note else []
        lines += [f"- **{item.id}**, left out: {item.reason}"] if item.reason else []
        lines += [f"- **{item.id}**, what was missed: `missed.md`, *{item.missed}*."] if item.missed else []
    return [*lines, ""] if lines else []


def _cell(text: str) -> str:
    """Text as it may stand in a cell."""
    return text.replace("|", "\\|").replace("\n", " ").strip()


def index(papers: dict[str, Paper]) -> str:
    """The page that leads to the others."""
    lines = [
        *_INTRODUCTION.splitlines(),
        "",
        f"| paper | items | {' | '.join(_STATES.values())} |",
        f"|---|{'---:|' * (len(_STATES) + 1)}",
    ]
    for name, paper in papers.items():
        states = Counter(item.status for item in paper.items)
        numbers = " | ".join(str(states[one]) for one in _STATES)
        lines.append(f"| [{paper.short}]({name}.md) | {len(paper.items)} | {numbers} |")
    return "\n".join(lines) + "\n"


def pages(papers: dict[str, Paper]) -> dict[Path, str]:
    """Every page by its path."""
    return {PAPERS / f"{name}.md": render(paper) for name, paper in papers.items()} | {
        PAPERS / "index.md": index(papers)
    }


def main() -> None:
    """Check the papers, then write their pages or say what is asked for."""
    parser = argparse.ArgumentParser(description="Draw the papers' pages.")
    parser.add_argument("--count", action="store_true", help="how many items there are, and how many have no code")
    parser.add_argument("--open", action="store_true", help="items that have none")
    asked = parser.parse_args()
    papers = read_papers()
    wrong = [f"{name}: {fault}" for name, paper in papers.items() for fault in faults(paper)]
    if wrong:
        raise SystemExit("\n".join(wrong))
    if asked.count:
        print("\n".join(f"{name}: {number}" for name, number in count(papers).items()))
    elif asked.open:
        for name, paper in papers.items():
            for item in paper.items:
                if item.status in {"planned", "open"}:
                    print(f"{name}, {item.id}: {item.title} [{item.plan or 'not planned'}]")
    else:
        for path, page in pages(papers).items():
            path.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
