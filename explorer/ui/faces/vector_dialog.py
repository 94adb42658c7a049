"""Which encoder made a bare embedding: a file of numbers does not say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from explorer.science.names import name_of
from explorer.ui.widgets.quiet import QuietComboBox


class VectorDialog(QDialog):
    """Asks for the encoder of an embedding file and emits `chosen` with its id."""

    chosen = Signal(str)

    def __init__(self, path: Path, encoders: Sequence[tuple[str, str]], current: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Open an embedding")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(400)
        note = QLabel("A bare embedding does not say which encoder made it, and only that encoder can invert it.")
        note.setWordWrap(True)
        note.setObjectName("muted")
        self.encoder = QuietComboBox()
        for id_, title in encoders:
            self.encoder.addItem(title, id_)
        self.encoder.setCurrentIndex(max(0, self.encoder.findData(current)))
        form = QFormLayout()
        file = QLabel(name_of(path))
        file.setTextFormat(Qt.TextFormat.PlainText)
        form.addRow("File", file)
        form.addRow("Encoder", self.encoder)
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

    def _accept(self) -> None:
        self.chosen.emit(self.encoder.currentData())
        self.accept()
