"""What is stated of the whole window is stated of one whose panels are all there."""

from __future__ import annotations

import pytest

from tests.ui.stage import Stage


@pytest.fixture
def stage(stage: Stage) -> Stage:
    """The window on a fake engine, complete as a user has it a moment behind the first paint."""
    stage.window.complete()
    stage.listen()
    return stage
