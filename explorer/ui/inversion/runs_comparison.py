"""Pictures and curves of ticked runs, beside each other where there is room, else one at a time behind tabs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QSplitter, QTabBar, QVBoxLayout, QWidget

from explorer.ui.base.guard import guarded

TABS = ("Pictures", "Nearness", "Losses")
HANDLE = 10
HIGH = 250  # pixels, in which two plots may lie under each other
WIDE, WIDE_AND_LOW = 700, 1040  # pixels for all of it, with the plots under and beside each other


class RunsComparison(QWidget):
    """Shows all of its parts, or the one whose tab is chosen; curves are never narrower than they can be read."""

    def __init__(self, pictures: QWidget, nearness: QWidget, losses: QWidget) -> None:
        super().__init__()
        self.tabs = QTabBar()
        self.tabs.setAccessibleName("what is shown of ticked runs")
        self.tabs.setExpanding(False)
        for text in TABS:
            self.tabs.addTab(text)
        self._parts: Sequence[QWidget] = (pictures, nearness, losses)
        self._curves = QWidget()
        self._plots = QBoxLayout(QBoxLayout.Direction.TopToBottom, self._curves)
        self._plots.setContentsMargins(0, 0, 0, 0)
        self._plots.setSpacing(10)
        for plot in (nearness, losses):
            self._plots.addWidget(plot, 1)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(HANDLE)
        self.splitter.addWidget(pictures)
        self.splitter.addWidget(self._curves)
        self.splitter.setStretchFactor(0, 2)
        self.splitter.setStretchFactor(1, 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.tabs)
        layout.addWidget(self.splitter, 1)
        self.tabs.currentChanged.connect(lambda _: self._arrange())
        self._arrange()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Ask for the room of one part: the others go behind tabs."""
        return QSize(max(part.minimumSizeHint().width() for part in self._parts), 130)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Show as much as there is room for."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        high = self.height() >= HIGH
        roomy = self.width() >= (WIDE if high else WIDE_AND_LOW)
        direction = QBoxLayout.Direction.TopToBottom if high else QBoxLayout.Direction.LeftToRight
        self._plots.setDirection(direction)
        self.tabs.setVisible(not roomy)
        chosen = self.tabs.currentIndex()
        for number, part in enumerate(self._parts):
            part.setVisible(roomy or number == chosen)
        self._curves.setVisible(roomy or chosen > 0)
