"""Faces side by side, and under the wipe, in a real window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent

from explorer.studio.faces.state import SELECTED
from explorer.studio.gallery.browsing import BROWSING
from explorer.studio.inversion.state import RUN
from explorer.ui.gallery.compare_panel import ComparePanel
from explorer.ui.gallery.wipe_panel import WipePanel
from explorer.ui.gallery.wipe_view import WipeView
from explorer.ui.widgets.lens import LARGEST, Lens
from explorer.ui.widgets.zoom_view import ZoomView
from tests.ui.gallery.people_kit import key, many
from tests.ui.stage import Stage

__all__ = ["many"]


@pytest.mark.slow
def test_chosen_faces_stand_side_by_side_with_their_scores(many: Stage) -> None:
    many.window.bring("compare")
    many.workbench.gallery.choose([key(many, name) for name in ("Ada 1.png", "Ada 2.png", "Bob 1.png")])
    many.settle()
    compare = many.window.panel(ComparePanel)
    many.until(lambda: compare.table.rowCount() == 3 and compare.table.columnCount() == 5)
    assert [picture.isVisibleTo(compare) for picture in compare.pictures] == [True, True, True, False]
    many.until(lambda: compare.pictures[0].view.image() is not None)
    assert compare.pictures[2].detail.text() == "Bob"
    compare.lens.zoom_by(2.0, QPointF(0.5, 0.5))
    areas = [picture.view.area().width() / picture.view.frame().width() for picture in compare.pictures[:3]]
    assert areas == pytest.approx([2.0, 2.0, 2.0])


@pytest.mark.slow
def test_photograph_and_result_lie_under_a_line_and_their_difference_beside(stage: Stage, photograph: Path) -> None:
    stage.open(photograph)
    stage.window.bring("wipe")
    stage.workbench.inversion.start()
    stage.settle()
    wipe = stage.window.panel(WipePanel)
    stage.until(lambda: wipe.wipe.image() is not None)
    stage.settle()
    stage.until(lambda: stage.engine.run() == 0 and wipe.map.image() is not None)
    difference = stage.session[BROWSING].difference
    assert difference.one is stage.session[RUN].target_frame
    assert wipe.difference.detail.text() == f"mean ΔE {difference.mean:.1f}"
    assert wipe.scale.numbers()[-1].endswith("ΔE")
    stage.workbench.faces.remove_face(stage.session[SELECTED])
    assert stage.session[BROWSING].difference is None
    stage.until(lambda: wipe.map.image() is None)


def test_the_line_is_dragged_and_moved_by_keys(qtbot) -> None:
    view = WipeView("pair", "", Lens())
    qtbot.addWidget(view)
    view.resize(300, 300)
    view.show()
    pixels = np.zeros((64, 64, 3), np.uint8)
    view.set_pair(pixels, pixels + np.uint8(9), ("one", "other"))
    qtbot.waitUntil(lambda: view.image() is not None)
    start = QPoint(round(view.line_x()), 150)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(view, QPoint(75, 150))
    view.mouseMoveEvent(
        QMouseEvent(
            QEvent.Type.MouseMove, QPointF(75, 150), QPointF(75, 150), Qt.MouseButton.LeftButton,
            Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
        )
    )  # fmt: skip
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(75, 150))
    assert view.line == pytest.approx(0.25, abs=0.01)
    qtbot.keyClick(view, Qt.Key.Key_BracketRight)
    assert view.line == pytest.approx(0.27, abs=0.01)
    view.set_line(7.0)
    assert view.line == 1.0


def test_zooming_keeps_the_point_under_the_pointer_and_never_leaves_the_picture() -> None:
    lens = Lens()
    view = ZoomView("one", "", lens)
    view.resize(200, 200)
    view.set_pixels(np.zeros((64, 64, 3), np.uint8))
    pointer = QPointF(50, 120)
    before = view.place(pointer)
    lens.zoom_by(2.5, before)
    assert (view.place(pointer) - before).manhattanLength() < 1e-9
    lens.pan(QPointF(-9, 9))
    part = lens.part
    assert part.left() == pytest.approx(0.0)
    assert part.bottom() == pytest.approx(1.0)
    lens.zoom_by(1e9, QPointF(0.5, 0.5))
    assert lens.zoom == LARGEST
    lens.zoom_by(1e-9, QPointF(0.2, 0.2))
    assert (lens.zoom, lens.part.left()) == (1.0, 0.0)
