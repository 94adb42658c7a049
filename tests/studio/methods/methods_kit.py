"""Made-up ways back to a face: what an engine would bring."""

from __future__ import annotations

import numpy as np

from explorer.science.evaluation.score import EncoderScore
from explorer.studio.methods.comparing import MethodRow
from explorer.studio.methods.values import WaySeen

TITLES = {"nearest": "Nearest known", "decode": "Decoder", "refine": "Refiner", "optimise": "Search"}
LACKING = "no refiner for sface: `likeness train refiner --encoder sface`"


def made_up_way(way: str = "decode", value: float = 0.8, searches: bool = True, side: int = 32) -> WaySeen:
    """A way that made a face, in which the attacked encoder sees `value`."""
    scores = [
        EncoderScore(
            encoder=encoder, measure="cosine", attacked=not place, score=value - place / 10, threshold=0.4, passes=True,
            fmr=0.0, fmr_resolution=1e-5, rank=1 + place, gallery=500,
        )
        for place, encoder in enumerate(("sface", "edgeface-s"))
    ]  # fmt: skip
    row = MethodRow(
        way=way, title=TITLES[way], source="made up", seconds=0.25, queries=3, side=side, face_found=True,
        scores=scores, readings={"Gender": "female", "Age": "33 years"},
    )  # fmt: skip
    return WaySeen(row, np.full((side, side, 3), int(200 * value), np.uint8), searches)


def lacking_way(way: str = "refine") -> WaySeen:
    """A way that has no weights."""
    return WaySeen(MethodRow(way=way, title=TITLES[way], source="made up", lacking=LACKING), None)


def all_ways() -> list[WaySeen]:
    """Two at once, one without weights, then the search."""
    return [
        made_up_way("nearest", 0.5, searches=False),
        made_up_way("decode", 0.6),
        lacking_way(),
        made_up_way("optimise", 0.9),
    ]
