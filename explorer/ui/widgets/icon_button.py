"""A small button that shows an icon alone."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QToolButton

from explorer.ui.base import icons

SIDE = 16


def icon_button(meaning: str, hint: str, *, checkable: bool = False) -> QToolButton:
    """A button of an icon of 16 logical pixels.

    Args:
        meaning: the icon's name. hint: what the button does, for the pointer and for screen readers.
    """
    button = QToolButton()
    button.setCheckable(checkable)
    button.setIconSize(QSize(SIDE, SIDE))
    button.setToolTip(hint)
    button.setAccessibleName(hint)
    icons.attach(button, meaning)
    return button
