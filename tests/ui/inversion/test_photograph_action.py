"""Run > Invert photograph, as the user sees it: badged, beside the run of the embedding, and by the terms that act."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.studio.inversion.state import COMPARED, RUN, RUNS
from explorer.ui.inversion.objective_panel import ObjectivePanel
from tests.ui.stage import Stage


@pytest.mark.slow
def test_the_photograph_is_inverted_beside_its_embedding(stage: Stage, photograph: Path) -> None:
    stage.open(photograph)
    actions, sliders = stage.window.actions_by_name, stage.window.panel(ObjectivePanel).sliders
    assert not sliders["perceptual"].isEnabled()
    actions["start"].trigger()
    stage.settle()
    assert actions["start_photograph"].isEnabled()
    actions["start_photograph"].trigger()
    stage.advance(6)
    assert sliders["perceptual"].isEnabled()
    assert not sliders["landmarks"].isEnabled()
    assert not actions["start_photograph"].isEnabled(), "a run is under way"
    stage.settle()
    assert stage.session[RUN].shows_photograph
    assert stage.session[COMPARED] == tuple(stage.session[RUNS])
