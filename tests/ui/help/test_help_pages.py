"""Every panel explains itself, the empty window says what to try, and troubles can be reported."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QScrollArea, QToolButton

from explorer.studio.faces.state import PHOTOGRAPHS
from explorer.ui.help.dialog import pages, title_of
from explorer.ui.help.log_panel import LogPanel
from explorer.ui.inversion.objective_panel import ObjectivePanel
from explorer.ui.inversion.panel import InversionPanel
from explorer.ui.window.features import DOCKS
from tests.ui.stage import Stage

SECTIONS = ("## What it shows", "## Which equation", "## What it does not prove")


@pytest.mark.parametrize("topic", ["inversion", *(spec.id for spec in DOCKS)])
def test_every_panel_has_a_page_that_says_what_it_does_not_prove(topic: str) -> None:
    text = pages()[topic].read_text(encoding="utf-8")
    assert text.startswith("# ")
    places = [text.index(section) for section in SECTIONS]
    assert places == sorted(places)
    assert all(len(part.strip()) > 30 for part in text.split("\n## ")[1:])


def test_a_page_is_called_as_its_dock() -> None:
    for spec in DOCKS:
        assert title_of(pages()[spec.id]) == spec.title


@pytest.mark.slow
def test_the_question_mark_on_a_dock_opens_its_page(stage: Stage) -> None:
    dock = stage.window.docks["embedding"]
    button = next(one for one in dock.findChildren(QToolButton) if "does not prove" in one.toolTip())
    stage.click(button)
    help_dialog = stage.window.help_dialog
    assert help_dialog.isVisible()
    assert help_dialog.browser.toPlainText().startswith("Embedding")
    help_dialog.close()


@pytest.mark.slow
def test_f1_explains_the_panel_with_the_keyboard(stage: Stage) -> None:
    stage.window.panel(ObjectivePanel).encoder.setFocus()
    stage.window.actions_by_name["help_here"].trigger()
    assert stage.window.help_dialog.browser.toPlainText().startswith("Objective")
    stage.window.help_dialog.close()


@pytest.mark.slow
def test_links_lead_to_other_pages_and_nowhere_else(stage: Stage) -> None:
    stage.window.explain("inversion")
    browser = stage.window.help_dialog.browser
    browser.anchorClicked.emit(QUrl("https://example.org"))
    assert browser.toPlainText().startswith("Inversion")
    browser.anchorClicked.emit(QUrl("variation"))
    assert browser.toPlainText().startswith("Variation")
    with pytest.raises(LookupError):
        stage.window.explain("nothing of the kind")
    stage.window.help_dialog.close()


@pytest.mark.slow
def test_the_empty_window_offers_three_things_to_try(stage: Stage, photograph: Path) -> None:
    window = stage.window
    assert window.middle.currentWidget() is window.welcome
    stage.click(window.welcome.samples[1])
    stage.settle()
    assert window.middle.currentWidget().isAncestorOf(window.panel(InversionPanel))
    assert len(stage.session[PHOTOGRAPHS]) == 1
    window.actions_by_name["new_session"].trigger()
    stage.settle()
    assert window.middle.currentWidget() is window.welcome


@pytest.mark.slow
def test_the_empty_window_is_not_scrolled_sideways_on_a_small_screen(stage: Stage) -> None:
    welcome = stage.window.welcome
    (area,) = welcome.findChildren(QScrollArea)
    for size, columns in (((960, 520), 2), ((1440, 900), 4)):
        stage.window.resize(*size)
        stage.until(lambda columns=columns: len({one.x() for one in welcome.samples}) == columns)
        stage.until(lambda: area.horizontalScrollBar().maximum() == 0)


@pytest.mark.slow
def test_the_log_can_be_filtered_and_copied_whole(stage: Stage) -> None:
    log = stage.window.panel(LogPanel)
    for level, title in (("info", "A note"), ("warning", "A warning"), ("error", "An error")):
        stage.workbench.notify(level, title, "about secret-name.png")
    assert [word in log.text.toPlainText() for word in ("A note", "A warning", "An error")] == [True, True, True]
    log.level.setCurrentText("Errors")
    assert [word in log.text.toPlainText() for word in ("A note", "A warning", "An error")] == [False, False, True]
    log.level.setCurrentText("Everything")
    log.words.setText("WARN")
    assert [word in log.text.toPlainText() for word in ("A note", "A warning", "An error")] == [False, True, False]
    stage.workbench.notify("info", "Another note", "that does not fit")
    assert "Another note" not in log.text.toPlainText()
    stage.click(log.copy)
    copied = QGuiApplication.clipboard().text()
    assert "Another note" in copied
    assert "secret-name" not in copied


@pytest.mark.slow
def test_the_report_holds_versions_device_and_log_but_no_names(stage: Stage) -> None:
    stage.workbench.notify("warning", "A warning", "about secret-name.png")
    clipboard = QGuiApplication.clipboard()
    clipboard.clear()
    stage.window.actions_by_name["report"].trigger()
    stage.qtbot.waitUntil(lambda: "A warning" in clipboard.text(), timeout=60_000)
    report = clipboard.text()
    for word in ('"version"', '"device"', '"torch"', "A warning"):
        assert word in report
    assert "secret-name" not in report
    assert str(Path.home()) not in report
