"""Whom a student learns from: an encoder of this program's or of the user's own, or one behind the black box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.recognition.base import Encoder, Metric
from explorer.studio.blackbox.account import Account
from explorer.studio.blackbox.answers import key_of
from explorer.studio.catalogue.networks import Networks, known_encoder, which_encoder

Frames = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Asked:
    """Faces that a teacher is asked about.

    frames: (n, R, R, 3) uint8 RGB. points: (n, 5, 2) in them. pictures: hashes by which they are known.
    photographs: sha256 of those that they show; None of generated ones.
    """

    frames: Frames
    points: Tensor
    pictures: tuple[str, ...]
    photographs: tuple[str | None, ...]


class Teacher(Protocol):
    """Answers for faces with vectors (D,).

    Attributes:
        title: in words. key: tells it from others (hex). measure: by which its vectors are compared.
        queries: pictures that it was asked about so far.
    """

    @property
    def title(self) -> str: ...  # noqa: D102 - said above

    @property
    def key(self) -> str: ...  # noqa: D102 - said above

    @property
    def measure(self) -> Metric: ...  # noqa: D102 - said above

    @property
    def queries(self) -> int: ...  # noqa: D102 - said above

    def remembers(self, pictures: Sequence[str]) -> bool:
        """Whether it has answered for all of these, which then count as asked; else none does."""
        ...

    def answer(self, asked: Asked) -> list[Tensor | None]:
        """A vector (D,) for each face; None where it finds none."""
        ...


class EncoderTeacher:
    """An encoder whose file is here.

    Args:
        networks: it is one of these. encoder: its name.

    Raises:
        UserError: there is none of that name. MissingNetwork: its file is not in the cache.
    """

    def __init__(self, networks: Networks, encoder: str) -> None:
        self._networks, self._encoder = networks, encoder
        spec = known_encoder(encoder)
        self.title, self.measure, self.queries = spec.title, spec.measure, 0
        self.key = key_of(f"{encoder} {which_encoder(encoder)}")

    @property
    def encoder(self) -> Encoder:
        """Itself."""
        return self._networks.recogniser(self._encoder)

    def remembers(self, pictures: Sequence[str]) -> bool:
        """Always: it answers alike, and without counting."""
        self.queries += len(pictures)
        return True

    @torch.no_grad()
    def answer(self, asked: Asked) -> list[Tensor | None]:
        """What it embeds of each frame."""
        self.queries += len(asked.frames)
        image = torch.from_numpy(asked.frames).permute(0, 3, 1, 2).float() / 255
        device = self._networks.device
        return list(self.encoder.embed(image.to(device), asked.points.to(device)).cpu())


class BlackBoxTeacher:
    """An encoder behind the black box: each picture is counted, and none is sent twice.

    Args:
        account: by which it is asked. title, key: of the black box, as `BlackBox` has them.
        measure: by which its vectors are compared.
    """

    def __init__(self, account: Account, title: str, key: str, measure: Metric) -> None:
        self._account, self.title, self.measure, self.key = account, title, measure, key_of(key)

    @property
    def queries(self) -> int:
        """Counted against the budget so far."""
        return self._account.count.used

    def remembers(self, pictures: Sequence[str]) -> bool:
        """Whether it has answered for all of these."""
        return self._account.left >= len(pictures) and all(self._account.known(one) is not None for one in pictures)

    def answer(self, asked: Asked) -> list[Tensor | None]:
        """What it answers for each frame; BudgetSpentError where no question is left."""
        found = list[Tensor | None]()
        for frame, picture, photograph in zip(asked.frames, asked.pictures, asked.photographs, strict=True):
            (vector,) = self._account.ask([frame], photograph, [picture])
            found.append(None if vector is None else torch.from_numpy(vector))
        return found
