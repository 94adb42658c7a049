"""What can be done with the face that is selected, as a menu of registered actions."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

# By the names of the actions; what they are called here, where a face is meant; a line between groups.
FACE: tuple[tuple[str, str] | None, ...] = (
    ("start", "Invert"),
    ("face_3d", "Show in 3D"),
    ("face_compare", "Compare with others"),
    ("export_embedding", "Export embedding…"),
    None,
    ("edit_points", "Place points…"),
    ("rename", "Rename…"),
    None,
    ("remove", "Remove from session"),
    ("forget", "Forget this face…"),
)
VECTOR = tuple(one for one in FACE if one is None or one[0] not in ("edit_points", "face_3d"))
# Removing and forgetting do not need a face.
PHOTOGRAPH: tuple[tuple[str, str] | None, ...] = (
    ("edit_points", "Place points…"),
    None,
    ("remove", "Remove from session"),
    ("forget", "Forget this photograph…"),
)


def fill(menu: QMenu, actions: Mapping[str, QAction], entries: tuple[tuple[str, str] | None, ...]) -> None:
    """Put registered actions into a menu, enabled and explained as they are now."""
    menu.setToolTipsVisible(True)
    for entry in entries:
        if entry is None:
            menu.addSeparator()
            continue
        name, text = entry
        known = actions[name]
        shown = menu.addAction(known.icon(), text, known.trigger)
        shown.setObjectName(name)
        shown.setEnabled(known.isEnabled())
        shown.setToolTip(known.toolTip())
