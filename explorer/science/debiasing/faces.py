"""Pictures of known people with the classes of their attributes, as an encoder sees them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.science.errors import LikenessError


class DebiasingError(LikenessError, ValueError):
    """What an encoder cannot be debiased with; the message says why."""


@dataclass(frozen=True, eq=False)
class LabelledFaces:
    """N aligned pictures.

    pictures: (N, S, S, 3) uint8 RGB, in the encoder's template. people: (N,) int64.
    classes: (N,) int64 of each attribute, numbers from 0. names: of its classes.

    Raises:
        DebiasingError: shapes do not fit each other, or an attribute has classes without a name.

    Example:
        >>> import torch
        >>> from explorer.science.debiasing import LabelledFaces
        >>> pictures, people = torch.zeros(4, 8, 8, 3, dtype=torch.uint8), torch.tensor([0, 0, 1, 1])
        >>> faces = LabelledFaces(pictures, people, {"smiling": torch.tensor([0, 1, 0, 1])}, {"smiling": ("no", "yes")})
        >>> len(faces), faces.count, faces.weights("smiling").tolist()
        (4, 2, [1.0, 1.0])
    """

    pictures: Tensor
    people: Tensor
    classes: Mapping[str, Tensor]
    names: Mapping[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        count, shape = len(self.people), tuple(self.pictures.shape)
        if len(shape) != 4 or shape[0] != count or shape[1] != shape[2] or shape[3] != 3:
            raise DebiasingError(f"{count} faces need pictures ({count}, S, S, 3), not {shape}")
        if set(self.classes) != set(self.names) or not self.classes:
            raise DebiasingError("every attribute needs its classes and their names, and one at least is needed")
        for name, classes in self.classes.items():
            if tuple(classes.shape) != (count,):
                raise DebiasingError(f"{name} has classes of {tuple(classes.shape)}, not of {count} faces")
            if count and not 0 <= int(classes.min()) <= int(classes.max()) < len(self.names[name]):
                raise DebiasingError(f"{name} has classes that are called nothing: {len(self.names[name])} have names")

    @property
    def count(self) -> int:
        """How many people there are."""
        return len(self.people.unique())

    @property
    def attributes(self) -> tuple[str, ...]:
        """Their names, in their order."""
        return tuple(self.classes)

    def __len__(self) -> int:
        return len(self.people)

    def __getitem__(self, rows: Tensor) -> LabelledFaces:
        """Some of the faces; people keep their numbers."""
        classes = {name: values[rows] for name, values in self.classes.items()}
        return LabelledFaces(self.pictures[rows], self.people[rows], classes, self.names)

    def weights(self, attribute: str) -> Tensor:
        """(C,) by which all classes of an attribute weigh as much; their mean over the faces is 1.

        Raises:
            DebiasingError: a class has no face.
        """
        counts = torch.bincount(self.classes[attribute], minlength=len(self.names[attribute]))
        missing = [name for name, count in zip(self.names[attribute], counts.tolist(), strict=True) if not count]
        if missing:
            raise DebiasingError(f"no face is {', '.join(missing)}: give more pictures, or another attribute")
        return len(self) / (len(counts) * counts.float())

    def numbered(self) -> LabelledFaces:
        """The same faces with people numbered from 0, none left out."""
        people = self.people.unique(return_inverse=True)[1]
        return LabelledFaces(self.pictures, people, self.classes, self.names)

    def seen(self, rows: Tensor | slice = slice(None)) -> Tensor:
        """The pictures of some rows, (B, 3, S, S) in [0, 1]."""
        return self.pictures[rows].permute(0, 3, 1, 2).float() / 255

    def digest(self) -> str:
        """A hash of all of it."""
        whole = hashlib.sha256(repr(sorted(self.names.items())).encode())
        for part in (self.pictures, self.people, *(self.classes[name] for name in sorted(self.classes))):
            whole.update(np.ascontiguousarray(part.numpy()).tobytes())
        return whole.hexdigest()
