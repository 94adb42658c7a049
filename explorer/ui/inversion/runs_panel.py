"""The Runs dock: every inversion of the session as a tree of branches, and some of them side by side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSplitter,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from explorer.studio.inversion.runs_controller import Listed, tree
from explorer.studio.inversion.state import COMPARED, RUN, RUNS, RunState, all_runs
from explorer.ui.actions.button import bind_button
from explorer.ui.base import icons
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.observe import Observer
from explorer.ui.base.throttle import CURVES_MS, Throttle
from explorer.ui.base.wording import shortened
from explorer.ui.inversion.compared_curves import ComparedCurves
from explorer.ui.inversion.runs_comparison import RunsComparison
from explorer.ui.widgets.captioned import CaptionedImage
from explorer.ui.widgets.largest_grid import LargestGrid
from explorer.ui.widgets.saving import report_saving

COLUMNS = ("Run", "Cosine", "Goes on from", "Steps", "")
HINTS = (
    "a tick lays the run beside others; a click brings it into view",
    "of the attacked encoder, at the best step",
    "the run and step that it goes on from",
    "made so far",
    "",
)
KEY = Qt.ItemDataRole.UserRole
INVITATION = "Tick runs to lay them side by side.\nGo back to a step and branch there\nto try other weights from it."
SIDE_BY_SIDE, HEADER, NAME = 4, 24, 12
LIST, LEAST_LIST, HANDLE = 360, 150, 10  # pixels


class RunsPanel(QWidget):
    """Draws `session[RUNS]`, `session[RUN]` and `session[COMPARED]`."""

    def __init__(self, dispatcher: CommandDispatcher, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self._items: dict[str, QTreeWidgetItem] = {}
        self._shape: list[tuple[str, int]] = []
        self.list = QTreeWidget()
        self.list.setHeaderLabels(COLUMNS)
        for column, hint in enumerate(HINTS):
            self.list.headerItem().setToolTip(column, hint)
        self.list.setRootIsDecorated(False)
        self.list.setIndentation(16)
        self.list.setItemsExpandable(False)
        self.list.setAccessibleName("runs of this session")
        self.list.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.list.header().setStretchLastSection(True)
        self.list.setMinimumWidth(LEAST_LIST)
        self.list.setObjectName("runs")
        self.list.itemChanged.connect(self._ticked)
        self.list.currentItemChanged.connect(self._chosen)
        self.branch = QToolButton()
        self.branch.setObjectName("button")
        self.branch.setDefaultAction(actions["branch"])
        self.branch.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.remove = QPushButton("Remove")
        bind_button(self.remove, actions["remove_run"])
        icons.attach(self.remove, "forget")
        self.pictures = [CaptionedImage("", "Not drawn yet", reconstruction=True) for _ in range(SIDE_BY_SIDE)]
        for one in self.pictures:
            report_saving(one.view, dispatcher)
        self.grid = LargestGrid(self.pictures, HEADER)
        self.invitation = QLabel(INVITATION)
        self.invitation.setObjectName("faint")
        self.invitation.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.invitation.setWordWrap(True)
        self.curves = ComparedCurves()
        self.nearness, self.losses = self.curves.nearness, self.curves.losses
        self.comparison = RunsComparison(self.grid, self.nearness, self.losses)
        self._build()
        self._refresh = Throttle(self._draw, CURVES_MS, self)
        self.observer = Observer(dispatcher.session)
        for field in (RUNS, RUN, COMPARED):
            self.observer.watch(field, lambda _: self._refresh.poke())

    def _build(self) -> None:
        bar = QHBoxLayout()
        bar.addWidget(self.branch)
        bar.addWidget(self.remove)
        bar.addStretch()
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list, 1)
        column.addLayout(bar)
        self.parts = QSplitter(Qt.Orientation.Horizontal)
        self.parts.setChildrenCollapsible(False)
        self.parts.setHandleWidth(HANDLE)
        for part, share in ((left, 0), (self.invitation, 1), (self.comparison, 1)):
            self.parts.addWidget(part)
            self.parts.setStretchFactor(self.parts.count() - 1, share)
        self.parts.setSizes([LIST, LIST, 3 * LIST])
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 10)
        layout.addWidget(self.parts)

    def set_mark(self, on: bool) -> None:
        """Let reconstructions carry their mark or not."""
        for one in self.pictures:
            one.view.set_mark(on)

    # Drawing.

    def _draw(self) -> None:
        listed = tree(all_runs(self._dispatcher.session))
        with QSignalBlocker(self.list):
            shape = [(one.run.key, one.depth) for one in listed]
            if shape != self._shape:
                self._plant(listed)
                self._shape = shape
            for one in listed:
                self._write(self._items[one.run.key], one)
            shown = self._dispatcher.session[RUN]
            if shown is not None:
                self.list.setCurrentItem(self._items[shown.key])
        compared = [one for one in listed if one.run.key in self._dispatcher.session[COMPARED]]
        self._draw_pictures(compared)
        self.curves.draw(compared)

    def _plant(self, listed: list[Listed]) -> None:
        self.list.clear()
        self._items = {}
        above: list[QTreeWidgetItem] = []
        for one in listed:
            del above[one.depth :]
            item = QTreeWidgetItem(above[-1] if above else self.list)
            item.setData(0, KEY, one.run.key)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            for column in (1, 3):
                item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            above.append(item)
            self._items[one.run.key] = item
        self.list.expandAll()

    def _write(self, item: QTreeWidgetItem, one: Listed) -> None:
        run = one.run
        ticked = run.key in self._dispatcher.session[COMPARED]
        item.setCheckState(0, Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        cosine = "" if run.best_index is None else f"{run.steps[run.best_index].cosine:.3f}"
        texts = (
            f"{run.number}  {shortened(Path(run.target.record.name).stem, NAME)}",
            cosine,
            self._origin(run),
            str(max(len(run.steps) - 1, 0)),
            run.status,
        )
        for column, text in enumerate(texts):
            if item.text(column) != text:
                item.setText(column, text)

    def _origin(self, run: RunState) -> str:
        if run.branch is None:
            return ""
        parent = all_runs(self._dispatcher.session).get(run.branch.run)
        return f"{'a removed run' if parent is None else f'run {parent.number}'}, step {run.branch.step}"

    def _draw_pictures(self, compared: list[Listed]) -> None:
        self.invitation.setVisible(not compared)
        self.comparison.setVisible(bool(compared))
        if compared:
            self.grid.show_only(min(len(compared), SIDE_BY_SIDE))
        for picture, listed in zip(self.pictures, compared, strict=False):
            run = listed.run
            picture.view.set_badge(run.shows_photograph)
            picture.view.set_pixels(run.best_image if run.native is None else run.native)
            picture.detail.setText(_facts(run))

    # Commands.

    def _ticked(self, item: QTreeWidgetItem, column: int) -> None:
        key, on = item.data(0, KEY), item.checkState(0) == Qt.CheckState.Checked
        if on != (key in self._dispatcher.session[COMPARED]):
            self._dispatcher.send(lambda app: app.runs.compare(key, on))

    def _chosen(self, item: QTreeWidgetItem | None, before: QTreeWidgetItem | None) -> None:
        if item is not None:
            key = item.data(0, KEY)
            self._dispatcher.send(lambda app: app.runs.show(key))
            self._refresh.poke()


def _facts(run: RunState) -> str:
    cosine = "" if run.best_index is None else f"   {run.steps[run.best_index].cosine:.3f}"
    return f"run {run.number}{cosine}"
