"""Laws over the window's table of features: what a feature forgets fails here, not in a user's hands."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import explorer.ui
from explorer.ui.actions.dock_spec import DockSpec, in_order
from explorer.ui.actions.registry import MENUS
from explorer.ui.base.window import Window
from explorer.ui.help.dialog import pages
from explorer.ui.inversion.panel import InversionPanel
from explorer.ui.window.features import ACTIONS, DOCKS, FEATURES
from tests.ui.stage import Stage

UI = Path(explorer.ui.__file__).parent


def test_every_folder_that_declares_a_feature_is_in_the_table() -> None:
    declared = {file.parent.name for file in UI.glob("*/feature.py")}
    modules = {feature.name for feature in FEATURES}
    assert declared <= modules
    assert len(modules) == len(FEATURES), "two features are called the same"


def test_every_dock_lies_in_a_feature_and_has_an_id_of_its_own() -> None:
    brought = [spec.id for feature in FEATURES for spec in feature.docks]
    assert sorted(brought) == sorted(spec.id for spec in DOCKS)
    assert [dock_id for dock_id, count in Counter(brought).items() if count > 1] == []
    assert len({spec.title for spec in DOCKS}) == len({spec.object_name for spec in DOCKS}) == len(DOCKS)


@pytest.mark.parametrize("spec", DOCKS, ids=lambda spec: spec.id)
def test_every_dock_has_a_page_that_explains_it_and_an_action_that_brings_it(spec: DockSpec) -> None:
    assert spec.id in pages()
    assert f"dock_{spec.id}" in {action.name for action in ACTIONS}


def test_saved_layouts_know_each_dock_by_the_name_it_always_had() -> None:
    always = {
        "faces": "dock-faces",
        "embedding": "dock-embedding",
        "objective": "dock-objective",
        "probe": "dock-probe",
        "3d_face": "dock-3d face",
        "variation": "dock-variation",
        "runs": "dock-runs",
        "gallery": "dock-gallery",
        "map": "dock-map",
        "compare": "dock-compare",
        "wipe": "dock-wipe",
        "laboratory": "dock-laboratory",
        "decode": "dock-decode",
        "batch": "dock-batch",
        "log": "dock-log",
    }
    now = {spec.id: spec.object_name for spec in DOCKS}
    assert {dock_id: now.get(dock_id) for dock_id in always} == always


def test_every_action_has_a_name_of_its_own_and_says_what_it_does() -> None:
    assert [name for name, count in Counter(spec.name for spec in ACTIONS).items() if count > 1] == []
    assert [spec.name for spec in ACTIONS if not spec.tooltip or not spec.text] == []


@pytest.mark.slow
def test_every_action_is_reached_by_menu_or_palette(stage: Stage) -> None:
    registry, palette = stage.window.registry, stage.window.palette_of_actions
    palette.open()
    listed = {entry.spec.name for entry in palette.shown()}
    in_menus = {action.objectName() for menu in registry.menus.values() for action in menu.actions()}
    assert set(registry.entries) <= listed | in_menus
    heads = {f"{spec.menu}/{spec.text}" for spec in ACTIONS if spec.head}
    assert {spec.menu for spec in ACTIONS if spec.menu} == {*MENUS, *heads}, "a submenu without entries, or none of it"


def test_one_feature_fills_the_middle_of_the_window_and_its_page_explains_it() -> None:
    (centre,) = [feature for feature in FEATURES if feature.centre is not None]
    assert centre.name in pages()


@pytest.mark.slow
def test_panels_and_services_are_found_by_class_and_what_nobody_brings_is_refused(stage: Stage) -> None:
    window: Window = stage.window
    made = [service for feature in FEATURES for service in feature.services]
    assert made
    for kind in made:
        assert isinstance(kind, type)
        assert isinstance(window.service(kind), kind)
    assert window.panel(InversionPanel) is stage.window.middle.currentWidget() or window.middle.count() == 2
    with pytest.raises(LookupError, match="Stage"):
        window.service(Stage)
    with pytest.raises(LookupError, match="Window"):
        window.panel(Window)


def dock(dock_id: str, tabbed_with: str = "") -> DockSpec:
    return DockSpec(dock_id, dock_id.title(), lambda window: window, "bottom", "what it shows", tabbed_with=tabbed_with)


def test_a_dock_follows_the_one_it_lies_behind_wherever_the_table_names_it() -> None:
    specs = [dock("left"), dock("third", "second"), dock("first"), dock("second", "first"), dock("last")]
    assert [spec.id for spec in in_order(specs)] == ["left", "first", "second", "third", "last"]


def test_an_id_that_is_taken_and_a_dock_behind_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="several docks have the id map"):
        in_order([dock("map"), dock("map")])
    with pytest.raises(ValueError, match="lies behind nowhere"):
        in_order([dock("map"), dock("runs", "nowhere")])
    with pytest.raises(ValueError, match="lies behind"):
        in_order([dock("map", "runs"), dock("runs", "map")])
