"""Values of the faces' slices, all of one face and one vector."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from explorer.science.leakage.edits import PictureEdit
from explorer.studio.faces import state
from explorer.studio.faces.values import Altered, Edits, SimilarityTable, UnnamedVector
from explorer.studio.session.slices import Slice
from tests.studio.slice_kit import EMBEDDING, FACE, KEY, PHOTOGRAPH, PIXELS, SHA, VECTOR_KEY, VECTOR_SHA


def samples() -> Mapping[Slice[Any], Any]:
    edits = Edits(PictureEdit(blur=1.5))
    table = SimilarityTable("sface", "SFace", "cosine", (KEY, VECTOR_KEY), np.eye(2), 0.3, None)
    return {
        state.PHOTOGRAPHS: {SHA: state.LoadedPhotograph(SHA, PHOTOGRAPH, PIXELS)},
        state.EMBEDDINGS: {KEY: {"sface": EMBEDDING}},
        state.VECTORS: {VECTOR_KEY: state.LoadedVector(VECTOR_KEY, "stolen.npy", VECTOR_SHA, "sface", EMBEDDING)},
        state.FACES: {KEY: state.LoadedFace(KEY, "jane.png", SHA, FACE, PIXELS, PIXELS)},
        state.EDITS: {KEY: edits},
        state.ORIGINS: {KEY: "generated"},
        state.ENCODER: "sface",
        state.SELECTED: KEY,
        state.SIMILARITY: {"sface": table},
        state.UNNAMED: (UnnamedVector(Path("bare.npy"), 128, 1.4, (("sface", "SFace"),), "sface"),),
        state.ALTERED: Altered(KEY, "sface", edits, EMBEDDING, PIXELS),
        state.OPENING: (state.Opening(1, "john.png"),),
    }
