"""What the laboratory's panel draws: what is chosen, and the rows made so far."""

from __future__ import annotations

from dataclasses import dataclass, replace

from explorer.studio.laboratory.decode_state import DECODE
from explorer.studio.laboratory.values import LabChoice, LabRow
from explorer.studio.session.slices import Forgotten, Slice


@dataclass(frozen=True, eq=False)
class LabState:
    """The rows of the laboratory.

    watched: whether anybody looks, so that rows are worth making. rows: in the order of the faces.
    waiting: keys of faces whose rows are under way. remark: why no row is made.
    """

    watched: bool = False
    rows: tuple[LabRow, ...] = ()
    waiting: tuple[str, ...] = ()
    remark: str = ""

    @property
    def busy(self) -> bool:
        """Whether rows are under way."""
        return bool(self.waiting)


def _choice_without(choice: LabChoice, forgotten: Forgotten) -> LabChoice:
    left = tuple(key for key in choice.faces if not forgotten.holds(key))
    changed = {} if len(left) == len(choice.faces) else {"faces": left}
    aim = choice.attack.towards
    if aim and (forgotten.holds(aim) or forgotten.photograph_of(aim)):
        return choice.model_copy(update={**changed, "attack": choice.attack.model_copy(update={"towards": ""})})
    return choice.model_copy(update=changed) if changed else choice


def _gone(row: LabRow, forgotten: Forgotten) -> bool:
    """A row goes with its face, and with what an attack went towards: its picture holds something of both."""
    keys = {row.key, *(() if row.aim is None else (row.aim.key,))}
    photographs = {row.whose.photograph.sha256, *(() if row.aim is None else (row.aim.record.sha256,))}
    return any(map(forgotten.holds, keys)) or bool(photographs & forgotten.photographs)


def _rows_without(state: LabState, forgotten: Forgotten) -> LabState:
    rows = tuple(row for row in state.rows if not _gone(row, forgotten))
    waiting = tuple(key for key in state.waiting if not forgotten.holds(key))
    if len(rows) == len(state.rows) and len(waiting) == len(state.waiting):
        return state
    return replace(state, rows=rows, waiting=waiting)


LAB = Slice[LabChoice](
    name="laboratory",
    default=LabChoice,
    without=_choice_without,
    mark=None,
)
"""What is chosen in the laboratory."""

LAB_ROWS = Slice[LabState](
    name="laboratory_rows",
    default=LabState,
    without=_rows_without,
    mark=None,
    unsaved="rows are made again from what is saved",
    cleared=lambda state: LabState(watched=state.watched),
)
"""What became of the chosen faces."""

SLICES = (LAB, LAB_ROWS, DECODE)
