"""A row whose buttons show their words where there is room for them, and their icons alone where there is not."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QToolButton, QWidget

from explorer.ui.base.guard import guarded

BESIDE = 4  # pixels that Qt leaves between an icon and the words beside it


class ButtonRow(QWidget):
    """Lays widgets out from the left; without words it makes no window wider than its screen.

    Args:
        worded: the buttons that can do without their words; each has an icon, and its words as its text. Of a
            `QToolButton`, words stand beside the icon where its style says so, and else in its place.
    """

    def __init__(self, worded: Sequence[QAbstractButton], spacing: int) -> None:
        super().__init__()
        self._words = {button: button.text() for button in worded}
        self._styles = {one: one.toolButtonStyle() for one in worded if isinstance(one, QToolButton)}
        for button, words in self._words.items():
            if not button.accessibleName():
                button.setAccessibleName(words)
        self._wide = True
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(spacing)
        self._write()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Ask for the room that the icons need."""
        least = super().minimumSizeHint()
        return QSize(least.width() - self._saved() if self._wide else least.width(), least.height())

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Write the words, or leave them out."""
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Find out anew whether there is room; for an owner that has shown or hidden one of the widgets."""
        least = super().minimumSizeHint().width()
        wide = self.width() >= (least if self._wide else least + self._saved())
        if wide != self._wide:
            self._wide = wide
            self._write()

    def _saved(self) -> int:
        """The pixels between the row with words and without, as Qt's size hints reckon them."""
        return sum(self._saved_by(button, words) for button, words in self._words.items())

    def _write(self) -> None:
        for button in self._words:
            self._set(button, self._wide)

    def _set(self, button: QAbstractButton, wide: bool) -> None:
        if isinstance(button, QToolButton):
            style = Qt.ToolButtonStyle
            button.setToolButtonStyle(self._worded_style(button) if wide else style.ToolButtonIconOnly)
        else:
            button.setText(self._words[button] if wide else "")

    def _worded_style(self, button: QToolButton) -> Qt.ToolButtonStyle:
        beside = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        return beside if self._styles[button] == beside else Qt.ToolButtonStyle.ToolButtonTextOnly

    def _saved_by(self, button: QAbstractButton, words: str) -> int:
        metrics = button.fontMetrics()
        if not isinstance(button, QToolButton):
            return metrics.horizontalAdvance(words)
        text = metrics.horizontalAdvance(button.text()) + 2 * metrics.horizontalAdvance(" ")
        beside = self._worded_style(button) is Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        return text + (BESIDE if beside else -button.iconSize().width())
