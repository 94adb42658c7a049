"""Undo and redo reach the window from a number's field; other keys stay the field's."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractSpinBox, QApplication

from explorer.ui.inversion.objective_panel import ObjectivePanel
from tests.ui.stage import Stage

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def claimed(field: QAbstractSpinBox, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> bool:
    """Whether a field takes a key before any shortcut may."""
    event = QKeyEvent(QEvent.Type.ShortcutOverride, key, modifiers)
    event.ignore()
    QApplication.sendEvent(field, event)
    return event.isAccepted()


@pytest.mark.parametrize("name", ["steps", "rate", "weight of Identity, exactly"])
def test_undo_and_redo_belong_to_the_window(stage: Stage, name: str) -> None:
    fields = stage.window.panel(ObjectivePanel).findChildren(QAbstractSpinBox)
    field = next(one for one in fields if one.accessibleName() == name)
    assert not claimed(field, Qt.Key.Key_Z, CONTROL)
    assert not claimed(field, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert claimed(field, Qt.Key.Key_C, CONTROL)
    assert claimed(field, Qt.Key.Key_1, Qt.KeyboardModifier.NoModifier)
