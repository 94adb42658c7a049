"""What the Decode panel draws: what a decoder makes of the one embedding that is looked at. No Qt, no torch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from explorer.studio.arrays import Frame
from explorer.studio.session.slices import Forgotten, Slice


@dataclass(frozen=True, eq=False)
class DecodedEmbedding:
    """A decoded embedding. key: of the face or vector. picture: (S, S, 3) uint8 of the common frame.

    edited: whether the embedding is what edits of the face left.
    """

    key: str
    encoder: str
    picture: Frame
    edited: bool = False


@dataclass(frozen=True, eq=False)
class DecodeState:
    """What the panel draws.

    watched: whether anybody looks. under: key of the face under the pointer in map or gallery, if any.
    shown: the newest answer that fits what is looked at. remark: why there is none.
    """

    watched: bool = False
    under: str = ""
    shown: DecodedEmbedding | None = None
    remark: str = ""


def _without(state: DecodeState, forgotten: Forgotten) -> DecodeState:
    left = state
    if state.under and forgotten.holds(state.under):
        left = replace(left, under="")
    if state.shown is not None and forgotten.holds(state.shown.key):
        left = replace(left, shown=None)
    return left


DECODE = Slice[DecodeState](
    name="decode",
    default=DecodeState,
    without=_without,
    mark=None,
    unsaved="it is decoded again from what is saved",
    cleared=lambda state: DecodeState(watched=state.watched),
)
"""What a decoder makes of the embedding under the pointer, or of the selected face's."""
