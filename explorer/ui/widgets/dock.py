"""Docks with a quiet title bar."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QMainWindow, QToolButton, QWidget

from explorer.ui import icons


class Dock(QDockWidget):
    """A panel that can be moved, floated and closed.

    Attributes:
        in_view: whether it can be seen: it is neither closed nor behind another's tab. Qt calls both visible.
        explained: emitted where the user asks what it shows.
    """

    explained = Signal()

    def __init__(self, title: str, panel: QWidget, parent: QMainWindow) -> None:
        super().__init__(title, parent)
        self.setObjectName(f"dock-{title.lower()}")
        self.in_view = False
        self.visibilityChanged.connect(self._note)
        panel.setObjectName("panel")
        panel.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        frame = QWidget()
        outer = QHBoxLayout(frame)
        outer.setContentsMargins(5, 0, 5, 4)
        outer.addWidget(panel)
        self.setWidget(frame)
        bar = QWidget()
        bar.setObjectName("dockTitle")
        text = QLabel(title)
        text.setObjectName("dockTitleText")
        layout = QHBoxLayout(bar)
        layout.setContentsMargins(13, 3, 6, 3)
        layout.setSpacing(2)
        layout.addWidget(text)
        layout.addStretch()
        layout.addWidget(self._button("help", f"What {title} shows, and what it does not prove", self.explained.emit))
        layout.addWidget(
            self._button("float", f"Float or dock {title}", lambda: self.setFloating(not self.isFloating()))
        )
        layout.addWidget(self._button("close", f"Close {title} (View menu opens it again)", self.close))
        self.setTitleBarWidget(bar)

    def _note(self, on: bool) -> None:
        self.in_view = on

    def _button(self, meaning: str, hint: str, act: Callable[[], object]) -> QToolButton:
        button = QToolButton()
        button.setIconSize(QSize(13, 13))
        button.setToolTip(hint)
        button.setAccessibleName(hint)
        button.clicked.connect(lambda _checked: act())
        icons.attach(button, meaning, "faint")
        return button
