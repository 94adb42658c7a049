"""What the samples of all features are of: one face, one vector and one run, so that forgetting them empties all."""

from __future__ import annotations

import numpy as np

from explorer.science.faces.face import Face, Photograph
from explorer.studio.inversion.record import TargetRecord
from explorer.studio.inversion.values import RunTarget
from explorer.studio.session.slices import Forgotten

SHA = "ab" * 32
KEY = f"{SHA}/0"
VECTOR_SHA = "cd" * 32
VECTOR_KEY = f"{VECTOR_SHA}/sface"
RUN_KEY = "run-0123456789ab"
FORGOTTEN = Forgotten(frozenset({KEY, VECTOR_KEY}), frozenset({SHA}))
PIXELS = np.full((64, 64, 3), 120, np.uint8)
POINTS = np.array([[20.0, 24], [44, 24], [32, 36], [24, 46], [40, 46]])
FACE = Face(POINTS, (10.0, 10, 54, 54), 0.9)
PHOTOGRAPH = Photograph(PIXELS, "jane.png", SHA)
EMBEDDING = np.linspace(-1, 1, 8, dtype=np.float32)


def target() -> RunTarget:
    """An inversion's target: the face's embedding."""
    record = TargetRecord.of_face(PHOTOGRAPH, FACE, "arcface-mbf", EMBEDDING)
    return RunTarget(KEY, record, EMBEDDING, {"sface": EMBEDDING}, PIXELS)
