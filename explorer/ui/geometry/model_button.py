"""Which morphable model faces are fitted with, and the way to another one."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton

from explorer.studio.geometry.state import Viewer3DState
from explorer.ui.base import icons

SHIPPED = "Likeness head"
OFFERED = ("open_morphable_model", "shipped_morphable_model")
_WIDEST = 190


class ModelButton(QToolButton):
    """Says the model's name; a click offers others."""

    def __init__(self, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setAccessibleName("morphable model")
        icons.attach(self, "cube")
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.addActions([actions[name] for name in OFFERED])
        self.setMenu(menu)
        self.draw(Viewer3DState())

    def draw(self, viewing: Viewer3DState) -> None:
        """Show a state."""
        name = viewing.model_name or SHIPPED
        self.setText(self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, _WIDEST))
        ships = "which ships with Likeness" if viewing.model is None else f"from {viewing.model.name}"
        self.setToolTip(f"Faces are fitted with the morphable model {name}, {ships}")
