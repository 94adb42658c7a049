"""Menus, tool bar and palette list what users know in the order they know; new entries may stand between."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from explorer.ui.window.features import ACTIONS, DOCKS
from tests.ui.stage import Stage

LINE = "---"

DOCK_TITLES = (
    *("Faces", "Embedding", "Objective", "Probe", "3D face", "Variation", "Runs", "Gallery", "Map", "Compare"),
    *("Wipe", "Batch", "Log"),
)

FILE = (
    *("New session", "Open session…", "Save session", "Save session as…", LINE),
    *("Open photographs…", "Paste", "Open embedding…", "Samples", "Add folder…", LINE),
    *("Export figure…", "Export variation figure…", "Export result image…", "Export 3D face", "Compose figure…"),
    *("Export readouts as table…", "Export readouts as figure…", LINE, "Quit"),
)
EDIT = (
    *("Undo", "Redo", LINE, "Copy result image", "Copy embedding", LINE),
    *("Place points…", "Remove from session", "Forget this face…", LINE),
    *("Reset weights and settings", "Preferences…"),
)
RUN = (
    *("Start", "Pause", "Step", "Stop", "Branch here", "Several times…", "Start several", "Stop several"),
    *("Remove run", "Cancel", LINE, "One step back", "One step forward", "Newest step"),
)
VIEW = (
    *(*DOCK_TITLES, "Gallery", LINE, "Next panel", "Previous panel", LINE, "Layout", "Tool bar", "Full screen", LINE),
    *("Mark reconstructions", "Draw landmarks", "Draw histograms", LINE, "Theme", LINE),
    *("Look from the photograph", "Turn the head as fitted"),
)
HELP = (
    *("What is this?", "Panels", "Search actions…", LINE, "Copy report", LINE, "Responsible use", "About Likeness"),
)
SUBMENUS = {
    "File/Export 3D face": (
        *("Export mesh…", "Export texture maps…", "Export figure 5.16…", "Export turntable film…"),
    ),
    "View/Gallery": (
        *("Go on reading folders", "Stop reading folders", LINE),
        *("Search the gallery", "Sort by name", "Sort by person", "Sort by similarity", LINE),
        *("One person a folder", "Group by likeness", LINE),
        *("Open in session", "Nearest to this", "Compare", "Name person…", "Remove from gallery", "Forget for good…"),
        *(LINE, "Map by principal components", "Map by t-SNE", "Stop mapping"),
    ),
    "View/Layout": ("Reading", "Inversion", "3D", "Leakage", "As at first", LINE, "Save layout…", "Delete layout…"),
    "View/Theme": ("Follow the system", "Dark", "Light"),
    "Help/Panels": tuple(
        f"About {title}"
        for title in ("Inversion", *DOCK_TITLES[:9], "Batch", "Compare", "Log", "Wipe")  # first those of a first look
    ),
}
TOOLS = (
    *("save", LINE, "open", "open_vector", LINE, "export_figure", LINE, "undo", "redo", LINE),
    *("start", "pause", "stop", "branch"),
)


def texts(menu: QMenu) -> list[str]:
    return [LINE if action.isSeparator() else action.text() for action in menu.actions()]


def known(listed: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """What is listed, without entries that came later and the lines between them."""
    kept = [name for name, _ in groupby(name for name in listed if name in {*names, LINE})]
    return tuple(kept[:-1] if kept[-1] == LINE else kept)


def test_every_menu_lists_what_it_did_in_the_order_it_did(stage: Stage) -> None:
    menus = stage.window.registry.menus
    tops = {"File": FILE, "Edit": EDIT, "Run": RUN, "View": VIEW, "Help": HELP}
    assert [action.text() for action in stage.window.menuBar().actions()] == [f"&{top}" for top in tops]
    for path, wanted in {**tops, **SUBMENUS}.items():
        assert known(texts(menus[path]), wanted) == wanted, path


def test_docks_stand_in_their_order_and_behind_each_other_as_before(stage: Stage) -> None:
    assert known((spec.title for spec in DOCKS), DOCK_TITLES) == DOCK_TITLES
    assert [dock.windowTitle() for dock in stage.window.docks.values()] == [spec.title for spec in DOCKS]
    behind = {spec.id: spec.tabbed_with for spec in DOCKS}
    bottom = ["3d_face", "variation", "runs", "gallery", "map", "compare", "wipe", "batch"]
    assert behind["probe"] == "objective"
    assert [behind[dock_id] for dock_id in bottom[1:]] == bottom[:-1]


def test_the_tool_bar_holds_a_few_actions_in_their_groups(stage: Stage) -> None:
    def name(action: QAction) -> str:
        return LINE if action.isSeparator() else action.objectName()

    assert known(map(name, stage.window.tools.actions()), TOOLS)[: len(TOOLS)] == TOOLS


def test_the_palette_lists_features_in_the_order_of_the_table(stage: Stage) -> None:
    palette = stage.window.palette_of_actions
    palette.open()
    shown = palette.shown()
    known = [spec.name for spec in ACTIONS if not spec.head and spec.name != "palette"]
    possible, impossible = ([one.spec.name for one in shown if bool(one.reason) is late] for late in (False, True))
    assert possible
    assert impossible
    assert [one.spec.name for one in shown] == possible + impossible, "what cannot be done now comes last"
    listed = sorted(possible + impossible, key=known.index)
    assert listed == known
    assert [sorted(part, key=known.index) for part in (possible, impossible)] == [possible, impossible]
    landmarks = ["new_session", "compose", "undo", "preferences", "start", "newest", "dock_faces", "dock_log"]
    landmarks += ["next_panel", "theme_light", "export_readouts", "export_mesh", "gallery_add", "help_here"]
    landmarks += ["about", "quit"]
    places = [listed.index(name) for name in landmarks]
    assert places == sorted(places)
