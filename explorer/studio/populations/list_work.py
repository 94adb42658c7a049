"""What is kept of a list of people while it is made: a recipe, and small files that are whole or made again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from safetensors import SafetensorError
from safetensors.torch import load as decode
from safetensors.torch import save as encode
from torch import Tensor

from explorer.studio.errors import UserError
from explorer.studio.files import TEMPORARY_PREFIX, atomic_write
from explorer.studio.places import private_folder

VERSION = 1
# People by whom bands are tried; candidates; and people with all their pictures.
Kind = Literal["trial", "candidates", "people"]


@dataclass(frozen=True)
class ListRecipe:
    """What, with the program's version, determines the list. How many people it has is no part of it: it may grow.

    seed: of the first candidate; people by whom edits are tried come before it.
    psi: truncation of every w. pictures: of a person. size: at which pictures are checked, in pixels.
    reference: the first candidates, among whom the checkers' thresholds are found.
    directions_from: the first labelled faces on which directions are found.
    trials: people by whom the bands of an edit are compared. strength: at which, in spreads.
    per_shard: candidates in one file; of people a tenth of it.
    """

    seed: int = 40_000_000
    psi: float = 0.8
    pictures: int = 10
    size: int = 128
    reference: int = 400
    directions_from: int = 6000
    trials: int = 10
    strength: float = 1.5
    per_shard: int = 50


@dataclass(frozen=True)
class Part:
    """One small file."""

    kind: Kind
    number: int

    def __str__(self) -> str:
        return f"{self.kind}-{self.number:04d}"


class ListWork:
    """A folder in which a list is made.

    Raises:
        UserError: it holds something else, or a list by another recipe.
    """

    def __init__(self, folder: Path, recipe: ListRecipe) -> None:
        self.folder, self.recipe = folder, recipe
        wanted, place = {"version": VERSION, "recipe": asdict(recipe)}, folder / "recipe.json"
        if place.exists():
            try:
                held = json.loads(place.read_bytes())
            except (OSError, ValueError) as error:
                raise UserError(f"{place} cannot be read ({error}): choose another folder") from error
            if held != wanted:
                raise UserError(f"{folder} holds a list of people by another recipe: choose another folder")
        elif folder.exists() and any(folder.iterdir()):
            raise UserError(f"{folder} is not empty and holds no list of people: choose an empty or a new folder")
        else:
            private_folder(folder)
            atomic_write(place, json.dumps(wanted, indent=2).encode())

    def sweep(self) -> None:
        """Remove what a killed worker left half-written."""
        for part in self.folder.glob(f"{TEMPORARY_PREFIX}*"):
            part.unlink(missing_ok=True)

    def write(self, name: str, tensors: Mapping[str, Tensor], about: Mapping[str, Any] | None = None) -> None:
        """Write a file whole or not at all."""
        contiguous = {key: value.contiguous() for key, value in tensors.items()}
        atomic_write(self.folder / f"{name}.safetensors", encode(contiguous, {"about": json.dumps(about or {})}))

    def read(self, name: str) -> dict[str, Tensor] | None:
        """The tensors of a file; None where it is missing or damaged, and made again."""
        try:
            return decode((self.folder / f"{name}.safetensors").read_bytes())
        except (OSError, SafetensorError):
            return None

    def about(self, name: str) -> dict[str, Any]:
        """What was noted of a file that was read."""
        data = (self.folder / f"{name}.safetensors").read_bytes()
        length = int.from_bytes(data[:8], "little")
        noted: dict[str, Any] = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["about"])
        return noted

    def missing(self, kind: Kind, count: int) -> list[Part]:
        """The first `count` files of a kind, without those that are there."""
        return [part for part in (Part(kind, number) for number in range(count)) if self.read(str(part)) is None]

    def all(self, kind: Kind, count: int) -> list[dict[str, Tensor]]:
        """The first `count` files of a kind.

        Raises:
            UserError: one is missing or damaged.
        """
        found = [(str(Part(kind, number)), self.read(str(Part(kind, number)))) for number in range(count)]
        whole = [tensors for _, tensors in found if tensors is not None]
        if len(whole) < count:
            lacking = ", ".join(name for name, tensors in found if tensors is None)
            raise UserError(f"{self.folder} lacks {lacking}: run the same command again")
        return whole
