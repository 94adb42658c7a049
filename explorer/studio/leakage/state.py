"""What the probe panel draws. No Qt, no torch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from explorer.studio.leakage.readings import FaceRead, ResultRead
from explorer.studio.session.slices import Forgotten, Slice


@dataclass(frozen=True, eq=False)
class ProbeState:
    """What the probe panel draws.

    watched: whether anybody looks, so that it is worth reading.
    face, result: the newest answers that fit what is selected; None until they come.
    reading: whether an answer on the face is under way; reading_result: on the inversion.
    """

    watched: bool = False
    face: FaceRead | None = None
    result: ResultRead | None = None
    reading: bool = False
    reading_result: bool = False


def _without(probing: ProbeState, forgotten: Forgotten) -> ProbeState:
    left = probing
    if probing.face is not None and forgotten.holds(probing.face.key):
        left = replace(left, face=None)
    if probing.result is not None and probing.result.run_key in forgotten.keys:
        left = replace(left, result=None)
    return left


PROBING = Slice[ProbeState](
    name="probing",
    default=ProbeState,
    without=_without,
    mark=None,
    unsaved="it is read again from what is saved",
    cleared=lambda probing: ProbeState(watched=probing.watched),
)
"""What the probe panel draws."""

SLICES = (PROBING,)
