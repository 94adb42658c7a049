"""The Batch dock: whole folders in a queue, what failed and why, and the table at the end."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from explorer.science.names import name_of
from explorer.studio.batch.controller import BatchController
from explorer.studio.batch.job import Entry
from explorer.studio.batch.row_readings import row_readings
from explorer.studio.batch.state import BATCHES, BatchState, BatchStatus
from explorer.ui.base import icons, theme
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.observe import Observer
from explorer.ui.base.throttle import CURVES_MS, Throttle
from explorer.ui.base.wording import duration
from explorer.ui.batch.form import BatchForm
from explorer.ui.batch.readings_table import ReadingsTable
from explorer.ui.widgets.button_row import ButtonRow
from explorer.ui.widgets.captioned import figure_label

SAYS: dict[BatchStatus, str] = {
    "waiting": "waits",
    "running": "running",
    "paused": "paused",
    "interrupted": "interrupted",
    "finished": "finished",
    "failed": "failed",
    "cancelled": "cancelled",
}
INVITATION = (
    "Choose a folder of photographs and another for the results. Every file is done once: whatever ends the program, "
    "the work goes on where it was left. All numbers come in one table, CSV and Parquet."
)
BAR, ROW = 120, 22
SAYS_COLUMN = 4
_NUMBERS = 4  # of a finished file, in the list
KEY = Qt.ItemDataRole.UserRole
ENTRY = KEY + 1


class BatchPanel(QWidget):
    """Draws `session[BATCHES]`; a new one takes the encoder, settings and weights of the Objective dock."""

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self.form = BatchForm(dispatcher)
        self.list = QTreeWidget()
        self.list.setObjectName("batches")
        self.list.setAccessibleName("folders in the queue, and files that failed")
        self.list.setHeaderLabels(["Folder", "Work", "State", "Progress", "Says"])
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.list.header().setStretchLastSection(True)
        self.list.currentItemChanged.connect(lambda *_: self._enable())
        self.readings = ReadingsTable()
        self.says = figure_label("", "muted")
        self.says.setWordWrap(True)
        self.says.setAccessibleName("what the chosen line says, in full")
        self.pause, self.resume = _button("Pause", "pause"), _button("Go on", "start")
        self.retry, self.cancel = _button("Try failed again", "reset"), _button("Cancel", "cancel")
        self.remove, self.results = _button("Remove", "forget"), _button("Open results", "open")
        self.pause.setToolTip("Rest after the current step")
        self.resume.setToolTip("Go on where it was left; what is finished is not made again")
        self.retry.setToolTip("Work once more on the files that failed")
        self.cancel.setToolTip("Leave it: what is finished stays, and it can go on later")
        self.remove.setToolTip("Take it out of the list; its files stay")
        self.results.setToolTip("Show the folder of the results")
        self.pause.clicked.connect(lambda: self._ask(BatchController.pause))
        self.resume.clicked.connect(lambda: self._ask(BatchController.resume))
        self.retry.clicked.connect(lambda: self._ask(lambda app, key: app.resume(key, again=True)))
        self.cancel.clicked.connect(lambda: self._ask(BatchController.cancel))
        self.remove.clicked.connect(lambda: self._ask(BatchController.remove))
        self.results.clicked.connect(self._open_results)
        self._listed: list[str] = []
        self._files: dict[str, tuple[tuple[Entry, ...], tuple[Entry, ...]]] = {}
        self._build()
        self._refresh = Throttle(self._draw, CURVES_MS, self)
        self.observer = Observer(dispatcher.session)
        self.observer.watch(BATCHES, lambda _: self._refresh.poke())

    def _build(self) -> None:
        self.invitation = QLabel(INVITATION)
        self.invitation.setObjectName("faint")
        self.invitation.setWordWrap(True)
        buttons = (self.pause, self.resume, self.retry, self.cancel, self.remove, self.results)
        bar = ButtonRow(buttons, spacing=6)
        for button in buttons:
            bar.row.addWidget(button)
        bar.row.addStretch()
        parts = QSplitter(Qt.Orientation.Horizontal)
        parts.setChildrenCollapsible(False)
        parts.addWidget(self.list)
        parts.addWidget(self.readings)
        parts.setStretchFactor(0, 3)
        parts.setStretchFactor(1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 10)
        layout.setSpacing(8)
        layout.addWidget(self.form)
        layout.addWidget(self.invitation)
        layout.addWidget(parts, 1)
        layout.addWidget(self.says)
        layout.addWidget(bar)
        self._enable()

    # Commands.

    def _ask(self, command) -> None:  # type: ignore[no-untyped-def]
        one = self._chosen()
        if one is not None:
            self._dispatcher.send(lambda app: command(app.batches, one.key))

    def _open_results(self) -> None:
        one = self._chosen()
        if one is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(one.out)))

    def _chosen(self) -> BatchState | None:
        item = self.list.currentItem()
        key = None if item is None else (item.parent() or item).data(0, KEY)
        return next((one for one in self._dispatcher.session[BATCHES] if one.key == key), None)

    # Drawing.

    def _draw(self) -> None:
        batches = self._dispatcher.session[BATCHES]
        self.invitation.setVisible(not batches)
        with QSignalBlocker(self.list):
            if [one.key for one in batches] != self._listed:
                self._list_anew(batches)
            items = [item for place in range(len(batches)) if (item := self.list.topLevelItem(place)) is not None]
            for item, one in zip(items, batches, strict=True):
                self._draw_one(item, one)
            self._listed = [one.key for one in batches]
            if self.list.currentItem() is None and items:
                self.list.setCurrentItem(items[-1])
        self._enable()

    def _list_anew(self, batches: tuple[BatchState, ...]) -> None:
        chosen = self._chosen()
        self.list.clear()
        self._files.clear()
        for one in batches:
            item = QTreeWidgetItem(self.list)
            item.setData(0, KEY, one.key)
            bar = QProgressBar()
            bar.setTextVisible(False)
            bar.setFixedWidth(BAR)
            bar.setAccessibleName(f"progress of {name_of(one.folder)}")
            self.list.setItemWidget(item, 3, bar)
            if chosen is not None and chosen.key == one.key:
                self.list.setCurrentItem(item)

    def _draw_one(self, item: QTreeWidgetItem, one: BatchState) -> None:
        item.setText(0, name_of(one.folder))
        item.setToolTip(0, f"{one.folder}\nto {one.out}")
        item.setText(1, one.job.words())
        item.setText(2, _state_words(one))
        item.setSizeHint(3, QSize(BAR + 12, ROW))
        item.setText(4, one.message)
        item.setToolTip(4, one.message)
        bar = self.list.itemWidget(item, 3)
        assert isinstance(bar, QProgressBar)
        bar.setRange(0, max(one.total, 1))
        bar.setValue(one.done)
        self._draw_files(item, one)

    def _draw_files(self, item: QTreeWidgetItem, one: BatchState) -> None:
        """What failed, in order, and below the newest of what was finished."""
        failures, finished = self._files.get(one.key, ((), ()))
        if (failures, finished) == (one.failures, one.finished):
            return
        self._files[one.key] = one.failures, one.finished
        first = item.childCount() == 0
        if one.failures[: len(failures)] != failures:  # it was begun again
            failures = ()
        while item.childCount() > len(failures):
            item.takeChild(item.childCount() - 1)
        for entry in one.failures[len(failures) :]:
            child = _file_row(item, entry, "failed", entry.reason)
            child.setForeground(4, theme.current().colour("warn"))
        for entry in one.finished:
            _file_row(item, entry, f"done, {entry.seconds:.1f} s", row_words(entry))
        if first:
            item.setExpanded(True)  # until the user folds it

    def _enable(self) -> None:
        one, item = self._chosen(), self.list.currentItem()
        # The column is cut where the window is narrow.
        self.says.setText("" if item is None else item.text(SAYS_COLUMN))
        entry = None if item is None else item.data(0, ENTRY)
        read = row_readings(entry) if isinstance(entry, Entry) else ()
        self.readings.show_readings(read)
        # The table says more than the first numbers, and needs the room.
        self.says.setVisible(bool(self.says.text()) and not read)
        status = None if one is None else one.status
        over = one is not None and one.over
        self.pause.setEnabled(status == "running")
        self.resume.setEnabled(status == "paused" or (over and status != "finished"))
        self.retry.setEnabled(one is not None and over and bool(one.failures))
        self.cancel.setEnabled(status in ("waiting", "running", "paused"))
        self.remove.setEnabled(over)
        self.results.setEnabled(one is not None and one.done > 0)


def _state_words(one: BatchState) -> str:
    """Such as "running, 3 of 20, 4.2 min left"."""
    counted = f", {one.done} of {one.total}" if one.total else ""
    left = "" if one.remaining is None else f", {duration(one.remaining)} left"
    return f"{SAYS[one.status]}{counted}{left}"


def row_words(entry: Entry) -> str:
    """The first numbers of a finished file's row in the table, such as "norm 23.4 · face score 0.871"."""
    numbers = [
        f"{name.replace('_', ' ')} {value:.3g}"
        for name, value in entry.row.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    return " · ".join(numbers[:_NUMBERS])


def _file_row(item: QTreeWidgetItem, entry: Entry, state: str, says: str) -> QTreeWidgetItem:
    row = QTreeWidgetItem(item, [entry.file, "", state, "", says])
    row.setData(0, ENTRY, entry)
    row.setToolTip(0, entry.file)
    row.setToolTip(4, says)
    return row


def _button(text: str, icon: str) -> QPushButton:
    button = QPushButton(text)
    icons.attach(button, icon)
    return button
