"""The Handles dock on a fake engine: sliders stand where the face has them, and move it."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.studio.handles.state import HANDLES
from explorer.ui.handles.panel import HandlesPanel
from tests.ui.stage import Stage, save_picture

pytestmark = pytest.mark.slow


def test_sliders_stand_where_the_face_has_them_and_move_it(stage: Stage, tmp_path: Path) -> None:
    stage.open(save_picture(tmp_path / "one.png", 1))
    stage.window.bring("handles")
    panel, session = stage.window.panel(HandlesPanel), stage.session

    def drawn() -> bool:
        stage.settle()
        return panel.picture.view.source is not None and set(panel.sliders) == {"smiling", "gender"}

    stage.until(drawn)
    stage.until(lambda: panel.sliders["smiling"].value() == 0.5 and panel.sliders["gender"].value() == -1.0)
    assert not panel.reset.isEnabled()
    panel.sliders["smiling"].field.setValue(4.0)
    stage.settle()
    assert dict(session[HANDLES].values) == {"smiling": 4.0}
    shown = session[HANDLES].shown
    assert shown is not None
    assert shown.fine, "what is typed is drawn at full size"
    stage.until(panel.reset.isEnabled)
    stage.click(panel.reset)
    stage.settle()
    stage.until(lambda: panel.sliders["smiling"].value() == 0.5)
    panel.base.activated.emit(2)
    stage.settle()
    assert session[HANDLES].base == "sample"
    stage.until(panel.seed.isVisible)
    panel.set_watched(False)
    assert not session[HANDLES].watched
