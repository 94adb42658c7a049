"""Very many points: each is counted once, where it lies, and each by itself once few are in view."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from pytestqt.qtbot import QtBot

from explorer.studio.gallery.far import Looked
from explorer.ui.gallery import scatter
from explorer.ui.gallery.density import ManyBrushes, counted, rows_within
from explorer.ui.gallery.scatter import Scatter


def test_each_point_in_view_is_counted_in_its_cell() -> None:
    points = np.array([[0.5, 0.5], [0.6, 0.4], [3.5, 1.5], [9.0, 0.0], [-0.1, 0.0]], np.float32)
    counts = counted(points, QRectF(0, 0, 4, 2), 4, 2)
    assert counts.tolist() == [[2, 0, 0, 0], [0, 0, 0, 1]]
    assert rows_within(points, QRectF(0, 0, 4, 2)).tolist() == [0, 1, 2]


def test_a_person_has_one_colour() -> None:
    brushes = ManyBrushes()
    assert brushes["Ada"].color() == ManyBrushes()["Ada"].color()
    assert brushes["Ada"].color() != brushes["Bob"].color()


def test_points_are_drawn_where_few_are_in_view(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scatter, "MOST_DOTS", 50)
    points = np.random.default_rng(0).standard_normal((400, 2)).astype(np.float32)
    names = Looked(400, lambda at: f"face {at}")
    plot = Scatter()
    qtbot.addWidget(plot)
    plot.resize(300, 200)
    with qtbot.waitExposed(plot):
        plot.show()
    plot.set_faces(names, names, Looked(400, lambda at: ""), Looked(400, lambda at: b""), there=set())
    plot.set_points(points, fit=True)
    assert plot._density.isVisible()
    assert len(plot._dots.data) == 0
    plot._box.setRange(QRectF(-0.1, -0.1, 0.2, 0.2), padding=0)
    assert not plot._density.isVisible()
    assert len(plot._dots.data) == len(rows_within(points, plot._box.viewRect()))
