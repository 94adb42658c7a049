"""The house's benchmark counts circles, imports against the layers, and the files that a panel changes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import common, house, house_panel
from benchmarks.house_graph import circles, file_circles, folder_circles, layer_contracts, read_graph, upward_imports

# Two files that know each other, one of them inside a function; two folders that know each other by files that do not;
# a file that knows another for its types only, and is known by it.
MODULES = {
    "__init__": "",
    "low/__init__": "",
    "low/first": "from {name}.low import second\n",
    "low/second": "def later():\n    from {name}.low import first\n    return first\n",
    "low/third": "from {name}.high import fourth\n",
    "high/__init__": "",
    "high/fourth": "",
    "high/fifth": "from {name}.low import first, sixth\n",
    "low/sixth": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from {name}.low import seventh\n",
    "low/seventh": "from {name}.low import sixth\n",
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"made_up_{tmp_path.name.replace('-', '_')}"
    for module, text in MODULES.items():
        file = tmp_path / name / f"{module}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.format(name=name))
    monkeypatch.syspath_prepend(tmp_path)
    return name


def test_circles_are_groups_in_which_each_reaches_every_other() -> None:
    edges = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": {"e"}, "e": {"d"}, "f": {"a"}, "g": {"g"}, "h": {"nowhere"}}
    assert circles(edges) == [["a", "b", "c"], ["d", "e"]]
    assert circles({name: set() for name in edges}) == []
    assert circles({}) == []


def test_imports_inside_functions_count_and_those_of_types_only_where_asked(package: str) -> None:
    assert file_circles(read_graph(package)) == [[f"{package}.low.first", f"{package}.low.second"]]
    found = file_circles(read_graph(package, type_checking=True))
    assert [f"{package}.low.seventh", f"{package}.low.sixth"] in found
    assert len(found) == 2


def test_folders_are_in_a_circle_though_no_two_of_their_files_are(package: str) -> None:
    assert folder_circles(read_graph(package), package) == [[f"{package}.high", f"{package}.low"]]
    assert folder_circles(read_graph(package), f"{package}.low") == []  # a circle of files is not one of folders


def test_imports_against_the_layers_are_found_in_full_and_in_containers(package: str) -> None:
    graph = read_graph(package)
    upward = [(f"{package}.low.third", f"{package}.high.fourth")]
    assert upward_imports(graph, [{"layers": [f"{package}.high", f"{package}.low"]}]) == upward
    assert upward_imports(graph, [{"layers": ["high", "(absent)", "low"], "containers": [package]}]) == upward
    assert upward_imports(graph, [{"layers": ["high", "low"], "containers": [f"{package}.nowhere"]}]) == []
    assert len(upward_imports(graph, [{"layers": ["low", "high"], "containers": [package]}])) == 2
    assert len(upward_imports(graph, [{"layers": ["low | high"], "containers": [package]}])) == 3
    assert upward_imports(graph, [{"layers": ["low : high"], "containers": [package]}]) == []


def test_the_order_of_the_layers_is_the_contracts(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text(
        '[[tool.importlinter.contracts]]\nname = "a"\ntype = "layers"\nlayers = ["x", "y"]\n'
        '[[tool.importlinter.contracts]]\nname = "b"\ntype = "forbidden"\n'
    )
    assert [contract["layers"] for contract in layer_contracts(file)] == [["x", "y"]]
    rings = next(
        [layer.partition(" ")[0] for layer in one["layers"]]
        for one in layer_contracts()
        if "explorer.science" in one["layers"]
    )
    assert rings.index("explorer.ui") < rings.index("explorer.studio") < rings.index("explorer.science")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository with a table in it."""
    root = tmp_path / "repository"
    (root / "tests").mkdir(parents=True)
    (root / "table.py").write_text("FEATURES = (\n    # features\n)\n")
    (root / "tests" / "test_law.py").write_text(
        "from pathlib import Path\n\ndef test_law():\n    assert 'panel' in Path('table.py').read_text()\n"
    )
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    return root


@pytest.mark.slow
def test_a_panel_costs_the_existing_files_that_it_changes_and_leaves_the_tree_alone(tree: Path) -> None:
    files = {"panel/state.py": "", "panel/view.py": "x = 1\n"}
    lines = (("table.py", "# features", '    "panel",'),)
    cost = house_panel.measure_panel(files, lines, ("tests",), tree)
    assert cost.changed == {"table.py": (1, 0)}
    assert set(cost.added) == set(files)
    assert cost.edits == 1
    assert "panel" not in (tree / "table.py").read_text()
    trees = subprocess.run(["git", "worktree", "list"], cwd=tree, capture_output=True, text=True, check=True).stdout
    assert len(trees.splitlines()) == 1
    with pytest.raises(RuntimeError, match="law"):
        house_panel.measure_panel(files, (), ("tests",), tree)


