"""The request that brings a generator, and its result."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from explorer.studio.catalogue.generators import GeneratorCard
from explorer.studio.engine.requests import Request, Worker


@dataclass(frozen=True, eq=False)
class ImportGenerator(Request):
    """Keep the generator of a file. Result: `GeneratorImported`.

    licence: its terms, in the user's words. name: under which it is known.
    points: whether a few faces are drawn, to find where they lie in its images.
    """

    worker: ClassVar[Worker] = "files"
    title: ClassVar[str] = "importing a generator"

    path: Path
    licence: str
    name: str
    points: bool = True

    @property
    def lane(self) -> tuple[object, ...]:
        """One file does not take the place of another."""
        return (type(self), self.path, self.name)


@dataclass(frozen=True, eq=False)
class GeneratorImported:
    """A generator is kept. remarks: what was odd, a line each."""

    card: GeneratorCard
    remarks: tuple[str, ...]
