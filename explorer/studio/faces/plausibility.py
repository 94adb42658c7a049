"""Whether what is taken for a face looks like one to the networks.

An encoder embeds anything that five points are placed on. What it was not trained on comes out short: the length of an
embedding before it is normalised grows with how much of a face there is in the picture (Meng et al., MagFace, 2021).
What was measured:

    norm                              arcface-mbf     sface   edgeface-s   dlib-resnet
    500 generated faces, least               16.1       8.0          1.8           1.3
    4 samples, blurred, dark, noisy,         17.1       7.5          2.2           1.2
      grey, 40 px wide, least
    25 textures, noises and plains, most     14.0       6.1          3.0           1.4

The first two encoders tell faces from textures, the others do not. The detector's score was at least 0.72 on those
faces, and it found none in the textures.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from explorer.science.faces.face import Face
from explorer.studio.arrays import Vector

LEAST_NORM: Mapping[str, float] = {"arcface-mbf": 15.0, "sface": 7.0}
"""By encoder, half-way between textures and faces; encoders whose norm does not tell them apart are not here."""
LEAST_SCORE = 0.6
_ENOUGH = 2


def remark_on(face: Face, vectors: Mapping[str, Vector]) -> str:
    """Why a face is hardly one, in a few words; empty where it may well be one.

    The signs are the norms, and the score of a face that was not placed by hand. Two of them have to speak against it,
    or the one that is known: a poor photograph can have one of them, too.

    Args:
        vectors: its embeddings (D,) by encoder, as the networks give them.
    """
    norms = {encoder: float(np.linalg.norm(vectors[encoder])) for encoder in LEAST_NORM if encoder in vectors}
    signs = [
        f"norm {norm:.1f} of {encoder}, faces have {LEAST_NORM[encoder]:g} and more"
        for encoder, norm in norms.items()
        if norm < LEAST_NORM[encoder]
    ]
    if not face.by_hand and face.score < LEAST_SCORE:
        signs.append(f"detector score {face.score:.2f}, faces have {LEAST_SCORE:g} and more")
    known = len(norms) + (not face.by_hand)
    return "; ".join(signs) if norms and len(signs) >= min(known, _ENOUGH) else ""
