"""What is loaded, which face is meant, and its embedding."""

from __future__ import annotations

from explorer.ui.actions.dock_spec import DockSpec
from explorer.ui.actions.ui_feature import UiFeature
from explorer.ui.faces.embedding_panel import EmbeddingPanel
from explorer.ui.faces.opening import OpenService
from explorer.ui.faces.panel import FacesPanel

FEATURE = UiFeature(
    name="faces",
    docks=(
        DockSpec(
            "faces",
            "Faces",
            lambda window: FacesPanel(window.dispatcher, window.actions_by_name),
            "left",
            "What is loaded, and which face is meant",
            shortcut="Ctrl+1",
            visible_by_default=True,
            eager=True,
        ),
        DockSpec(
            "embedding",
            "Embedding",
            lambda window: EmbeddingPanel(window.dispatcher),
            "left",
            "The embedding of what is selected, and how alike the faces are",
            shortcut="Ctrl+2",
            visible_by_default=True,
            eager=True,
        ),
    ),
    services=(OpenService,),
)
