"""A made-up record of several inversions, and its pictures."""

from __future__ import annotations

import numpy as np
import torch

from explorer.science.evaluation.variation import Agreement
from explorer.studio.inversion.running import FinishedInversion
from explorer.studio.inversion.several import run_settings
from explorer.studio.variation.running import FinishedVariation, Variation
from tests.studio.export.made_up import made_up_picture, made_up_run


def agreement(name="smiling", title="Smile", group="attribute", **other) -> Agreement:
    facts = {
        "answer": "smiling", "measure": "pairs that agree", "unit": "", "better": "higher", "results": 0.8,
        "random": 0.6, "determined": 0.5,
    }  # fmt: skip
    return Agreement(name=name, title=title, group=group, **(facts | other))


AGREEMENTS = [
    agreement(),
    agreement("hat", "Hat", answer="none", results=1.0, random=1.0, determined=None),
    agreement(
        "age", "Age", answer="34 years", unit="years", better="lower", results=9.0, random=8.0, determined=-0.125
    ),
    agreement("other_picture", "Picture, around it", "colour", answer="", unit="ΔE", results=21.3, random=30.0),
    agreement("sface", "sface, held out", "encoder", answer="", measure="cosine", results=0.62, random=0.05),
]


def made_up_variation(count: int = 4, kind: str = "photograph", **other) -> FinishedVariation:
    """What an engine would bring; pictures are small."""
    runs = [made_up_run(steps=10, kind=kind) for _ in range(count)]
    runs = [run.model_copy(update={"settings": run_settings(run.settings, place)}) for place, run in enumerate(runs)]
    record = Variation(runs=runs, random_faces=24, agreements=AGREEMENTS, **other)
    results = tuple(
        FinishedInversion(run, made_up_picture(place, 128), torch.zeros(512), ()) for place, run in enumerate(runs)
    )
    y, x = np.mgrid[0:64, 0:64] / 64
    return FinishedVariation(record, results, made_up_picture(99, 64), (12 * x + 20 * y**2).astype(np.float32))
