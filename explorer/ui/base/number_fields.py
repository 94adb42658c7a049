"""Undo and redo belong to the window, also while a number's field has the keyboard.

Qt's line edits take both keys for their own text. Behind a number that was typed and confirmed, the user who undoes
means the setting, and would see nothing happen.
"""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QWidget

from explorer.ui.base.guard import guarded_as

_WINDOWS = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)


class NumberFields(QObject):
    """Lets the fields of numbers within a window leave undo and redo to it: those that are there, and `leave`'s."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.leave(window)

    def leave(self, part: QWidget) -> None:
        """Let the fields of a part that came later leave them, too."""
        for field in part.findChildren(QAbstractSpinBox):
            field.installEventFilter(self)

    @guarded_as(False)
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Keep a field from claiming the keys before the window's actions are asked."""
        if event.type() != QEvent.Type.ShortcutOverride or not any(map(cast(QKeyEvent, event).matches, _WINDOWS)):
            return False
        event.ignore()
        return True
