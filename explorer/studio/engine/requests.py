"""What can be asked of the engine, in general: a request, its lane and its ticket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

Worker = Literal["device", "light", "files", "sessions", "gallery", "people"]


@dataclass(frozen=True, eq=False)
class Request:
    """Something to be done in the background; subclasses are frozen dataclasses.

    worker: the thread that does it. `device` owns the GPU (or the CPU's share of torch) and runs its handlers
        in turn, one report at a time; `light` is for short CPU work that must never wait behind a long step;
        `files` is for downloads and exports, which wait on the network and the disk; `sessions` keeps the user's work
        and waits for none of them; `gallery` is for long CPU work over many faces, which holds nobody up; `people` is
        for what processes of their own draw.
    priority: within one worker, higher goes first whenever there is a choice. Every kind still gets its turn.
    title: what a progress line says while nothing more precise is known.
    hidden: too short to be shown as an activity.
    again_with_networks: whether it is asked again by itself once the networks that it lacked are there.
    """

    worker: ClassVar[Worker] = "device"
    priority: ClassVar[int] = 0
    title: ClassVar[str] = "working"
    hidden: ClassVar[bool] = False
    again_with_networks: ClassVar[bool] = False

    @property
    def about(self) -> tuple[str, ...]:
        """Keys of the faces that it is about, where it is worth nothing without them."""
        return ()

    @property
    def lane(self) -> tuple[object, ...]:
        """Requests of one lane replace each other: the newest wins. The kind itself unless a subclass says finer."""
        return (type(self),)


@dataclass(frozen=True)
class Ticket:
    """One submitted request. `generation` grows with every submission to an engine and never repeats."""

    request: Request
    generation: int

    @property
    def lane(self) -> tuple[object, ...]:
        """The lane in which this ticket may be replaced by a newer one."""
        return self.request.lane