def test_a_panel_that_does_not_fit_the_tree_is_refused(tree: Path) -> None:
    with pytest.raises(FileExistsError):
        house_panel.measure_panel({"table.py": ""}, (), (), tree)
    for marker in ("# nowhere", ""):
        with pytest.raises(ValueError, match=r"table\.py has 0 lines"):
            house_panel.add_panel(tree, {}, (("table.py", marker, ""),))
    (tree / "table.py").write_text("# features\n# features\n")
    with pytest.raises(ValueError, match="2 lines"):
        house_panel.add_panel(tree, {}, (("table.py", "# features", ""),))


def test_the_files_of_the_panel_are_named_by_their_place_in_the_tree(tmp_path: Path) -> None:
    (tmp_path / "explorer" / "ui").mkdir(parents=True)
    (tmp_path / "explorer" / "ui" / "panel.py.txt").write_text("x = 1\n")
    assert house_panel.panel_files(tmp_path) == {"explorer/ui/panel.py": "x = 1\n"}
    with pytest.raises(FileNotFoundError):
        house_panel.panel_files(tmp_path / "nowhere")


def test_the_time_of_an_import_is_read_with_all_that_it_imports() -> None:
    command = [sys.executable, "-X", "importtime", "-c", "import json"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    assert house.imported_in(said, "json") >= house.imported_in(said, "json.decoder") > 0
    with pytest.raises(ValueError, match="was not imported"):
        house.imported_in(said, "jso")


def test_examples_are_counted_in_members_too_and_constants_have_none() -> None:
    def bare() -> None:
        """Nothing to see."""

    class Shown:
        """A class."""

        def method(self) -> None:
            """Do it.

            >>> 1 + 1
            2
            """

    assert (house.examples("bare", bare), house.examples("Shown", Shown), house.examples("x", 3)) == (0, 1, 0)


def test_public_names_are_those_listed_and_each_counts_once() -> None:
    names = house.public_names()
    assert "explorer.science.inversion.terms.default_weights" in names
    assert len({id(value) for value in names.values()}) == len(names)


def test_lines_are_summed_up_by_ring(tmp_path: Path) -> None:
    for name, lines in (("a.py", 1), ("ui/b.py", 2), ("ui/c/d.py", 3), ("ui/e.txt", 9)):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x\n" * lines)
    assert house.lines_by_ring(house.lines_of(tmp_path)) == {"top": 1, "ui": 5, "all": 6}


def report(path: Path, failures: int = 0) -> Path:
    counts = f'tests="5" failures="{failures}" errors="0" skipped="1" time="12.5"'
    path.write_text(f'<?xml version="1.0"?><testsuites><testsuite name="pytest" {counts}></testsuite></testsuites>')
    return path


def test_reports_of_the_suite_come_beside_what_was_measured_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in (common, house):
        monkeypatch.setattr(module, "RESULTS", tmp_path)
    monkeypatch.setitem(house.PARTS, "panel", lambda: ({"edits_for_a_panel": 2}, {"panel": {"added": []}}))
    covered = {"percent_covered": 91.25, "num_statements": 80, "covered_lines": 73, "missing_lines": 7}
    (tmp_path / "coverage.json.txt").write_text(json.dumps({"totals": covered}))
    given = {"--suite": report(tmp_path / "suite.xml"), "--fast-suite": report(tmp_path / "fast.xml")}
    options = [str(part) for pair in given.items() for part in pair]
    monkeypatch.setattr(sys, "argv", ["house", *options, "--coverage", str(tmp_path / "coverage.json.txt")])
    house.main()
    monkeypatch.setattr(sys, "argv", ["house", "panel"])
    house.main()
    found = json.loads((tmp_path / "house.json").read_text())
    assert found["headline"] == {
        "edits_for_a_panel": 2,
        "coverage_percent": 91.25,
        "suite_seconds": 12.5,
        "fast_suite_seconds": 12.5,
    }
    assert list(found["headline"]) == [name for name in house.FIGURES if name in found["headline"]]
    assert found["suite"] == {"tests": 5, "failures": 0, "errors": 0, "skipped": 1}
    assert found["panel"] == {"added": []}
    capsys.readouterr()


def test_a_run_that_failed_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="1 of 5 tests failed"):
        house.suite_run(report(tmp_path / "suite.xml", failures=1), "suite")
