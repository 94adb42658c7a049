"""Which encoder made bare embeddings: their files do not say. Asked once, however many files there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from explorer.science.names import name_of
from explorer.studio.faces.values import UnnamedVector
from explorer.ui.base.wording import shortened
from explorer.ui.widgets.quiet import QuietComboBox

_NAMES_SHOWN = 3


class VectorDialog(QDialog):
    """Asks for the encoder of files of embeddings, once for each number of dimensions.

    `chosen` carries the encoders' ids by path.

    Attributes:
        encoders: the choices, by dimension.
    """

    chosen = Signal(object)

    def __init__(self, unnamed: Sequence[UnnamedVector], current: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._unnamed = tuple(unnamed)
        self.setWindowTitle("Open an embedding" if len(unnamed) == 1 else f"Open {len(unnamed)} embeddings")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(440)
        these = "This file does not say which encoder made it" if len(unnamed) == 1 else _THESE
        note = QLabel(f"{these}, and only that encoder can invert and compare it.")
        note.setWordWrap(True)
        note.setObjectName("muted")
        form = QFormLayout()
        self.encoders: dict[int, QuietComboBox] = {}
        for dimension, group in groupby(sorted(unnamed, key=lambda one: one.dimension), lambda one: one.dimension):
            self._add(form, dimension, tuple(group), current)
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self.reject)
        self.accept_button = QPushButton("Open")
        self.accept_button.setObjectName("primary")
        self.accept_button.setDefault(True)
        self.accept_button.clicked.connect(self._accept)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(cancel)
        buttons.addWidget(self.accept_button)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(note)
        layout.addLayout(form)
        layout.addLayout(buttons)

    def _add(self, form: QFormLayout, dimension: int, group: Sequence[UnnamedVector], current: str) -> None:
        """A row for the files of one dimension."""
        names = QLabel(_names(group))
        names.setWordWrap(True)
        names.setTextFormat(Qt.TextFormat.PlainText)
        names.setToolTip("\n".join(name_of(one.path) for one in group))
        choice = self.encoders[dimension] = QuietComboBox()
        for id_, title in group[0].encoders:
            choice.addItem(title, id_)
        # Whose embeddings have such lengths is offered first, or what is chosen elsewhere.
        likely = {one.likeliest for one in group} - {None}
        choice.setCurrentIndex(max(0, choice.findData(likely.pop() if len(likely) == 1 else current)))
        form.addRow("File" if len(group) == 1 else f"{len(group)} files", names)
        form.addRow("", _muted(f"{dimension} numbers, {_norms(one.norm for one in group)}"))
        form.addRow("Encoder", choice)

    def _accept(self) -> None:
        self.chosen.emit({one.path: self.encoders[one.dimension].currentData() for one in self._unnamed})
        self.accept()


_THESE = "These files do not say which encoder made them"


def _names(group: Sequence[UnnamedVector]) -> str:
    shown = [shortened(name_of(one.path)) for one in group[:_NAMES_SHOWN]]
    more = len(group) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _norms(norms: Iterable[float]) -> str:
    known = sorted(norms)
    low, high = f"{known[0]:.3g}", f"{known[-1]:.3g}"
    return f"norm {low}" if low == high else f"norms {low} to {high}"


def _muted(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("muted")
    return label
