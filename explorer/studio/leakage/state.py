"""What the probe panel draws. No Qt, no torch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from explorer.studio.leakage.readings import FaceRead, ResultRead
from explorer.studio.leakage.reconstructions import PhotographRead, PictureRead
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


@dataclass(frozen=True, eq=False)
class PicturesState:
    """What the labellers see in the selected face's photograph, and in the newest picture read of the run in view.

    photograph, made: None until they come. reading: whether an answer on the run's picture is under way.
    """

    photograph: PhotographRead | None = None
    made: PictureRead | None = None
    reading: bool = False


def _pictures_without(seen: PicturesState, forgotten: Forgotten) -> PicturesState:
    left = seen
    if seen.photograph is not None and forgotten.holds(seen.photograph.key):
        left = replace(left, photograph=None)
    if seen.made is not None and seen.made.run_key in forgotten.keys:
        left = replace(left, made=None)
    return left


PICTURES = Slice[PicturesState](
    name="pictures_read",
    default=PicturesState,
    without=_pictures_without,
    mark=None,
    unsaved="they are read again from what is saved",
    cleared=lambda seen: PicturesState(),
)
"""What the labellers see in the photograph and in what is made from its vector."""

SLICES = (PROBING, PICTURES)
