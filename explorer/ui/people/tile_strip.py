"""Several people side by side: a click draws one of them large."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QToolButton, QWidget

from explorer.studio.people.state import DrawnTile
from explorer.ui.base import imaging, text_size

SIDE = 56


class TileStrip(QScrollArea):
    """Draws people small, in the order of their seeds. `chosen` is told the seed of who is clicked."""

    def __init__(self, chosen: Callable[[int], object]) -> None:
        super().__init__()
        self._chosen = chosen
        self.tiles: dict[int, QToolButton] = {}
        self._shown: tuple[DrawnTile, ...] = ()
        holder = QWidget()
        holder.setObjectName("scrolled")
        self._row = QHBoxLayout(holder)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._row.addStretch()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(holder)
        bar = self.horizontalScrollBar().sizeHint().height()
        text_size.follow(self, lambda: self.setFixedHeight(SIDE + 10 + bar))

    def draw(self, tiles: tuple[DrawnTile, ...], seed: int) -> None:
        """Show them, the one in view marked."""
        if tiles != self._shown:
            self._shown = tiles
            known = {tile.seed: tile for tile in tiles}
            for gone in [one for one in self.tiles if one not in known]:
                button = self.tiles.pop(gone)
                self._row.removeWidget(button)
                button.deleteLater()
            for place, tile in enumerate(tiles):
                button = self.tiles.get(tile.seed) or self._add(tile.seed, place)
                button.setIcon(QIcon(QPixmap.fromImage(imaging.to_qimage(tile.pixels))))
        for one, button in self.tiles.items():
            with QSignalBlocker(button):
                button.setChecked(one == seed)

    def _add(self, seed: int, place: int) -> QToolButton:
        button = QToolButton()
        button.setCheckable(True)
        button.setIconSize(QSize(SIDE, SIDE))
        button.setToolTip(f"Person {seed}")
        button.setAccessibleName(f"person {seed}")
        button.clicked.connect(lambda: self._choose(seed))
        self.tiles[seed] = button
        self._row.insertWidget(place, button)
        return button

    def _choose(self, seed: int) -> None:
        self.tiles[seed].setChecked(True)  # a second click leaves it chosen
        self._chosen(seed)
