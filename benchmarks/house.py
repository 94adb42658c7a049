"""The order of the house: what knows what, what a panel costs, how fast it starts, how well it is tested.

    python -m benchmarks.house [structure panel start doctests ...]
        [--suite suite.xml] [--fast-suite fast.xml] [--coverage coverage.json]

Parts that are not named keep the figures they had; without names or reports all are measured. What the tests cover and
how long they take is read from what earlier runs left: `make test ARGS=--junitxml=suite.xml`, the same with FAST=1, and
the report of `coverage json`.
"""

from __future__ import annotations

import argparse
import doctest
import importlib
import inspect
import json
import pkgutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from benchmarks import window_start
from benchmarks.common import RESULTS, write_results
from benchmarks.house_graph import (
    ROOT,
    file_circles,
    folder_circles,
    layer_contracts,
    read_graph,
    upward_imports,
)
from benchmarks.house_panel import measure_panel

FIGURES = (
    "file_circles",
    "folder_circles",
    "upward_imports",
    "files_over_400_lines",
    "edits_for_a_panel",
    "import_seconds",
    "help_seconds",
    "window_seconds",
    "doctests",
    "coverage_percent",
    "suite_seconds",
    "fast_suite_seconds",
)
LONGEST = 400  # lines of a file
IMPORTS, HELPS, WINDOWS = 5, 7, 5  # how often each is started; the median counts
WRITTEN_ANEW = {"machine", "versions", "commit", "headline"}

Measured = tuple[dict[str, float], dict[str, Any]]


def structure() -> Measured:
    """Circles, imports against the layers, lines."""
    graph, with_types = read_graph(), read_graph(type_checking=True)
    files, folders = file_circles(graph), folder_circles(graph)
    files_of_types, folders_of_types = file_circles(with_types), folder_circles(with_types)
    upward = upward_imports(graph, layer_contracts())
    counted = lines_of(ROOT / "explorer")
    long = {name: lines for name, lines in counted.items() if lines > LONGEST}
    headline: dict[str, float] = {
        "file_circles": len(files),
        "folder_circles": len(folders),
        "upward_imports": len(upward),
        "files_over_400_lines": len(long),
    }
    return headline, {
        "modules": len(graph.modules),
        "imports": graph.count_imports(),
        "circles_of_files": files,
        "circles_of_folders": folders,
        "imports_upward": [f"{importer} -> {imported}" for importer, imported in upward],
        "with_imports_of_types": {
            "file_circles": len(files_of_types),
            "folder_circles": len(folders_of_types),
            "circles_of_files": files_of_types,
            "circles_of_folders": folders_of_types,
        },
        "lines": lines_by_ring(counted),
        "long_files": long,
    }


def panel() -> Measured:
    """Existing files that a new panel with a slice of the session changes."""
    cost = measure_panel()
    changed = {name: f"+{more} -{less}" for name, (more, less) in cost.changed.items()}
    return {"edits_for_a_panel": cost.edits}, {"panel": {"changed": changed, "added": list(cost.added)}}


def start() -> Measured:
    """Seconds until the package is imported, the help is printed, the window is painted; medians on a warm cache."""
    times = {
        "import_seconds": [import_seconds() for _ in range(IMPORTS + 1)][1:],
        "help_seconds": [help_seconds() for _ in range(HELPS + 1)][1:],
        "window_seconds": window_start.measure(WINDOWS),
    }
    rounded = {name: [round(one, 4) for one in some] for name, some in times.items()}
    return {name: statistics.median(some) for name, some in times.items()}, {"starts": rounded}


def doctests() -> Measured:
    """Public names of the interface and of science's packages whose docstring holds an example."""
    names = public_names()
    without = sorted(name for name, value in names.items() if not examples(name, value))
    about = {"public_names": len(names), "without_example": without}
    return {"doctests": len(names) - len(without)}, {"documentation": about}


PARTS: dict[str, Callable[[], Measured]] = {
    "structure": structure,
    "panel": panel,
    "start": start,
    "doctests": doctests,
}


def lines_of(folder: Path) -> dict[str, int]:
    """Return the lines of every Python file in a folder, by its path in it."""
    return {
        path.relative_to(folder).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in sorted(folder.rglob("*.py"))
    }


def lines_by_ring(counted: dict[str, int]) -> dict[str, int]:
    """Sum lines up by the folder that a file lies in; files outside of any come as "top", everything as "all"."""
    sums: dict[str, int] = {}
    for name, lines in counted.items():
        ring = name.split("/")[0] if "/" in name else "top"
        sums[ring] = sums.get(ring, 0) + lines
    return {**sums, "all": sum(sums.values())}


