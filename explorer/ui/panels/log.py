"""The Log dock: every notification, and a report that can be copied."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from explorer.studio.session.state import Notification
from explorer.ui import icons, theme
from explorer.ui.desk import Desk
from explorer.ui.observe import Observer
from explorer.ui.redaction import without_names


class LogPanel(QWidget):
    """Lists notifications with the time they came."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._known: set[int] = set()
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setPlaceholderText("Nothing to report.")
        self.text.setMaximumBlockCount(5000)
        self.text.setFont(theme.ui_font(theme.SMALL_POINTS))
        note = QLabel("Names of files are left out, and nothing is written to disk.")
        note.setObjectName("faint")
        copy = QPushButton("Copy log")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text.toPlainText()))
        icons.attach(copy, "copy")
        row = QHBoxLayout()
        row.addWidget(note, 1)
        row.addWidget(copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.addWidget(self.text, 1)
        layout.addLayout(row)
        self.observer = Observer(desk.session)
        self.observer.watch("notifications", self._extend)

    def _extend(self, notifications: tuple[Notification, ...]) -> None:
        for one in notifications:
            if one.number in self._known:
                continue
            self._known.add(one.number)
            title, text, details = map(without_names, (one.title, one.text, one.details))
            head = f"{datetime.now():%H:%M:%S}  {one.level:<7}  {title}: {text}"
            self.text.appendPlainText("\n".join(part for part in (head, details) if part))
