"""Docks with a quiet title bar."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QDockWidget, QFrame, QHBoxLayout, QLabel, QMainWindow, QToolButton, QWidget

from explorer.ui.base import icons
from explorer.ui.widgets.shrinking import Shrinking

LEAST = QSize(170, 100)  # of a panel: four of them, the middle and the bars go onto a screen of 960 by 520


class Dock(QDockWidget):
    """A panel that can be moved, floated and closed; empty until it is filled.

    Attributes:
        panel: what is in it, or None.
        in_view: whether it can be seen: it is neither closed nor behind another's tab. Qt calls both visible.
        explained: emitted where the user asks what it shows.
        seen: carries `in_view` whenever it changes.
    """

    explained = Signal()
    seen = Signal(bool)

    def __init__(self, title: str, object_name: str, parent: QMainWindow) -> None:
        super().__init__(title, parent)
        self.setObjectName(object_name)
        self.panel: QWidget | None = None
        self.in_view = self._visible = False
        self._held = False
        self.visibilityChanged.connect(self._note)
        frame = QWidget()
        self._frame = QHBoxLayout(frame)
        self._frame.setContentsMargins(5, 0, 5, 4)
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

    def fill(self, panel: QWidget) -> None:
        """Put the panel into it, which is scrolled where the dock is smaller than it asks for."""
        self.panel = panel
        ground = QFrame()
        ground.setObjectName("panel")
        self._frame.addWidget(ground)
        within = QHBoxLayout(ground)
        within.setContentsMargins(1, 1, 1, 1)
        within.addWidget(Shrinking(panel, LEAST, ground))

    def hold(self) -> None:
        """Tell nobody of being seen until `settle`: a layout on its way brings docks into view for a moment."""
        self._held = True

    def settle(self) -> None:
        """Tell whether it is seen now, if that has changed."""
        self._held = False
        if self._visible != self.in_view:
            self.in_view = self._visible
            self.seen.emit(self.in_view)

    def _note(self, on: bool) -> None:
        self._visible = on
        if not self._held:
            self.settle()

    def _button(self, meaning: str, hint: str, act: Callable[[], object]) -> QToolButton:
        button = QToolButton()
        button.setIconSize(QSize(13, 13))
        button.setToolTip(hint)
        button.setAccessibleName(hint)
        button.clicked.connect(lambda _checked: act())
        icons.attach(button, meaning, "faint")
        return button
