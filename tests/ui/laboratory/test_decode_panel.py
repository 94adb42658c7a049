"""The Decode dock on a fake engine: what is selected, and what is under the pointer."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.studio.faces.state import ENCODER, FACES, SELECTED
from explorer.studio.laboratory.decode_state import DECODE
from explorer.ui.gallery.panel import GalleryPanel
from explorer.ui.laboratory.decode_panel import HINT, DecodePanel
from tests.ui.stage import Stage, save_picture

pytestmark = pytest.mark.slow


def test_it_draws_what_is_selected_or_under_the_pointer_and_says_what_is_missing(stage: Stage, tmp_path: Path) -> None:
    stage.open(save_picture(tmp_path / "one.png", 1), save_picture(tmp_path / "other.png", 2))
    stage.window.bring("decode")
    panel, session = stage.window.panel(DecodePanel), stage.session

    def shows(name: str) -> bool:
        stage.settle()
        return panel.picture.view.source is not None and panel.picture.title.text() == name

    names = {key: face.name for key, face in session[FACES].items()}
    selected = session[SELECTED]
    stage.until(lambda: shows(names[selected]))
    stage.window.bring("gallery")
    grid = stage.window.panel(GalleryPanel).grid
    stage.until(lambda: grid.faces.rowCount() == 2)
    row = next(row for row in range(2) if grid.faces.key_at(row) != selected)
    grid.entered.emit(grid.faces.index(row))  # as the list says where the pointer is
    stage.until(lambda: shows(names[grid.faces.key_at(row)]))
    grid.viewportEntered.emit()
    stage.until(lambda: shows(names[selected]))
    session[ENCODER] = "sface"
    stage.until(lambda: stage.settle() or "No decoder for sface" in panel.picture.view.hint)
    assert panel.picture.view.source is None
    panel.set_watched(False)
    assert not session[DECODE].watched
    assert HINT.endswith("map.")
