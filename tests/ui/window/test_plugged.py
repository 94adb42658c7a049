"""Panels of plug-ins: shown as the window's own while they are switched on, and no broken one keeps the window shut."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QMenu
from pytestqt.qtbot import QtBot

from explorer.science.inversion.terms import TERMS
from explorer.studio.app.features import new_session
from explorer.studio.faces.state import EMBEDDINGS, PHOTOGRAPHS
from explorer.studio.session.slices import Forgotten
from explorer.studio.session.state import NOTIFICATIONS
from explorer.ui.window.app import Loader
from explorer.ui.window.features import ACTIONS, DOCKS, table_with
from explorer.ui.window.main_window import MainWindow
from explorer.ui.window.plugged import plugged_panels
from tests.studio.plugins.plugin_kit import PANEL, TERM, Site, open_site
from tests.ui.stage import PATIENCE_MS, Stage
from tests.ui.window.test_lifetime import SLOW


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with open_site(tmp_path, monkeypatch) as opened:
        yield opened


def opened(qtbot: QtBot, site: Site) -> tuple[MainWindow, tuple[str, ...]]:
    plugged, lines = plugged_panels(site.config)
    window = MainWindow(new_session(), plugged)
    qtbot.addWidget(window)
    return window, lines


def test_the_table_without_plug_ins_is_the_window_s_own() -> None:
    table = table_with()
    assert (table.docks, table.actions) == (DOCKS, ACTIONS)


@pytest.mark.slow
def test_a_panel_is_there_while_it_is_switched_on(qtbot: QtBot, site: Site) -> None:
    switch = site.install("panels", PANEL)
    assert plugged_panels(site.config) == ((), ())
    assert site.imported() == []
    site.switch(switch)
    window, lines = opened(qtbot, site)
    assert lines == ()
    assert list(window.docks) == [*(spec.id for spec in DOCKS), "made_up"]
    assert "made_up" not in window.docking.panels, "it is made when it is first seen"
    listed = [action for menu in window.menuBar().findChildren(QMenu) for action in menu.actions()]
    assert window.actions_by_name["dock_made_up"] in listed, "View lists it among the panels"
    window.actions_by_name["dock_made_up"].trigger()
    panel = window.docking.panels["made_up"]
    assert isinstance(panel, QLabel)
    assert panel.text() == "from a plug-in"
    window.explain("made_up")
    assert window.help_dialog is not None
    assert window.help_dialog.browser.toPlainText().startswith("Plug-ins")
    window.help_dialog.close()
    state = bytes(window.saveState().data())
    window.close()
    site.switch(switch, False)
    without, _ = opened(qtbot, site)
    assert "made_up" not in without.docks
    without.layouts.restore(state)
    without.close()


DOCK = '"made_up", "Made up", panel, "bottom", "What was made up"'
BROKEN = {
    "no import": ("import nowhere", "ModuleNotFoundError"),
    "ends it": ("raise SystemExit", "SystemExit"),
    "no panel": ("PART = 3", "it leads to a int, which is not a panel"),
    "dock taken": (PANEL.replace('"made_up"', '"log"'), "several docks have the id log"),
    "behind nothing": (PANEL.replace(DOCK, f'{DOCK}, tabbed_with="nowhere"'), "lies behind nowhere"),
    "name taken": (PANEL.replace('"made-up"', '"batch"'), "another feature of the window is called 'batch'"),
    "key taken": (PANEL.replace(DOCK, f'{DOCK}, shortcut="Ctrl+L"'), r"has the shortcut Ctrl\+L already"),
    "middle": (PANEL.replace("docks=", "centre=panel, docks="), "it fills the middle of the window"),
}


@pytest.mark.parametrize(("source", "why"), BROKEN.values(), ids=BROKEN)
def test_a_panel_that_does_not_fit_is_told_of_and_the_next_one_is_shown(site: Site, source: str, why: str) -> None:
    site.switch(site.install("panels", source, name="broken"))
    site.switch(site.install("panels", PANEL, name="whole"))
    plugged, lines = plugged_panels(site.config)
    assert [feature.name for feature in plugged] == ["made-up"]
    (line,) = lines
    assert re.search(f"broken .panels of made-up-parts. is left out: .*{why}", line)


def test_two_plug_ins_cannot_bring_the_same_panel(site: Site) -> None:
    site.switch(site.install("panels", PANEL, name="first"))
    site.switch(site.install("panels", PANEL, name="second"))
    plugged, (line,) = plugged_panels(site.config)
    assert len(plugged) == 1
    assert "second (panels of made-up-parts)" in line


@pytest.mark.parametrize("fault", ["raise KeyError('gone')", "return None"])
def test_a_panel_that_cannot_be_made_leaves_a_line_in_its_dock(qtbot: QtBot, site: Site, fault: str) -> None:
    site.switch(site.install("panels", PANEL.replace('return QLabel("from a plug-in")', fault)))
    window, lines = opened(qtbot, site)
    assert lines == ()
    window.bring("made_up")
    stand_in = window.docking.panels["made_up"]
    assert isinstance(stand_in, QLabel)
    assert stand_in.text() == "Made up of the plug-in made-up-parts 1.2 cannot be shown; the log says why"
    note = window.dispatcher.session[NOTIFICATIONS][-1]
    assert (note.level, note.title) == ("warning", "A plug-in is left out")
    assert "Traceback" in note.details
    window.close()


def test_a_service_that_cannot_be_made_is_told_of(qtbot: QtBot, site: Site) -> None:
    site.switch(site.install("panels", PANEL.replace("docks=", "services=(lambda window: 1 / 0,), docks=")))
    window, _ = opened(qtbot, site)
    assert "ZeroDivisionError" in window.dispatcher.session[NOTIFICATIONS][-1].text
    window.close()


def test_the_engine_s_thread_loads_what_is_switched_on_and_says_what_is_left_out(qtbot: QtBot, site: Site) -> None:
    site.switch(site.install("terms", TERM))
    site.switch(site.install("encoders", "import nowhere", name="broken"))
    window, _ = opened(qtbot, site)
    loader = Loader(window, site.config)
    loader._load_plugins()
    qtbot.waitUntil(lambda: bool(window.dispatcher.session[NOTIFICATIONS]), timeout=PATIENCE_MS)
    assert "flat" in TERMS.names()
    (note,) = window.dispatcher.session[NOTIFICATIONS]
    assert "broken (encoders of made-up-parts) is left out" in note.text
    window.close()


@pytest.mark.slow
def test_plug_ins_that_are_off_and_those_of_the_engine_are_not_imported_before_the_first_paint(site: Site) -> None:
    ends = "raise SystemExit('imported')"
    site.switch(site.install("encoders", ends))
    site.install("panels", ends, name="off")
    site.switch(site.install("panels", PANEL, name="on"))
    script = f"""
