"""The request that fetches networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from explorer.studio.engine.requests import Request, Worker


@dataclass(frozen=True, eq=False)
class FetchNetworks(Request):
    """Download what is missing of the networks that every user needs. Result: None."""

    worker: ClassVar[Worker] = "files"
    title: ClassVar[str] = "fetching networks"
