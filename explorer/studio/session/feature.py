"""What the program must know of a feature: its slices, and by name what is heavy and loaded when first needed."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from explorer.studio.session.slices import Slice


@dataclass(frozen=True)
class ExportKind:
    """A kind of file that the program writes. name: as records call it.

    reproducer: dotted name, "package.module:function", of what makes it again. reason: why nothing does; empty where
    there is a reproducer.
    """

    name: str
    reproducer: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One line of the feature table.

    name: of its folder. slices: its values in the session, what others are built on first.
    controllers: dotted names of classes that are made with the application; in the order of events.
    handlers: dotted name of the function that gives, from the device, a handler for each of its requests.
    codecs: dotted names of `Codec`s that keep its slices; each slice has one, or says why not.
    exports: kinds of files that it writes.
    """

    name: str
    slices: tuple[Slice[Any], ...] = ()
    controllers: tuple[str, ...] = ()
    handlers: str = ""
    codecs: tuple[str, ...] = ()
    exports: tuple[ExportKind, ...] = ()


def load(dotted: str) -> Any:
    """What a dotted name, "package.module:name", stands for.

    Raises:
        ImportError, AttributeError: there is no such module, or nothing of that name in it.
    """
    module, _, name = dotted.partition(":")
    return getattr(import_module(module), name)
