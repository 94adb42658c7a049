"""Push buttons of panels that carry out a registered action."""

from __future__ import annotations

import shiboken6
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton


def bind_button(button: QAbstractButton, action: QAction) -> None:
    """Let a button carry out an action, and be enabled and explained as the action is.

    Its text and icon stay its own: on a panel fewer words do than in a menu.
    """

    def changed() -> None:
        if shiboken6.isValid(button):  # the action outlives a dialog's button
            button.setEnabled(action.isEnabled())
            button.setToolTip(action.toolTip())

    button.clicked.connect(action.trigger)
    action.changed.connect(changed)
    button.setAccessibleName(action.iconText())
    changed()
