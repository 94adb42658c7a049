"""The Log dock: every notification, what of them is looked for, and a report that can be copied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from explorer.studio.session.state import NOTIFICATIONS, Level, Notification
from explorer.ui.actions.button import bind_button
from explorer.ui.base import icons, text_size
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.observe import Observer
from explorer.ui.base.redaction import without_names
from explorer.ui.widgets.quiet import QuietComboBox

SHOWN: dict[str, tuple[Level, ...]] = {
    "Everything": ("info", "warning", "error"),
    "Warnings and errors": ("warning", "error"),
    "Errors": ("error",),
}
MOST = 2000


@dataclass(frozen=True)
class Line:
    """One notification as it is listed, without names of files."""

    level: Level
    text: str


class LogPanel(QWidget):
    """Lists notifications with the time they came."""

    def __init__(self, dispatcher: CommandDispatcher, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self._known: set[int] = set()
        self._lines: list[Line] = []
        self.level = QuietComboBox()
        self.level.addItems(list(SHOWN))
        self.level.setAccessibleName("levels shown")
        self.level.currentTextChanged.connect(lambda _: self._draw())
        self.words = QLineEdit()
        self.words.setPlaceholderText("Filter…")
        self.words.setAccessibleName("words that are looked for in the log")
        self.words.setClearButtonEnabled(True)
        self.words.textChanged.connect(lambda _: self._draw())
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setAccessibleName("log")
        text_size.small(self.text)
        note = QLabel("Names of files are left out, and nothing is written to disk.")
        note.setObjectName("faint")
        self.copy = QPushButton("Copy log")
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.report()))
        icons.attach(self.copy, "copy")
        report = QPushButton("Copy report")
        bind_button(report, actions["report"])
        icons.attach(report, "copy")
        above = QHBoxLayout()
        above.addWidget(self.level)
        above.addWidget(self.words, 1)
        above.addWidget(self.copy)
        above.addWidget(report)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.addLayout(above)
        layout.addWidget(self.text, 1)
        layout.addWidget(note)
        self.observer = Observer(dispatcher.session)
        self.observer.watch(NOTIFICATIONS, self._extend)

    def report(self) -> str:
        """Return the whole log, whatever is shown of it."""
        return "\n".join(line.text for line in self._lines)

    def _extend(self, notifications: tuple[Notification, ...]) -> None:
        new = [one for one in notifications if one.number not in self._known]
        for one in new:
            self._known.add(one.number)
            title, text, details = map(without_names, (one.title, one.text, one.details))
            head = f"{datetime.now():%H:%M:%S}  {one.level:<7}  {title}: {text}"
            line = Line(one.level, "\n".join(part for part in (head, details) if part))
            self._lines.append(line)
            if self._fits(line):
                self.text.appendPlainText(line.text)
        if len(self._lines) > MOST:
            del self._lines[:-MOST]
            self._draw()
        self._say()

    def _fits(self, line: Line) -> bool:
        return line.level in SHOWN[self.level.currentText()] and self.words.text().strip().lower() in line.text.lower()

    def _draw(self) -> None:
        self.text.setPlainText("\n".join(line.text for line in self._lines if self._fits(line)))
        self.text.moveCursor(self.text.textCursor().MoveOperation.End)
        self._say()

    def _say(self) -> None:
        self.text.setPlaceholderText("Nothing like that." if self._lines else "Nothing to report.")
