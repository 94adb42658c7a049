"""What of a network's input the user says beforehand; whatever is left open is found out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from explorer.studio.bringing.wishes import MARGINS, NORMALISATION_WORDS, Wishes
from explorer.ui.widgets.quiet import QuietComboBox

OPEN = "find out"
HINTS = {
    "template": "How a face is cut out: by its five points, by its box so many times as large, or the whole frame",
    "size": "Rows and columns in pixels, of those that the network takes",
    "colours": "Order of the colours",
    "numbers": "What becomes of x, a colour from 0 to 255",
    "similarity": "How two embeddings are compared",
}
_LEAST = 8  # letters of a choice that are in sight at least


class WishesRow(QWidget):
    """A choice for each part of a convention, and the way to try again with what is chosen. `asked` carries it."""

    asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.boxes = {name: QuietComboBox() for name in HINTS}
        self._tried = Wishes()
        self.again = QPushButton("Try again")
        self.again.setToolTip("Try the conventions that are as chosen here, and no others")
        self.again.setAutoDefault(False)
        self.again.clicked.connect(lambda: self.asked.emit(self.wishes))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        for name, box in self.boxes.items():
            box.setAccessibleName(f"{name} that is wanted")
            box.setToolTip(HINTS[name])
            box.setMinimumContentsLength(_LEAST)
            box.setSizeAdjustPolicy(box.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            box.activated.connect(self._look)
            column = QVBoxLayout()
            column.setSpacing(2)
            label = QLabel(name.capitalize())
            label.setObjectName("faint")
            column.addWidget(label)
            column.addWidget(box)
            layout.addLayout(column, 3 if name == "numbers" else 2)
        ended = QVBoxLayout()
        ended.addStretch()
        ended.addWidget(self.again)
        layout.addLayout(ended)
        boxed: list[tuple[str, Any]] = [(f"box x {margin:g}", ("square-box", margin)) for margin in MARGINS]
        templates = [("five points", ("arcface", None)), ("box", ("square-box", None)), *boxed]
        self._offer("template", [*templates, ("whole frame", ("whole-frame", None))])
        self._offer("colours", [("RGB", "RGB"), ("BGR", "BGR")])
        self._offer("numbers", [(words, name) for name, words in NORMALISATION_WORDS.items()])
        self._offer("similarity", [("cosine", "cosine"), ("euclidean", "euclidean")])
        self.show_sizes(())
        self.show_wishes(Wishes())

    @property
    def wishes(self) -> Wishes:
        """What is chosen."""
        template, size, colour, numbers, measure = (box.currentData() for box in self.boxes.values())
        framing, margin = template or (None, None)
        return Wishes(framing, margin, size, colour, numbers, measure)

    def show_sizes(self, sizes: Sequence[tuple[int, int]]) -> None:
        """Offer the sizes that the network takes; where it takes one, there is nothing to choose."""
        self._offer("size", [(f"{rows} x {columns}", (rows, columns)) for rows, columns in sizes])
        self.boxes["size"].setEnabled(len(sizes) > 1)

    def show_wishes(self, wishes: Wishes) -> None:
        """Show what was wanted of what was tried."""
        self._tried = wishes
        template = None if wishes.framing is None else (wishes.framing, wishes.margin)
        chosen = (template, wishes.size, wishes.colour, wishes.normalisation, wishes.measure)
        for box, data in zip(self.boxes.values(), chosen, strict=True):
            with QSignalBlocker(box):
                # Qt's own search takes no tuple for another.
                box.setCurrentIndex(next((one for one in range(box.count()) if box.itemData(one) == data), 0))
        self._look()

    def _offer(self, name: str, choices: Sequence[tuple[str, Any]]) -> None:
        box, before = self.boxes[name], self.boxes[name].currentData()
        with QSignalBlocker(box):
            box.clear()
            box.addItem(OPEN, None)
            for words, data in choices:
                box.addItem(words, data)
            box.setCurrentIndex(next((one for one in range(box.count()) if box.itemData(one) == before), 0))

    def _look(self) -> None:
        self.again.setEnabled(self.wishes != self._tried)
