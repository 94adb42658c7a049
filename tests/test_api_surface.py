"""The public names and their signatures are those written down, so that no change of them goes unseen.

Where a change is meant, write them down anew: python -m tests.test_api_surface
"""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

import explorer.science

WRITTEN = Path(__file__).parent / "data" / "api_surface.txt"
ANEW = "python -m tests.test_api_surface"


def surface() -> str:
    """A line a public name, and one for each public method, property and field of its own."""
    found = pkgutil.walk_packages(explorer.science.__path__, "explorer.science.")
    packages = ["explorer.api", "explorer.science", *(module.name for module in found if module.ispkg)]
    lines: list[str] = []
    for package in map(importlib.import_module, sorted(packages)):
        for name in sorted(package.__all__):
            lines += described(f"{package.__name__}.{name}", getattr(package, name))
    return "\n".join(lines) + "\n"


def described(title: str, value: object) -> Iterator[str]:
    if not inspect.isclass(value):
        yield f"{title}{signature(value)}" if callable(value) else f"{title}: {type(value).__name__}"
        return
    yield f"class {title}{'' if fields_of(value) else signature(value)}"
    for name, annotation in fields_of(value).items():
        yield f"    {name}: {annotation}"
    for name, member in sorted(vars(value).items()):
        if name.startswith("_") or name in fields_of(value) or name == "model_config":
            continue
        if isinstance(member, property):
            yield f"    {name} -> {member.fget.__annotations__.get('return', '?')}"
        elif callable(member) or isinstance(member, classmethod | staticmethod):
            yield f"    {name}{signature(getattr(value, name))}"


def fields_of(kind: type) -> dict[str, str]:
    """Fields of a configuration or data class, as its source annotates them; "= ..." where one may be left out."""
    if issubclass(kind, BaseModel):
        left_out = {name for name, field in kind.model_fields.items() if not field.is_required()}
    elif dataclasses.is_dataclass(kind):
        missing = dataclasses.MISSING
        fields = dataclasses.fields(kind)
        left_out = {f.name for f in fields if f.default is not missing or f.default_factory is not missing}
    else:
        return {}
    own = {name: annotation for name, annotation in kind.__annotations__.items() if not name.startswith("_")}
    return {name: f"{annotation}{' = ...' if name in left_out else ''}" for name, annotation in own.items()}


class Plain:
    """Shown in a signature as it is written."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def signature(value: object) -> str:
    """As the source has it, but for defaults that are no plain values."""
    # An exception's own signature says nothing that is ours.
    if inspect.isclass(value) and issubclass(value, Exception):
        return ""
    found = inspect.signature(value)
    parameters = [
        parameter.replace(
            annotation=shown(parameter.annotation),
            default=default_of(parameter),
        )
        for parameter in found.parameters.values()
    ]
    returned = "" if inspect.isclass(value) else f" -> {shown(found.return_annotation)!r}"
    return f"{found.replace(parameters=parameters, return_annotation=inspect.Signature.empty)}{returned}"


def default_of(parameter: inspect.Parameter) -> object:
    given = parameter.default
    return given if given is parameter.empty or isinstance(given, str | int | float | None) else Plain("...")


def shown(annotation: object) -> object:
    return Plain(annotation) if isinstance(annotation, str) else annotation


def test_the_public_surface_is_the_one_written_down() -> None:
    now, before = surface(), WRITTEN.read_text(encoding="utf-8")
    difference = difflib.unified_diff(before.splitlines(), now.splitlines(), "written down", "now", lineterm="", n=1)
    assert now == before, "\n".join(["the public surface has changed; where that is meant: " + ANEW, *difference])


if __name__ == "__main__":
    WRITTEN.write_text(surface(), encoding="utf-8")
