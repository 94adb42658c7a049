"""How many processes do one piece of work together, as torchrun says it to each of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Processes:
    """count: of them all. rank: this one's number, from 0. local_count, local_rank: the same on this machine."""

    count: int = 1
    rank: int = 0
    local_count: int = 1
    local_rank: int = 0

    @property
    def first(self) -> bool:
        """Whether this one speaks and writes for all."""
        return self.rank == 0

    @property
    def nodes(self) -> int:
        """How many machines there are."""
        return self.count // self.local_count


_hearing: list[Callable[[], None]] = []


def before_training(hear: Callable[[], None]) -> None:
    """Have it told, each time, that this process goes to train with others and waits for them."""
    _hearing.append(hear)


def tell_training() -> None:
    """Tell whoever wants to hear of it."""
    for hear in _hearing:
        hear()


def processes() -> Processes:
    """The processes that this one belongs to, by `WORLD_SIZE`, `RANK`, `LOCAL_WORLD_SIZE` and `LOCAL_RANK`.

    One alone where they are not set, or are no numbers that fit each other: not every program means torchrun by them.

    Example:
        >>> from explorer.science.processes import processes
        >>> processes()
        Processes(count=1, rank=0, local_count=1, local_rank=0)
    """
    try:
        count, rank, local_rank = (int(os.environ[name]) for name in ("WORLD_SIZE", "RANK", "LOCAL_RANK"))
        local_count = int(os.environ.get("LOCAL_WORLD_SIZE", count))
    except (KeyError, ValueError):
        return Processes()
    fits = 0 <= rank < count and 0 <= local_rank < local_count and count % local_count == 0
    return Processes(count, rank, local_count, local_rank) if fits and count > 1 else Processes()