def import_seconds() -> float:
    """Import the package in a process of its own; return what Python itself measured for it and all that it imports."""
    command = [sys.executable, "-X", "importtime", "-c", "import explorer"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stderr
    return imported_in(said, "explorer")


def imported_in(said: str, package: str) -> float:
    """Read the cumulative seconds of a package from what `python -X importtime` says.

    Raises:
        ValueError: the package is not in it.
    """
    for line in said.splitlines():
        columns = line.removeprefix("import time:").split("|")
        if len(columns) == 3 and columns[2].strip() == package:
            return int(columns[1]) / 1e6
    raise ValueError(f"{package} was not imported")


def help_seconds() -> float:
    """Seconds from the start of `likeness --help` to its end, in a process of its own."""
    command = [sys.executable, "-m", "explorer.launch", "--help"]
    begun = time.perf_counter()
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


def public_names(package: str = "explorer") -> dict[str, object]:
    """Return what `package.api` and each package of `package.science` list in `__all__`; each thing under one name."""
    found: dict[int, tuple[str, object]] = {}
    for module in map(importlib.import_module, _public_modules(package)):
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name)
            found.setdefault(id(value), (f"{module.__name__}.{name}", value))
    return dict(found.values())


def examples(name: str, value: object) -> int:
    """How many examples the docstrings of something and of its members hold."""
    if not (inspect.isclass(value) or inspect.isroutine(value) or inspect.ismodule(value)):
        return 0  # a constant or an alias has no docstring of its own
    return sum(len(test.examples) for test in doctest.DocTestFinder().find(value, name))


def suite_run(report: Path, name: str) -> Measured:
    """Read a run of pytest from its junit report: `NAME_seconds`, and how many tests there were.

    Raises:
        ValueError: a test failed in it.
    """
    (run,) = ElementTree.parse(report).getroot().iter("testsuite")
    counts = {key: int(run.attrib[key]) for key in ("tests", "failures", "errors", "skipped")}
    failed = counts["failures"] + counts["errors"]
    if failed:
        raise ValueError(f"{report.name} is of a run in which {failed} of {counts['tests']} tests failed")
    return {f"{name}_seconds": float(run.attrib["time"])}, {name: counts}


def coverage(report: Path) -> Measured:
    """Read the share of lines that tests run from the report of `coverage json`."""
    totals = json.loads(report.read_text(encoding="utf-8"))["totals"]
    about = {key: totals[key] for key in ("num_statements", "covered_lines", "missing_lines")}
    return {"coverage_percent": float(totals["percent_covered"])}, {"coverage": about}


def merge(headline: dict[str, float], details: dict[str, Any]) -> None:
    """Write figures into the results beside those of the other parts."""
    path = RESULTS / "house.json"
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    others = {name: value for name, value in before.items() if name not in WRITTEN_ANEW}
    figures = {**before.get("headline", {}), **headline}
    ordered = {name: figures[name] for name in FIGURES if name in figures}
    write_results("house", ordered, **{**others, **details})


def main() -> None:
    """Measure the parts that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all by default")
    parser.add_argument("--suite", type=Path, help="junit report of the whole suite")
    parser.add_argument("--fast-suite", type=Path, help="junit report of the fast suite")
    parser.add_argument("--coverage", type=Path, help="report of `coverage json`")
    chosen = parser.parse_args()
    unknown = [name for name in chosen.parts if name not in PARTS]
    if unknown:
        parser.error(f"there is no part {unknown[0]}; there are {', '.join(PARTS)}")
    reports: list[Callable[[], Measured]] = []
    if chosen.suite:
        reports.append(lambda: suite_run(chosen.suite, "suite"))
    if chosen.fast_suite:
        reports.append(lambda: suite_run(chosen.fast_suite, "fast_suite"))
    if chosen.coverage:
        reports.append(lambda: coverage(chosen.coverage))
    named = chosen.parts or ([] if reports else list(PARTS))
    headline: dict[str, float] = {}
    details: dict[str, Any] = {}
    for measure in (*(PARTS[name] for name in named), *reports):
        figures, about = measure()
        headline |= figures
        details |= about
    merge(headline, details)


def _public_modules(package: str) -> Iterator[str]:
    root = importlib.import_module(package)
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        if found.name == f"{package}.api" or (found.ispkg and found.name.startswith(f"{package}.science")):
            yield found.name


if __name__ == "__main__":
    main()
