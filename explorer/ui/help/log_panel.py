"""The Log dock: what was opened, run and written, every notification, and a report that can be copied."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

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

from explorer.science.names import shown
from explorer.studio.session.state import LOG, NOTIFICATIONS, Level, LogEntry, Notification
from explorer.ui.actions.button import bind_button
from explorer.ui.base import icons, text_size
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.observe import Observer
from explorer.ui.base.redaction import without_names
from explorer.ui.widgets.quiet import QuietComboBox

Kind = Level | Literal["done"]

SHOWN: dict[str, tuple[Kind, ...]] = {
    "Everything": ("done", "info", "warning", "error"),
    "What was done": ("done",),
    "Warnings and errors": ("warning", "error"),
    "Errors": ("error",),
}
T = TypeVar("T", Notification, LogEntry)


@dataclass(frozen=True)
class Line:
    """One thing as it is listed. number: of the entry or notification. copied: as it leaves the window, without names
    of faces and files."""

    number: int
    kind: Kind
    text: str
    copied: str


class LogPanel(QWidget):
    """Lists what was done and what the user was told, with the time; what is forgotten leaves the list."""

    def __init__(self, dispatcher: CommandDispatcher, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self._session = dispatcher.session
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
        note = QLabel("Nothing of it is written to disk. What is copied holds no names; a forgotten face leaves it.")
        note.setObjectName("faint")
        note.setWordWrap(True)
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
        self.observer.watch(NOTIFICATIONS, self._notified)
        self.observer.watch(LOG, self._logged)

    def report(self) -> str:
        """Return the whole log, whatever is shown of it, without names of faces and files."""
        return "\n".join(line.copied for line in self._lines)

    def _notified(self, notifications: tuple[Notification, ...]) -> None:
        now = f"{datetime.now():%H:%M:%S}"
        self._extend(notifications, lambda one: _of_notification(one, now))

    def _logged(self, entries: tuple[LogEntry, ...]) -> None:
        self._extend(entries, _of_entry)

    def _extend(self, told: Sequence[T], line_of: Callable[[T], Line]) -> None:
        new = [line_of(one) for one in told if one.number not in self._known]
        for line in new:
            self._known.add(line.number)
            self._lines.append(line)
            if self._fits(line):
                self.text.appendPlainText(line.text)
        held = {one.number for one in self._session[NOTIFICATIONS]} | {one.number for one in self._session[LOG]}
        left = [line for line in self._lines if line.number in held]
        if len(left) < len(self._lines):
            self._lines = left
            self._draw()
        self._say()

    def _fits(self, line: Line) -> bool:
        return line.kind in SHOWN[self.level.currentText()] and self.words.text().strip().lower() in line.text.lower()

    def _draw(self) -> None:
        self.text.setPlainText("\n".join(line.text for line in self._lines if self._fits(line)))
        self.text.moveCursor(self.text.textCursor().MoveOperation.End)
        self._say()

    def _say(self) -> None:
        nothing = "Nothing was opened, run, written or reported yet."
        self.text.setPlaceholderText("Nothing like that." if self._lines else nothing)


def _of_notification(one: Notification, now: str) -> Line:
    title, text, details = map(without_names, (one.title, one.text, one.details))
    kind: Kind = one.level if one.path is None else "done"
    head = f"{now}  {kind:<7}  {title}: "
    behind = f"\n{details}" if details else ""
    # A file that was written is named while the window is open: this is where the user looks for it.
    said = text if one.path is None else shown(one.path)
    return Line(one.number, kind, f"{head}{said}{behind}", f"{head}{text}{behind}")


def _of_entry(one: LogEntry) -> Line:
    def written(name: str) -> str:
        named = f"{one.what} {name}".rstrip()
        return f"{one.at:%H:%M:%S}  {'done':<7}  {named}: {one.text}" if one.text else named

    return Line(one.number, "done", written(one.name), without_names(written("a face or file" if one.name else "")))
