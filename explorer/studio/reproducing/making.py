"""What every kind of export that can be made again has in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from explorer.studio.catalogue.networks import Networks
from explorer.studio.export.provenance import Provenance
from explorer.studio.reproducing.comparing import Deviation
from explorer.studio.reproducing.runs import Recipe, RunReproduction


@dataclass(frozen=True, eq=False)
class ReproductionContext:
    """What it takes.

    figure: the file that was given: an export, or the JSON beside it. out: the new file.
    sources: the files given as sources, by their sha256.
    repeat: makes a run again, from the file that it was made from.
    """

    figure: Path
    out: Path
    networks: Networks
    sources: Mapping[str, Path]
    repeat: Callable[[Recipe, Path], RunReproduction]


@dataclass(frozen=True, eq=False)
class Reproduction:
    """An export that was made again.

    what: it is, for people. files: what was written. deviation: from the numbers of then.
    same: whether it is the same to the last bit; None where nothing tells.
    differences: what was not as it was then, a line each.
    """

    what: str
    files: tuple[Path, ...]
    deviation: Deviation
    same: bool | None = None
    differences: tuple[str, ...] = ()


class Reproducer(Protocol):
    """An export that can be made again, as its record describes it."""

    @classmethod
    def of(cls, record: Provenance, name: str) -> Self:
        """Take a record apart.

        Raises:
            UserError: the record is damaged, or of an earlier version.
        """
        ...

    def place(self, figure: Path) -> Path:
        """Where the new file goes by itself, beside the one that was given."""
        ...

    def check(self, sources: Mapping[str, Path], out: Path) -> None:
        """Refuse what cannot be made before time is spent on it.

        Raises:
            UserError: a file that it was made from is not among the sources, or it is not written by that name.
        """
        ...

    def make(self, making: ReproductionContext) -> Reproduction:
        """Make it again.

        Raises:
            UserError, FaceError, MorphableModelError: a source cannot be used, or a file cannot be written.
            MissingNetwork: a network is not in the cache.
        """
        ...


def export_of(figure: Path) -> Path:
    """The export that a file is of: itself or, of the JSON beside an export, that."""
    beside = figure.with_name(figure.name.removesuffix(".json"))
    return beside if figure.suffix.lower() == ".json" and beside.suffix else figure


def again_beside(figure: Path, suffix: str | None = None) -> Path:
    """The name of a new file beside an export."""
    export = export_of(figure)
    return export.with_name(f"{export.stem}-again{export.suffix.lower() if suffix is None else suffix}")
