"""What the Handles panel draws: a face as handles have moved it. No Qt, no torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from explorer.studio.handles.values import Base, MovedFace
from explorer.studio.session.slices import Forgotten, Slice


@dataclass(frozen=True, eq=False)
class HandlesState:
    """What is moved, and where handles are set.

    watched: whether anybody looks. seed: of the sample. values: by attribute, of those that were set; the others stay
    as the face has them. classes: what -1 and 1 of each handle are called, once a translator was read.
    shown: the newest answer for what is asked. remark: why there is none.
    """

    watched: bool = False
    base: Base = "photograph"
    seed: int = 1
    values: Mapping[str, float] = field(default_factory=dict)
    classes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    shown: MovedFace | None = None
    remark: str = ""


def _without(state: HandlesState, forgotten: Forgotten) -> HandlesState:
    gone = state.shown is not None and state.shown.key and forgotten.holds(state.shown.key)
    return replace(state, shown=None) if gone else state


def _sizes(state: HandlesState) -> Iterator[tuple[int, int]]:
    if state.shown is not None:
        yield id(state.shown.styles), state.shown.styles.nbytes
        yield id(state.shown.picture), state.shown.picture.nbytes


HANDLES = Slice[HandlesState](
    name="handles",
    default=HandlesState,
    without=_without,
    mark=None,
    size=_sizes,
    unsaved="it is read and drawn again from what is saved",
    cleared=lambda state: HandlesState(watched=state.watched, base=state.base, classes=state.classes),
)
"""A face as handles have moved it."""

SLICES = (HANDLES,)
