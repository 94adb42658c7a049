"""A network after its trial, and what the user says of it. No torch: the window's controller knows both."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.science.evaluation.conventions import TriedConvention
    from explorer.studio.bringing.sealed import NetworkDescription


@dataclass(frozen=True)
class Naming:
    """What the user says of a network.

    name: by which it is known; of the file's where None. threshold: its makers' own, in units of its similarity.
    """

    licence: str
    name: str | None = None
    commercial: bool = False
    threshold: float | None = None


@dataclass(frozen=True, eq=False)
class TriedNetwork:
    """A network file after its trial.

    table: what was tried, what was on all photographs first, the best on top. population: the name of the set.
    """

    path: Path
    layer: str | None
    description: NetworkDescription
    population: str
    table: tuple[TriedConvention, ...]

    @property
    def proposed(self) -> TriedConvention:
        """What separates best."""
        return self.table[0]
