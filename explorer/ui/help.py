"""What the Help menu says."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from explorer import __version__
from explorer.ui import icons

ABOUT = (
    "<p>An explorer of what a face identity embedding gives away: it turns an embedding alone back into a face "
    "and scores the likeness on encoders that were never attacked.</p>"
    "<p>Likeness is licensed under the Apache License 2.0. Every network and its weights keep their own terms, "
    "most of them for research only; <code>likeness models list</code> shows them. "
    "The typeface is Inter (SIL Open Font License).</p>"
)
RESPONSIBLE = (
    "<p>A face and its embedding are biometric data. Work on faces of people who agreed to it, on synthetic people, "
    "or on the samples.</p>"
    "<p>A result is a <b>reconstruction, not a photograph</b>: it shows what an encoder kept of a face, "
    "not what somebody looks like. It is no evidence of anyone's identity, "
    "and must not be used to find or accuse a person.</p>"
    "<p>Nothing leaves this machine. Photographs are read without their metadata. <i>Forget this face</i> removes "
    "every trace of a face; a figure holds the photograph only where you say so.</p>"
)


class Note(QDialog):
    """A page of text."""

    def __init__(self, title: str, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(460)
        mark = QLabel()
        mark.setPixmap(icons.application().pixmap(QSize(56, 56), self.devicePixelRatioF()))
        heading = QLabel(f"<b>{title}</b>")
        body = QLabel(text)
        body.setWordWrap(True)
        body.setTextFormat(Qt.TextFormat.RichText)
        body.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        words = QVBoxLayout()
        words.addWidget(heading)
        words.addWidget(body)
        words.addStretch()
        words.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(18, 16, 16, 14)
        layout.setSpacing(16)
        layout.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)


def about(parent: QWidget) -> Note:
    """Return the page about the program."""
    return Note(f"Likeness {__version__}", ABOUT, parent)


def responsible_use(parent: QWidget) -> Note:
    """Return the page on responsible use."""
    return Note("Responsible use", RESPONSIBLE, parent)
