"""Command-line flags made from a configuration's fields, so that flags, bounds and help are written once."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer
from annotated_types import Ge, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from explorer.science.generation.registry import GENERATORS


def with_settings(
    model: type[BaseModel], panel: str | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command one flag for each field of a configuration that a flag can express.

    The command receives what the user gave as `settings`, a dict without what was left at its default. A field that it
    has a parameter of its own for gets no flag.

    Args:
        panel: under which heading of the help the flags stand; under the command's own where None.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own_parameters = inspect.signature(command).parameters
        fields = {
            name: field
            for name, field in model.model_fields.items()
            if _is_plain(field.annotation) and name not in own_parameters
        }

        def run(**given: Any) -> None:
            own = {name: value for name, value in given.items() if name not in fields}
            chosen = {name: given[name] for name in fields if given[name] is not None}
            command(**own, settings=chosen)

        flags = {name: _flag(name, field, panel) for name, field in fields.items()}
        hints = typing.get_type_hints(command, include_extras=True)
        parameters = [p for p in inspect.signature(command, eval_str=True).parameters.values() if p.name != "settings"]
        parameters += [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=flag)
            for name, flag in flags.items()
        ]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {name: hint for name, hint in hints.items() if name not in ("settings", "return")} | flags
        run.__doc__ = command.__doc__
        run.__name__ = command.__name__
        return run

    return decorate


def _plain_type(annotation: Any) -> Any:
    """The type behind an optional one."""
    if isinstance(annotation, types.UnionType):
        return next(part for part in annotation.__args__ if part is not types.NoneType)
    return annotation


def _is_plain(annotation: Any) -> bool:
    plain = _plain_type(annotation)
    return plain in (int, float, str, bool) or typing.get_origin(plain) is typing.Literal


def _flag(name: str, field: FieldInfo, panel: str | None) -> Any:
    kind, bounds = _plain_type(field.annotation), _bounds(field)
    choices = typing.get_args(kind) if typing.get_origin(kind) is typing.Literal else _listed(name)
    if choices:
        kind = type(choices[0])
    words = field.description or name
    if choices:
        words += f" ({', '.join(map(str, choices))})"
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    default = extra.get("unset", "off") if field.default is None else field.default
    flag = "--" + name.replace("_", "-")
    if kind is bool:
        default, flag = "on" if field.default else "off", f"{flag}/--no-{flag[2:]}"
    option = typer.Option(flag, help=f"{words} [default: {default}]", rich_help_panel=panel, **bounds)
    return Annotated[kind | None, option]


def _listed(name: str) -> tuple[str, ...]:
    """What a registry offers for a field that a configuration takes by name."""
    return GENERATORS.names() if name == "generator" else ()


def _bounds(field: FieldInfo) -> Mapping[str, Any]:
    """Inclusive bounds only; the configuration itself checks the others."""
    bounds: dict[str, Any] = {}
    for mark in field.metadata:
        if isinstance(mark, Ge):
            bounds["min"] = mark.ge
        elif isinstance(mark, Le):
            bounds["max"] = mark.le
    return bounds
