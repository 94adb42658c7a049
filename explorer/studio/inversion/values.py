"""What an inversion works towards, what can be drawn onto its pictures, and the contest of its starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from explorer.studio.arrays import Image, Vector
from explorer.studio.inversion.record import ContestStep, TargetRecord


@dataclass(frozen=True, eq=False)
class RunTarget:
    """What an inversion works towards: one embedding, and for a photograph its embeddings under held-out encoders.

    held_out: by encoder, (D,) float32; empty for a bare vector.
    frame: the photograph's face in the common frame; None for a bare vector.
    """

    key: str
    record: TargetRecord
    vector: Vector
    held_out: Mapping[str, Vector]
    frame: Image | None = None


@dataclass(frozen=True, eq=False)
class Overlay:
    """What can be drawn onto a picture: landmarks (68, 2) in units of its side, and histograms (3, bins) in shares.

    landmarks, histogram: the picture's own; wanted_landmarks, wanted_histogram: those that are sought.
    """

    landmarks: NDArray[np.float32] | None = None
    wanted_landmarks: NDArray[np.float32] | None = None
    histogram: NDArray[np.float32] | None = None
    wanted_histogram: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class StartView:
    """One start as it was last drawn.

    number: which of the starts it is. picture: (S, S, 3) uint8, small. step: how many steps of the contest it had made.
    cosine: to the target, on the attacked encoder. out: whether better ones have gone on without it.
    """

    number: int
    picture: Image
    step: int
    cosine: float
    out: bool = False


@dataclass(frozen=True, eq=False)
class Contest:
    """How the starts of a run compete.

    starts: how many there are, of which the first `proposed` are the regressor's and the others random.
    length: how many steps the winner makes before the run's own; 0 where the nearest as drawn is taken.
    done, work: evaluations of one start, made and in all.
    seen: every start that has been drawn, by its number; pictures are not kept with the session.
    steps: the start that was ahead at each step, in order.
    """

    starts: int
    proposed: int
    length: int
    done: int = 0
    work: int = 0
    seen: Mapping[int, StartView] = field(default_factory=dict)
    steps: tuple[ContestStep, ...] = ()

    @property
    def left(self) -> int:
        """How many have not gone out."""
        return self.starts - sum(one.out for one in self.seen.values())

    @property
    def leader(self) -> int | None:
        """The number of the start that is ahead: by its total, or by its cosine where there are no steps."""
        if self.steps:
            return self.steps[-1].number
        still = [one for one in self.seen.values() if not one.out]
        return max(still, key=lambda one: one.cosine).number if still else None

    def with_seen(self, views: tuple[StartView, ...], fallen: tuple[int, ...]) -> Contest:
        """With some starts drawn anew, and some gone out."""
        seen = {**self.seen, **{one.number: one for one in views}}
        seen |= {number: replace(seen[number], out=True) for number in fallen if number in seen}
        return replace(self, seen=seen)


def starts_in_words(random: int, proposed: int) -> str:
    """How many starts there are, the same wherever it is said: "27 starts (24 random, 3 proposed)"."""
    if not proposed:
        return f"{random} random start{'s' if random != 1 else ''}"
    return f"{random + proposed} starts ({random} random, {proposed} proposed)"
