"""What the panels of the gallery say is read whole at every width."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.studio.gallery.browsing import BROWSING
from explorer.studio.gallery.state import GALLERY
from explorer.ui.gallery.compare_panel import ComparePanel
from explorer.ui.gallery.map_panel import MapPanel
from tests.studio.gallery.gallery_kit import folder_of_people, made_up_gallery
from tests.ui.stage import Stage

pytestmark = pytest.mark.slow  # a whole window each


@pytest.fixture
def many(stage: Stage, tmp_path: Path) -> Stage:
    """A gallery of three people, three photographs each."""
    stage.workbench.gallery.add_folders([folder_of_people(tmp_path / "people")])
    stage.settle()
    return stage


def key(stage: Stage, name: str) -> str:
    listing = stage.session[BROWSING].listing
    return listing.keys[listing.names.index(name)]


@pytest.mark.parametrize("width", [520, 820, 1300])
def test_no_number_of_a_comparison_is_cut_and_the_whole_number_is_said(many: Stage, width: int) -> None:
    many.window.bring("compare")
    many.workbench.gallery.choose([key(many, name) for name in ("Ada 1.png", "Ada 2.png", "Bob 1.png")])
    many.settle()
    compare = many.window.panel(ComparePanel)
    many.until(lambda: compare.table.rowCount() == 3 and compare.table.columnCount() == 5)
    compare.parts.resize(width, 240)
    compare._share_room()
    many.listen()
    table, header = compare.table, compare.table.horizontalHeader()
    for column in range(table.columnCount()):
        for row in range(table.rowCount()):
            wanted = table.sizeHintForIndex(table.model().index(row, column)).width()
            assert header.sectionSize(column) >= wanted, (row, column)
    scrolled = table.horizontalScrollBar().maximum()
    assert header.length() <= table.viewport().width() + scrolled, "what has no room can be scrolled to"
    tables = list(many.session[BROWSING].comparison.tables.values())
    assert f"{tables[0].matrix[0, 1]:.6f}" in table.item(0, 1).toolTip()
    assert f"{tables[0].threshold:.4f}" in table.item(0, 1).toolTip()


def test_the_caveat_of_t_sne_is_never_cut(stage: Stage) -> None:
    stage.session[GALLERY] = made_up_gallery(20)
    stage.window.bring("map")
    stage.workbench.gallery.views.project("t-sne")
    stage.settle()
    map_panel = stage.window.panel(MapPanel)
    stage.until(map_panel.caveat.isVisible)
    assert "mean nothing" in map_panel.caveat.text()
    map_panel.setParent(None)
    stage.qtbot.addWidget(map_panel)
    map_panel.show()
    for width in (300, 500, 1200):
        map_panel.resize(width, 400)
        stage.listen()
        for label in (map_panel.caveat, map_panel.facts):
            assert label.height() >= label.heightForWidth(label.width()), (width, label.text())
    stage.workbench.gallery.views.project("pca")
    stage.settle()
    stage.until(lambda: not map_panel.caveat.isVisible())
