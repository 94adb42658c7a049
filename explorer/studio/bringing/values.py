"""What the window shows of a network that is being brought. No Qt, no torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from explorer.studio.bringing.wishes import Wishes

Stage = Literal["trying", "tried", "keeping", "kept", "failed"]


@dataclass(frozen=True)
class Line:
    """A line of the table of conventions, in words. photographs: on how many; apart: how far the scores lie apart."""

    framing: str
    size: str
    colour: str
    numbers: str
    measure: str
    photographs: int
    auc: str
    apart: str


@dataclass(frozen=True)
class Bringing:
    """A network on its way.

    layer: which the user wants; "" for the network's own. wishes: what else the user wants. about: what the file is, in
        words. layers: those to choose. sizes: rows and columns that it takes.
    population: on whom it was tried. lines: the table, the proposed line first. message: what is wrong, or how it went.
    name: of the encoder that it has become, or would be called.
    """

    path: Path
    stage: Stage
    layer: str = ""
    about: str = ""
    layers: tuple[str, ...] = ()
    population: str = ""
    lines: tuple[Line, ...] = ()
    message: str = ""
    name: str = ""
    sizes: tuple[tuple[int, int], ...] = ()
    wishes: Wishes = field(default_factory=Wishes)
