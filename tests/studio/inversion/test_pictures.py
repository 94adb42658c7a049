"""Which steps a figure shows, and that every step is drawn as its run showed it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.inversion import pictures as picturing
from explorer.studio.inversion.figure_caption import caption
from explorer.studio.inversion.pictures import run_images, run_pictures, shown_steps, step_picture
from explorer.studio.inversion.record import InversionRun, TargetRecord
from explorer.studio.inversion.requests import Invert
from explorer.studio.inversion.values import RunTarget
from tests.canned_program import record, step_record

STEPS = 90
LARGE_FROM = 76


@pytest.fixture
def run() -> InversionRun:
    """A run whose last steps were drawn at 512 px."""
    target = TargetRecord(kind="vector", name="v.npy", sha256="0" * 64, encoder="sface", norm=1.0)
    steps = [
        step_record(index, {"identity": 1.0}).model_copy(update={"resolution": 256 if index < LARGE_FROM else 512})
        for index in range(STEPS + 1)
    ]
    request = Invert("k", RunTarget("v", target, np.ones(128, np.float32), {}), InversionSettings(steps=STEPS))
    return record(request, steps, [])


@pytest.fixture
def latents(monkeypatch: pytest.MonkeyPatch) -> list[torch.Tensor]:
    """Latents that are drawn as grey pictures, each as dark as its number says."""

    def grey(networks: object, latent: torch.Tensor, settings: InversionSettings, resolution: int) -> np.ndarray:
        return np.full((resolution, resolution, 3), int(latent[0]), np.uint8)

    monkeypatch.setattr(picturing, "draw", grey)
    return [torch.full((512,), float(index)) for index in range(STEPS + 1)]


@pytest.mark.parametrize("best", [0, 1, 2, 7, 19, 120, 5000])
def test_milestones_lie_in_order_strictly_between_start_and_result(best, run):
    start, *between = shown_steps(run.model_copy(update={"best_index": best}))
    assert start == 0
    assert between == sorted(set(between))
    assert all(0 < step < best for step in between)


def test_a_long_run_has_the_start_and_the_five_that_fill_the_figure(run):
    assert len(shown_steps(run.model_copy(update={"best_index": 120}))) == 6


def test_every_step_of_a_film_has_the_resolution_at_which_it_was_judged(run, latents):
    pictures = list(run_pictures(None, run, latents))
    assert [picture.shape[0] for picture in pictures] == [256] * LARGE_FROM + [512] * (STEPS + 1 - LARGE_FROM)
    assert [picture[0, 0, 0] for picture in pictures] == list(range(STEPS + 1))


def test_a_figure_shows_its_milestones_at_the_resolution_at_which_they_were_judged(run, latents):
    late = run.model_copy(
        update={"best_index": STEPS, "steps": [s.model_copy(update={"resolution": 512}) for s in run.steps]}
    )
    for one, size in ((run, 256), (late, 512)):
        native = np.zeros((1024, 1024, 3), np.uint8)
        images = run_images({index: step_picture(None, one, latents, index) for index in shown_steps(one)}, native)
        assert [index for index, _ in images.milestones] == shown_steps(one)[1:]
        assert {image.shape[0] for image in (images.start, *(image for _, image in images.milestones))} == {size}
        assert images.result is native


def test_the_caption_says_from_which_step_on_the_images_were_larger(run):
    assert "256 px in the loop, 512 px from step 76 on" in caption(run, source_shown=True)
    alike = run.model_copy(update={"steps": run.steps[:LARGE_FROM]})
    assert "256 px in the loop. Weights" in caption(alike, source_shown=True)
