"""Which morphable model faces are fitted with, and the way to another one."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton

from explorer.studio.geometry.state import VIEWING, Viewer3DState
from explorer.ui.base import icons, registries
from explorer.ui.base.dispatcher import CommandDispatcher

SHIPPED = "Likeness head"
OFFERED = ("open_morphable_model", "shipped_morphable_model")
_WIDEST = 190


class ModelButton(QToolButton):
    """Says the model's name; a click offers others, with those that plug-ins bring."""

    def __init__(self, dispatcher: CommandDispatcher, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self._plugged: list[QAction] = []
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setAccessibleName("morphable model")
        icons.attach(self, "cube")
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.addActions([actions[name] for name in OFFERED])
        menu.aboutToShow.connect(self._offer_plugged)
        self.setMenu(menu)
        self.draw(Viewer3DState())

    def _offer_plugged(self) -> None:
        """Offer the models of plug-ins, which are known once the workbench has come."""
        menu, now = self.menu(), self._dispatcher.session[VIEWING].model
        for action in self._plugged:
            menu.removeAction(action)
            action.deleteLater()
        self._plugged = []
        known = registries.plugged_models() if self._dispatcher.workbench is not None else ()
        if known:
            self._plugged.append(menu.addSeparator())
        for title, path in known:
            action = QAction(title, menu)
            action.setToolTip(f"Fit faces with the model of a plug-in, from {path.name}")
            action.setCheckable(True)
            action.setChecked(path == now)
            action.triggered.connect(lambda _, path=path: self._dispatcher.send(lambda app: app.views.open_model(path)))
            menu.addAction(action)
            self._plugged.append(action)

    def draw(self, viewing: Viewer3DState) -> None:
        """Show a state."""
        name = viewing.model_name or SHIPPED
        self.setText(self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, _WIDEST))
        ships = "which ships with Likeness" if viewing.model is None else f"from {viewing.model.name}"
        self.setToolTip(f"Faces are fitted with the morphable model {name}, {ships}")
