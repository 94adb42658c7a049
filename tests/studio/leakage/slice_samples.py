"""A value of the probe panel's slice: readings of the one face and of its inversion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from explorer.studio.faces.values import Edits
from explorer.studio.leakage.readings import FaceRead, Reading, ResultRead
from explorer.studio.leakage.reconstructions import PhotographRead, PictureRead, Reconstruction
from explorer.studio.leakage.state import PICTURES, PROBING, PicturesState, ProbeState
from explorer.studio.session.slices import Slice
from tests.studio.slice_kit import EMBEDDING, KEY, PIXELS, RUN_KEY


def samples() -> Mapping[Slice[Any], Any]:
    reading = Reading("sface", EMBEDDING, (), PIXELS)
    face = FaceRead(KEY, "sface", Edits(), reading, reading)
    seen = PicturesState(PhotographRead(KEY, ()), PictureRead(RUN_KEY, "result", Reconstruction((), 0, 1)))
    return {PICTURES: seen, PROBING: ProbeState(face=face, result=ResultRead(RUN_KEY, "result", "sface", reading))}
