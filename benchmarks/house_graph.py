"""What knows what: circles of files and of folders, and imports against the order of the layers.

Imports are read from the source by grimp, as import-linter reads them: those inside functions count. Imports that only
a type checker follows do not, as in the contracts of `pyproject.toml`, from which the order of the layers is taken.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import grimp
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

ROOT = Path(__file__).resolve().parents[1]
# How a contract writes layers that stand side by side: "a | b" may not import each other, "a : b" may.
_SIBLINGS = re.compile(r"[|:]")

Edges = Mapping[str, set[str]]
Import = tuple[str, str]


def read_graph(package: str = "explorer", *, type_checking: bool = False) -> grimp.ImportGraph:
    """Read a package's imports.

    Args:
        package: importable, and not yet changed on disk since it was first imported.
        type_checking: whether imports under `if TYPE_CHECKING:` count.
    """
    return grimp.build_graph(package, exclude_type_checking_imports=not type_checking, cache_dir=None)


def file_circles(graph: grimp.ImportGraph) -> list[list[str]]:
    """Return the groups of modules each of which reaches every other by imports, the largest first."""
    return circles({module: graph.find_modules_directly_imported_by(module) for module in graph.modules})


def folder_circles(graph: grimp.ImportGraph, root: str = "explorer") -> list[list[str]]:
    """Return the circles among siblings, at every level below a package; a folder stands for all that is in it.

    This is what the contract `acyclic_siblings` forbids, but for circles of files alone, which `file_circles` has.
    """
    found = []
    for package in sorted(module for module in graph.modules if _holds(root, module) and graph.find_children(module)):
        siblings = _sibling_imports(graph, package)
        found += [circle for circle in circles(siblings) if any(graph.find_children(one) for one in circle)]
    return sorted(found, key=len, reverse=True)


def circles(edges: Edges) -> list[list[str]]:
    """Return the strongly connected components of more than one node, sorted, the largest first."""
    names = sorted(edges)
    index = {name: position for position, name in enumerate(names)}
    pairs = [(index[start], index[end]) for start in names for end in edges[start] if end in index]
    rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
    matrix = csr_array((np.ones(len(pairs)), (rows, columns)), shape=(len(names), len(names)))
    _, labels = connected_components(matrix, directed=True, connection="strong")
    members = defaultdict(list)
    for name, label in zip(names, labels.tolist(), strict=True):
        members[label].append(name)
    return sorted((group for group in members.values() if len(group) > 1), key=len, reverse=True)


def upward_imports(graph: grimp.ImportGraph, contracts: list[dict[str, Any]]) -> list[Import]:
    """Return the imports, sorted, that lead from a layer to one above it, or to one beside it that it may not know.

    Args:
        contracts: as `layer_contracts` reads them; what they list as exceptions counts all the same.
    """
    found = set()
    for contract in contracts:
        for container in _containers(graph, contract):
            layers = [_members(layer, container) for layer in contract["layers"]]
            found |= {pair for pair in _imports(graph) if _is_upward(*pair, layers)}
    return sorted(found)


def layer_contracts(file: Path = ROOT / "pyproject.toml") -> list[dict[str, Any]]:
    """Return the contracts of import-linter that order layers, the highest layer first."""
    settings = tomllib.loads(file.read_text(encoding="utf-8"))
    listed = settings.get("tool", {}).get("importlinter", {}).get("contracts", [])
    return [contract for contract in listed if contract["type"] == "layers"]


def _sibling_imports(graph: grimp.ImportGraph, package: str) -> Edges:
    """What each child of a package, with all in it, imports of the other children."""
    children = graph.find_children(package)
    depth = package.count(".") + 2
    edges: dict[str, set[str]] = {child: set() for child in children}
    for start, end in _imports(graph):
        parts = tuple(".".join(module.split(".")[:depth]) for module in (start, end))
        if parts[0] != parts[1] and children.issuperset(parts):
            edges[parts[0]].add(parts[1])
    return edges


def _imports(graph: grimp.ImportGraph) -> Iterator[Import]:
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            yield module, imported


def _containers(graph: grimp.ImportGraph, contract: dict[str, Any]) -> list[str]:
    """The packages whose children a contract orders; "" where it names the layers in full."""
    named = contract.get("containers", [""])
    return sorted({found for one in named for found in (graph.find_matching_modules(one) if "*" in one else {one})})


def _members(layer: str, container: str) -> tuple[list[str], bool]:
    """The modules of one layer, and whether they may import each other."""
    names = [name.strip().strip("()") for name in _SIBLINGS.split(layer)]
    return [f"{container}.{name}" if container else name for name in names], "|" not in layer


def _is_upward(importer: str, imported: str, layers: list[tuple[list[str], bool]]) -> bool:
    start, end = _place(importer, layers), _place(imported, layers)
    if start is None or end is None:
        return False
    apart = start[0] == end[0] and start != end and not layers[start[0]][1]
    return end[0] < start[0] or apart


def _place(module: str, layers: list[tuple[list[str], bool]]) -> tuple[int, int] | None:
    """The layer of a module, from above, and which of its members it lies in."""
    for level, (members, _) in enumerate(layers):
        for position, member in enumerate(members):
            if _holds(member, module):
                return level, position
    return None


def _holds(package: str, module: str) -> bool:
    return module == package or module.startswith(f"{package}.")
