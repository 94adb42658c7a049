"""Values of the inversion's slices: one run, towards the one face."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.inversion import state
from explorer.studio.inversion.plan import Plan
from explorer.studio.inversion.record import ContestStep, WeightChange
from explorer.studio.inversion.values import Contest, StartView
from explorer.studio.session.slices import Slice
from tests.studio.export.made_up import made_up_run
from tests.studio.slice_kit import PIXELS, RUN_KEY, target


def samples() -> Mapping[Slice[Any], Any]:
    record = made_up_run(steps=3)
    settings = InversionSettings(encoder="sface", steps=3, seed=11)
    latents = tuple(torch.full((512,), float(step)) for step in range(len(record.steps)))
    ahead = ContestStep(
        step=0,
        number=4,
        competing=27,
        losses={"identity": 0.8},
        weights={"identity": 1.0},
        total=0.8,
        cosine=0.2,
        score=0.2,
    )
    run = state.RunState(
        RUN_KEY,
        target(),
        PIXELS,
        settings,
        "stopped",
        steps=tuple(record.steps),
        latents=latents,
        overlays=(None,) * len(latents),
        image=PIXELS,
        best_image=PIXELS,
        best_index=3,
        contest=Contest(27, 3, 1, 27, 27, {0: StartView(0, PIXELS, 0, 0.2)}, (ahead,)),
    )
    return {
        state.SETTINGS: settings,
        state.WEIGHTS: {"identity": 1.0, "prior": 0.25},
        state.PLAN: Plan((WeightChange(step=2, term="prior", weight=0.5),), 3),
        state.AS_TARGET: True,
        state.RUNS: {RUN_KEY: run},
        state.COMPARED: (RUN_KEY,),
        state.RUN: run,
    }
