"""Buttons of panels that carry out a registered action."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QFocusEvent
from PySide6.QtWidgets import QAbstractButton

from explorer.ui.base.guard import guarded_as

_COMES_BACK = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)


def bind_button(button: QAbstractButton, action: QAction, *, worded: bool = False) -> None:
    """Let a button carry out an action, and be enabled and explained as the action is.

    A button that has the keyboard keeps it: Qt would hand it to the next one, and the same key would press that.

    Args:
        worded: whether text and icon are the action's, too; else they stay the button's own, since on a panel fewer
            words do than in a menu.
    """
    _Bond(button, action, worded)


class _Bond(QObject):
    """Keeps a button as its action is; lives as long as the button."""

    def __init__(self, button: QAbstractButton, action: QAction, worded: bool) -> None:
        super().__init__(button)
        self._button, self._action, self._worded = button, action, worded
        button.clicked.connect(action.trigger)
        button.installEventFilter(self)
        action.changed.connect(self._changed)
        button.setAccessibleName(action.iconText())
        self._changed()

    def _changed(self) -> None:
        if not shiboken6.isValid(self) or not shiboken6.isValid(self._button):  # the action outlives a dialog's button
            return
        button, action = self._button, self._action
        button.setToolTip(action.toolTip())
        if self._worded:
            button.setText(action.iconText())
            button.setIcon(action.icon())
            button.setAccessibleName(action.iconText())
        self._enable(stays=button.window().focusWidget() is button)

    def _enable(self, stays: bool) -> None:
        """Follow the action; a button that stays where the keyboard is only looks as if it were disabled."""
        button, on = self._button, self._action.isEnabled()
        resting = stays and not on
        if bool(button.property("resting")) != resting:
            button.setProperty("resting", resting)
            button.style().unpolish(button)
            button.style().polish(button)
        button.setEnabled(on or resting)

    @guarded_as(False)
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Be disabled in earnest once the keyboard has gone elsewhere."""
        if isinstance(event, QFocusEvent) and event.lostFocus() and event.reason() not in _COMES_BACK:
            self._enable(stays=False)
        return False
