"""Every layout, panel and dialog goes onto a 1080p screen at 200 %, and nothing flashes up beside the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLabel, QPushButton, QWidget

from benchmarks.screens import HIGHEST, WIDEST, Ghosts, Least, dialogs, fill, least, states
from explorer.science.inversion.terms import default_weights
from explorer.studio.app.features import new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.engine.fake import FakeEngine
from explorer.ui.base import theme
from explorer.ui.inversion.panel import InversionPanel
from explorer.ui.preferences.service import PreferencesService
from explorer.ui.session.service import SessionFileService
from explorer.ui.widgets.shrinking import Shrinking, fit_screen
from explorer.ui.widgets.table import Cell, CopyableTable
from explorer.ui.window.features import DOCKS
from explorer.ui.window.layouts import NARROW, SHIPPED, Arrangement
from explorer.ui.window.main_window import MainWindow
from tests.ui.canned import HANDLERS
from tests.ui.stage import Stage
from tests.ui.window.test_sizes import handlers  # noqa: F401


@pytest.fixture(params=[100, 150])
def text(request: pytest.FixtureRequest, stage: Stage):
    """The size of the text in percent."""
    stage.window.service(PreferencesService).set("text_size", request.param)
    yield request.param
    theme.scale_text(1.0)


def too_large(found: list[Least]) -> list[Least]:
    return [one for one in found if not one.fits]


@pytest.mark.slow
def test_every_layout_fits_with_nothing_loaded(handlers: None, stage: Stage, text: int) -> None:  # noqa: F811
    found = []
    for name in ("reset_layout", *(f"layout_{name.lower()}" for name in SHIPPED)):
        stage.window.actions_by_name[name].trigger()
        stage.settle()
        found.append(least(stage.window, name))
    assert too_large(found) == []


@pytest.mark.slow
def test_every_layout_with_every_panel_fits_with_runs_ticked_and_a_gallery(
    handlers: None,  # noqa: F811
    stage: Stage,
    text: int,
    tmp_path: Path,
) -> None:
    def settle() -> None:
        stage.settle()
        stage.listen()

    fill(stage.window, stage.workbench, stage.engine, tmp_path, settle)
    found = []
    for state in states(stage.window, settle):
        stage.window.resize(WIDEST, HIGHEST)
        settle()
        size = stage.window.size()
        found += [least(stage.window, state), Least(f"{state}, as it is", size.width(), size.height())]
    assert len(found) > 2 * len(stage.window.docks)
    assert too_large(found) == []


@pytest.mark.slow
def test_every_dialog_fits(handlers: None, stage: Stage, text: int, photograph: Path) -> None:  # noqa: F811
    stage.open(photograph)
    names = []
    for name, dialog in dialogs(stage.window):
        dialog.resize(WIDEST, HIGHEST)
        stage.listen()
        assert dialog.width() <= WIDEST, name
        assert dialog.height() <= HIGHEST, name
        names.append(name)
    assert names == ["preferences", "compose", "edit_points", "own_parts", "help_here", "responsible", "about"]


@pytest.mark.slow
def test_nothing_is_shown_as_a_window_of_its_own_from_the_start_through_every_layout_and_panel(
    handlers: None,  # noqa: F811
    qapp: QApplication,
) -> None:
    ghosts = Ghosts(qapp)
    session, engine = new_session(), FakeEngine(HANDLERS)
    window = MainWindow(session)
    window.service(SessionFileService).ask = lambda keeping: "discard"
    window.show()
    qapp.processEvents()
    window.complete()
    window.attach(Workbench(engine, session, default_weights()))
    for name in ("reset_layout", *(f"layout_{name.lower()}" for name in SHIPPED)):
        window.actions_by_name[name].trigger()
        qapp.processEvents()
    for dock_id in window.docks:
        window.bring(dock_id)
        qapp.processEvents()
    assert ghosts.finish() == []
    window.close()
    window.deleteLater()
    qapp.processEvents()


@pytest.mark.slow
def test_the_palette_stays_in_the_window(stage: Stage, text: int) -> None:
    stage.window.resize(WIDEST, HIGHEST)
    stage.listen()
    stage.window.search_actions()
    stage.listen()
    assert stage.window.rect().contains(stage.window.palette_of_actions.geometry())


def test_panels_stand_in_the_order_of_their_keys() -> None:
    keys = [spec.shortcut.removeprefix("Ctrl+") for spec in DOCKS]
    assert [key for key in keys if key.isdigit()] == [*"1234567890"]


@pytest.mark.slow
def test_text_of_any_size_leaves_no_button_and_no_field_lower_than_its_words(stage: Stage, text: int) -> None:
    stage.listen()
    for kind in (QPushButton, QComboBox, QAbstractSpinBox):
        for one in stage.window.findChildren(kind):
            if one.isVisible():
                assert one.height() >= one.fontMetrics().height() + 2, one.accessibleName()


def test_a_column_of_a_table_is_scrolled_to_before_it_is_cut(qtbot) -> None:
    table = CopyableTable(["Pair", "arcface", "sface", "edgeface"])
    qtbot.addWidget(table)
    table.stretch()
    table.set_rows([[Cell("one, two"), Cell("0.123456"), Cell("0.234567"), Cell("-0.345678")]])
    for width, scrolled in ((600, False), (120, True)):
        table.resize(width, 100)
        table.show()
        QApplication.processEvents()
        assert (table.horizontalScrollBar().maximum() > 0) is scrolled
        for column in range(table.columnCount()):
            assert table.columnWidth(column) >= table.sizeHintForColumn(column)


def test_a_window_that_flashes_up_is_noticed(qapp: QApplication) -> None:
    ghosts = Ghosts(qapp)
    label = QLabel("Boo")
    label.show()
    assert ghosts.finish() == ["QLabel ''"]
    label.close()
    label.deleteLater()


def test_a_narrow_window_lays_docks_of_both_sides_behind_each_other(stage: Stage) -> None:
    sides = Arrangement("both", left=(("faces",), ("embedding",)), right=(("objective", "probe"),), bottom=(("runs",),))
    assert sides.within(NARROW, 900) == sides
    assert sides.within(NARROW, 500).height < 250
    narrow = sides.within(NARROW - 1, 900)
    assert narrow.left == (("objective", "probe", "faces", "embedding"),)
    assert (narrow.right, narrow.bottom) == ((), (("runs",),))
    stage.window.resize(960, 520)
    stage.window.reset_layout()
    stage.until(lambda: stage.window.in_view("faces") and not stage.window.in_view("objective"))
    stage.window.actions_by_name["layout_inversion"].trigger()
    stage.until(lambda: stage.window.in_view("objective") and not stage.window.in_view("faces"))
    assert stage.window.middle.width() > 600


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least_side"), [("inversion", 290), ("3d", 250)])
def test_reconstructions_get_the_room_in_their_layouts(
    handlers: None,  # noqa: F811
    stage: Stage,
    photograph: Path,
    name: str,
    least_side: int,
) -> None:
    stage.open(photograph)
    stage.window.actions_by_name[f"layout_{name}"].trigger()
    stage.settle()
    stage.listen()
    middle = stage.window.panel(InversionPanel)
    for picture in (middle.target, middle.current, middle.best):
        assert min(picture.view.width(), picture.view.height()) >= least_side


def test_what_does_not_fit_is_scrolled_to_and_asks_for_no_more_than_its_least(qtbot) -> None:
    wide = QWidget()
    wide.setMinimumSize(400, 50)
    area = Shrinking(wide, QSize(150, 100))
    qtbot.addWidget(area)
    assert area.minimumSizeHint() == QSize(150, 50)
    area.resize(200, 120)
    area.show()
    QApplication.processEvents()
    assert wide.width() == 400
    assert area.horizontalScrollBar().maximum() > 0


def test_a_window_is_no_larger_than_its_screen(qtbot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    fit_screen(window, QSize(100_000, 100_000))
    assert window.width() <= window.screen().availableSize().width()
    assert window.height() < window.screen().availableSize().height()