import sys
from explorer.studio.plugins import installed
installed.installed_plugins = None  # nobody looks through all that is installed
sys.path.insert(0, {str(site.path)!r})
from pathlib import Path
from explorer.ui.base import theme
from explorer.ui.window import app
from PySide6.QtWidgets import QApplication
application = QApplication([])
theme.install(application)
plugged, lines = app.plugged_panels(Path({str(site.config)!r}))
window = app.MainWindow(app.new_session(), plugged)
window.painted.connect(application.quit)
window.show()
application.exec()
print("made_up" in window.docks, lines, [name for name in {SLOW!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "True () []"


@pytest.mark.slow
def test_the_example_s_panel_draws_the_selected_face_and_lets_go_of_it(stage: Stage, photograph: Path) -> None:
    from examples.plugin.likeness_example.panel import LengthsPanel

    panel = LengthsPanel(stage.session)
    stage.qtbot.addWidget(panel)
    assert panel.text.text() == "Select a face"
    stage.open(photograph)
    names = [line.partition(":")[0] for line in panel.text.text().splitlines()]
    (vectors,) = stage.session[EMBEDDINGS].values()
    assert names == list(vectors)
    stage.workbench.forget(Forgotten(photographs=frozenset(stage.session[PHOTOGRAPHS])))
    assert panel.text.text() == "Select a face"
    panel.observer.release()
