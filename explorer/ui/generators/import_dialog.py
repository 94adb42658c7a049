"""What a generator's file does not say: under which name it is known here, and under which terms it may be used."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from explorer.science.names import name_of
from explorer.studio.catalogue.generators import checked_licence, checked_name, proposed_name
from explorer.studio.errors import UserError
from explorer.ui.base.wording import breakable, sentence

ABOUT = (
    "Nothing in the file is run: only its tensors, and what it was made with, are read. What is kept of it lies in a "
    "folder of your own."
)
POINTS = "Draw a few faces, and find where they lie in its images"
POINTS_HINT = (
    "Where its faces lie otherwise than the program's own, an inversion needs to know. Without it they are taken to "
    "lie as usual"
)
LICENCE = "NVIDIA Source Code License, non-commercial"


class ImportGeneratorDialog(QDialog):
    """Asks for name and terms. `chosen` carries the name, the terms, and whether faces are looked for."""

    chosen = Signal(str, str, bool)

    def __init__(self, path: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Import a generator")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(460)
        file = QLabel(breakable(name_of(path)))
        file.setWordWrap(True)
        file.setTextFormat(Qt.TextFormat.PlainText)
        self.name = QLineEdit(proposed_name(path))
        self.name.setAccessibleName("name of the generator")
        self.name.setToolTip("Under which it is chosen: small letters, digits and hyphens")
        self.licence = QLineEdit()
        self.licence.setAccessibleName("terms of the generator")
        self.licence.setPlaceholderText(f"such as {LICENCE}")
        self.licence.setToolTip("Under which terms it may be used, in your words; they are kept with it")
        self.points = QCheckBox(POINTS)
        self.points.setToolTip(POINTS_HINT)
        self.points.setChecked(True)
        self.missing = _note("")
        form = QFormLayout()
        form.addRow("File", file)
        form.addRow("Name", self.name)
        form.addRow("Terms", self.licence)
        form.addRow("", self.points)
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self.reject)
        self.accept_button = QPushButton("Import")
        self.accept_button.setObjectName("primary")
        self.accept_button.setDefault(True)
        self.accept_button.clicked.connect(self._accept)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(cancel)
        buttons.addWidget(self.accept_button)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(_note(ABOUT))
        layout.addLayout(form)
        layout.addWidget(self.missing)
        layout.addLayout(buttons)
        for field in (self.name, self.licence):
            field.textChanged.connect(self._look)
        self._look()
        (self.licence if self.name.text() else self.name).setFocus()

    def _look(self) -> None:
        """Say what is still missing."""
        missing = ""
        try:
            checked_name(self.name.text().strip())
            checked_licence(self.licence.text())
        except UserError as error:
            missing = sentence(str(error))
        self.missing.setText(missing)
        self.accept_button.setEnabled(not missing)

    def _accept(self) -> None:
        self.chosen.emit(self.name.text().strip(), self.licence.text(), self.points.isChecked())
        self.accept()


def _note(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("muted")
    label.setWordWrap(True)
    return label
