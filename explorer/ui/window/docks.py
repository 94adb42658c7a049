"""The docks of the window, in one table. A new panel is one entry here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from explorer.ui.actions.dock_spec import DockSpec
from explorer.ui.faces.embedding_panel import EmbeddingPanel
from explorer.ui.faces.panel import FacesPanel
from explorer.ui.help.log_panel import LogPanel
from explorer.ui.inversion.objective_panel import ObjectivePanel
from explorer.ui.leakage.panel import ProbePanel

if TYPE_CHECKING:
    from explorer.ui.window.main_window import MainWindow


# Panels that are made once the window has been painted, with all that they import.


def _face_in_3d(window: MainWindow) -> QWidget:
    from explorer.ui.geometry.panel import ViewportPanel

    return ViewportPanel(window.desk, window.actions_by_name)


def _variation(window: MainWindow) -> QWidget:
    from explorer.ui.variation.panel import VariationPanel

    return VariationPanel(window.desk, window.actions_by_name)


def _runs(window: MainWindow) -> QWidget:
    from explorer.ui.inversion.runs_panel import RunsPanel

    return RunsPanel(window.desk, window.actions_by_name)


def _gallery(window: MainWindow) -> QWidget:
    from explorer.ui.gallery.panel import GalleryPanel

    return GalleryPanel(window.desk, window.actions_by_name)


def _map(window: MainWindow) -> QWidget:
    from explorer.ui.gallery.map_panel import MapPanel

    return MapPanel(window.desk, window.actions_by_name)


def _compare(window: MainWindow) -> QWidget:
    from explorer.ui.gallery.compare_panel import ComparePanel

    return ComparePanel(window.desk)


def _wipe(window: MainWindow) -> QWidget:
    from explorer.ui.gallery.wipe_panel import WipePanel

    return WipePanel(window.desk)


def _batch(window: MainWindow) -> QWidget:
    from explorer.ui.batch.panel import BatchPanel

    return BatchPanel(window.desk)


DOCKS = (
    DockSpec(
        "Faces",
        lambda window: FacesPanel(window.desk, window.actions_by_name),
        "left",
        "What is loaded, and which face is meant",
        shortcut="Ctrl+1",
        shown=True,
        early=True,
    ),
    DockSpec(
        "Embedding",
        lambda window: EmbeddingPanel(window.desk),
        "left",
        "The embedding of what is selected, and how alike the faces are",
        shortcut="Ctrl+2",
        shown=True,
        early=True,
    ),
    DockSpec(
        "Objective",
        lambda window: ObjectivePanel(window.desk, window.actions_by_name),
        "right",
        "Weights of the loss terms and settings of the next run",
        shortcut="Ctrl+4",
        shown=True,
        early=True,
    ),
    DockSpec(
        "Probe",
        lambda window: ProbePanel(window.desk, window.actions_by_name),
        "right",
        "What the embedding leaks besides who it is",
        shortcut="Ctrl+5",
        shown=True,
        early=True,
        tabbed_with="Objective",
    ),
    DockSpec(
        "3D face",
        _face_in_3d,
        "bottom",
        "The fitted 3D face, its texture and its visibility",
        shortcut="Ctrl+3",
        height=440,
    ),
    DockSpec(
        "Variation",
        _variation,
        "bottom",
        "What an embedding determines of a face, from several inversions",
        shortcut="Ctrl+6",
        tabbed_with="3D face",
    ),
    DockSpec(
        "Runs",
        _runs,
        "bottom",
        "Every run of the session, as a tree of branches",
        shortcut="Ctrl+7",
        tabbed_with="Variation",
    ),
    DockSpec(
        "Gallery",
        _gallery,
        "bottom",
        "Many faces: folders, people, search and order by likeness",
        shortcut="Ctrl+8",
        tabbed_with="Runs",
        height=420,
    ),
    DockSpec(
        "Map",
        _map,
        "bottom",
        "The gallery's embeddings on a plane",
        shortcut="Ctrl+9",
        tabbed_with="Gallery",
        height=420,
    ),
    DockSpec(
        "Compare",
        _compare,
        "bottom",
        "Two to four faces side by side, with the score of each pair",
        shortcut="Ctrl+0",
        tabbed_with="Map",
        height=360,
    ),
    DockSpec(
        "Wipe",
        _wipe,
        "bottom",
        "Photograph and result under a line that is dragged, and where they differ",
        shortcut="Ctrl+Shift+W",
        tabbed_with="Compare",
        height=420,
    ),
    DockSpec(
        "Batch",
        _batch,
        "bottom",
        "Whole folders in a queue: what is done to them, and what failed",
        shortcut="Ctrl+Shift+B",
        tabbed_with="Wipe",
        height=300,
    ),
    DockSpec(
        "Log",
        lambda window: LogPanel(window.desk, window.actions_by_name),
        "bottom",
        "Everything the program has told you",
        shortcut="Ctrl+L",
        height=170,
        early=True,
    ),
)
