"""What the documentation site shows that does not lie under `docs/`: a hook of MkDocs, named in mkdocs.yml.

Built-in help, the networks' terms, what was missed and the changelog are the files that the program and the repository
have, not copies. The command line's pages are made of the commands themselves, the library's of what each package lists
as public, the notebooks' of the notebooks. None of them is written down a second time, so none can grow old.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from scripts.command_pages import command_pages
from scripts.notebook_pages import notebook_pages

ROOT = Path(__file__).resolve().parents[1]
HELP = ROOT / "resources" / "help"
# By their place in the site.
SHARED = {
    "networks.md": ROOT / "models" / "README.md",
    "missed.md": ROOT / "benchmarks" / "results" / "missed.md",
    "changelog.md": ROOT / "CHANGELOG.md",
    "images/icon.svg": ROOT / "resources" / "icons" / "likeness.svg",
}
# Panels that are read first, in this order; the others follow by name.
FIRST = ("inversion", "faces", "embedding", "objective", "probe", "3d_face")

_REFERENCE = """# {name}

::: {name}
    options:
      members: [{members}]
      show_if_no_docstring: true
"""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the names of generated pages where the navigation has the name of their folder."""
    folders: dict[str, Callable[[], list[str]]] = {
        "help": lambda: [f"help/{path.name}" for path in help_pages()],
        "commands": lambda: sorted(command_pages(), key=lambda page: (page != "commands/index.md", page)),
        "notebooks": lambda: list(notebook_pages()),
        "reference": lambda: list(reference_pages()),
    }
    config.nav = _filled(config.nav, folders)
    return config


def _filled(nav: Any, folders: dict[str, Callable[[], list[str]]]) -> Any:
    if isinstance(nav, list):
        return [_filled(one, folders) for one in nav]
    if isinstance(nav, dict):
        return {title: _filled(one, folders) for title, one in nav.items()}
    return folders[nav]() if nav in folders else nav


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages and pictures that lie elsewhere, and those that are made."""
    lying = SHARED | {f"help/{path.name}": path for path in help_pages()}
    for place, path in lying.items():
        files.append(File.generated(config, place, abs_src_path=str(path)))
    made = command_pages() | notebook_pages() | reference_pages()
    for place, text in made.items():
        files.append(File.generated(config, place, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """The window's help names pages without a suffix, as its browser asks for topics: `[Probe](probe)`."""
    if not page.file.src_uri.startswith("help/"):
        return markdown
    return re.sub(r"\]\((\w+)\)", r"](\1.md)", markdown)


def help_pages() -> list[Path]:
    """The files of the window's help, in the order of the site."""
    found = {path.stem: path for path in sorted(HELP.glob("*.md"))}
    return [found[name] for name in dict.fromkeys((*FIRST, *found))]


def reference_pages() -> dict[str, str]:
    """A page for `explorer` and for each package of the science, by its place in the site."""
    named = {"explorer.api": ROOT / "explorer" / "api.py"} | dict(_packages())
    return {
        f"reference/{name}.md": _REFERENCE.format(name=name, members=", ".join(public_names(path)))
        for name, path in named.items()
    }


def _packages() -> Iterator[tuple[str, Path]]:
    for stub in sorted((ROOT / "explorer" / "science").rglob("__init__.pyi")):
        yield ".".join(stub.relative_to(ROOT).parent.parts), stub


def public_names(path: Path) -> list[str]:
    """What a module or its stub lists in `__all__`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    listed = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets)
    ]
    return list(ast.literal_eval(listed[-1]))
