"""What a run does by itself while it goes on, as another run did: weights that change at steps, and where it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from explorer.studio.inversion.record import WeightChange

# Before a term's name: how often the user has moved its slider. What the user moves last counts, not what was planned.
MOVES = "moves of "


@dataclass(frozen=True)
class Plan:
    """Changes of weights, in the order of their steps; and the step behind which the run ends, None for its last."""

    changes: tuple[WeightChange, ...] = ()
    stop_at: int | None = None

    @property
    def words(self) -> str:
        """Such as "prior 0.5 from step 10, identity 2 from step 30; ends behind step 42"."""
        changes = ", ".join(f"{one.term} {one.weight:g} from step {one.step}" for one in self.changes)
        end = "" if self.stop_at is None else f"ends behind step {self.stop_at}"
        return "; ".join(filter(None, (changes, end)))


class PlannedWeights:
    """The weights that a run reads before each step: those of the sliders, and over them what was planned.

    Args:
        plan: None where nothing is.
        live: the sliders' weights as they stand, and their `MOVES`.

    Attributes:
        step: the one that comes next; whoever consumes the steps keeps it.
    """

    def __init__(self, plan: Plan | None, live: Callable[[], Mapping[str, float]]) -> None:
        self._plan, self._live = plan or Plan(), live
        self._begun = 0
        self._planned: dict[str, float] = {}
        self._moves: dict[str, float] = {}
        self.step = 0

    def __call__(self) -> dict[str, float]:
        """At the step that comes next."""
        live = self._live()
        moves = {name.removeprefix(MOVES): count for name, count in live.items() if name.startswith(MOVES)}
        for term, count in moves.items():
            if count != self._moves.get(term):
                self._planned.pop(term, None)
        self._moves = moves
        for change in self._plan.changes:
            if self._begun <= change.step <= self.step:
                self._planned[change.term] = change.weight
        self._begun = self.step + 1
        return {**{name: value for name, value in live.items() if not name.startswith(MOVES)}, **self._planned}

    def ends(self, step: int) -> bool:
        """Whether the run was planned to end behind a step, or before it."""
        return self._plan.stop_at is not None and step >= self._plan.stop_at
