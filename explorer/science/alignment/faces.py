"""Pictures of known people, with what is known of how their heads are posed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.science.alignment.localiser import Alignment
from explorer.science.errors import LikenessError

LANDMARKS = 14


class PosedFacesError(LikenessError, ValueError):
    """Pictures that alignment cannot be learnt or measured from; the message says why."""


@dataclass(frozen=True, eq=False)
class PosedFaces:
    """N pictures; all are square, and of one size.

    pictures: (N, S, S, 3) uint8 RGB. people: (N,) int64, numbered from 0. yaw: (N,) degrees.
    rotation: (N, 3, 3), nan where it is not known. landmarks: (N, 14, 2), those of `measures.FOURTEEN` in sides of the
    picture, x right and y down, nan where they are not known.

    Raises:
        PosedFacesError: shapes do not fit each other.

    Example:
        >>> import torch
        >>> from explorer.science.alignment import PosedFaces
        >>> faces = PosedFaces.without_truth(torch.zeros(3, 32, 32, 3, dtype=torch.uint8), torch.tensor([0, 0, 1]))
        >>> faces.count, len(faces.within(10)), bool(faces.landmarks.isnan().all())
        (2, 3, True)
    """

    pictures: Tensor
    people: Tensor
    yaw: Tensor
    rotation: Tensor
    landmarks: Tensor

    def __post_init__(self) -> None:
        count, shape = len(self.people), tuple(self.pictures.shape)
        if len(shape) != 4 or shape[0] != count or shape[1] != shape[2] or shape[3] != 3:
            raise PosedFacesError(f"{count} faces need pictures ({count}, S, S, 3), not {shape}")
        wanted = {"yaw": (count,), "rotation": (count, 3, 3), "landmarks": (count, LANDMARKS, 2)}
        for name, fit in wanted.items():
            if tuple(getattr(self, name).shape) != fit:
                raise PosedFacesError(f"{name} of {count} faces: {tuple(getattr(self, name).shape)} in place of {fit}")

    @classmethod
    def without_truth(cls, pictures: Tensor, people: Tensor, yaw: Tensor | None = None) -> PosedFaces:
        """Faces of which no more is known; yaw is 0 where it is left out."""
        count = len(people)
        unknown = torch.full((count, 9 + 2 * LANDMARKS), torch.nan)
        rotation, landmarks = unknown[:, :9].unflatten(1, (3, 3)), unknown[:, 9:].unflatten(1, (LANDMARKS, 2))
        return cls(pictures, people, torch.zeros(count) if yaw is None else yaw, rotation, landmarks)

    @property
    def count(self) -> int:
        """How many people there are."""
        return int(self.people.max()) + 1 if len(self.people) else 0

    @property
    def side(self) -> int:
        """Of the pictures, in pixels."""
        return self.pictures.shape[1]

    def __len__(self) -> int:
        return len(self.people)

    def __getitem__(self, rows: Tensor) -> PosedFaces:
        """Some of the faces; people keep their numbers."""
        parts = self.pictures, self.people, self.yaw, self.rotation, self.landmarks
        return PosedFaces(*(part[rows] for part in parts))

    def within(self, most: float, least: float = 0.0) -> Tensor:
        """The rows whose heads are turned aside by `least` to `most` degrees."""
        turned = self.yaw.abs()
        rows: Tensor = ((turned >= least) & (turned <= most)).nonzero().flatten()
        return rows

    def seen(self, rows: Tensor | slice = slice(None)) -> Tensor:
        """The pictures of some rows, (B, 3, S, S) in [0, 1]."""
        return self.pictures[rows].permute(0, 3, 1, 2).float() / 255

    def digest(self) -> str:
        """A hash of all of it."""
        whole = hashlib.sha256()
        for part in (self.pictures, self.people, self.yaw, self.rotation, self.landmarks):
            whole.update(np.ascontiguousarray(part.numpy()).tobytes())
        return whole.hexdigest()


@dataclass(frozen=True)
class Placement:
    """Where the mean face lies in pictures.

    place: of the model's origin, in sides, x right and y down. millimetres: that a picture shows from top to bottom.
    """

    place: tuple[float, float] = (0.5, 0.58)
    millimetres: float = 280.0

    def fixed(self, components: int) -> Alignment:
        """theta_fixed (thesis, section 5.2.7): R = I, alpha = 0, the mean face on the pictures' mean face."""
        middle, scale = torch.tensor(self.place), torch.tensor(1 / self.millimetres)
        return Alignment(torch.eye(3), middle, scale, torch.zeros(components))
