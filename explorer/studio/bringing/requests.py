"""The requests of bringing a network, and the results that answer them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from explorer.studio.bringing.tried import Naming, TriedNetwork
from explorer.studio.bringing.wishes import Wishes
from explorer.studio.catalogue.brought_encoders import EncoderCard
from explorer.studio.engine.requests import Request, Worker


class _Bringing(Request):
    """One of them at a time: the newest replaces what is under way."""

    worker: ClassVar[Worker] = "gallery"

    @property
    def lane(self) -> tuple[object, ...]:
        """One lane for both."""
        return (_Bringing,)


@dataclass(frozen=True, eq=False)
class TryNetwork(_Bringing):
    """Find out how the network of a file wants its faces. Result: `TriedNetwork`."""

    title: ClassVar[str] = "trying a network"
    path: Path
    layer: str | None = None
    wishes: Wishes = field(default_factory=Wishes)


@dataclass(frozen=True, eq=False)
class KeepNetwork(_Bringing):
    """Measure a network that was tried under a line of its table, and keep it as an encoder. Result: `NetworkKept`."""

    title: ClassVar[str] = "importing a network"
    tried: TriedNetwork
    line: int
    naming: Naming


@dataclass(frozen=True, eq=False)
class NetworkKept:
    """A network has become an encoder."""

    card: EncoderCard
