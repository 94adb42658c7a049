"""The Gallery dock: many faces, searched, sorted and grouped."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from explorer.science.names import name_of, shown
from explorer.studio.gallery.browsing import BROWSING, GalleryViewState
from explorer.studio.gallery.state import GALLERY
from explorer.studio.gallery.values import Order
from explorer.studio.laboratory.decode_controller import DecodeController
from explorer.ui.actions.button import bind_button
from explorer.ui.base import icons
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.file_dialogs import ask_folder
from explorer.ui.base.observe import Observer
from explorer.ui.base.throttle import CURVES_MS, Throttle
from explorer.ui.gallery.grid import FaceGrid
from explorer.ui.widgets.captioned import figure_label
from explorer.ui.widgets.quiet import QuietComboBox
from explorer.ui.widgets.shrinking import fit_screen
from explorer.ui.widgets.table import Cell, CopyableTable

HINT = (
    "Add a folder of photographs, or drop one on the window: the faces in it, and in the folders in it, are found and "
    "embedded in the background. Faces of the session are listed here, too."
)
ORDERS: dict[Order, str] = {"name": "By name", "person": "By person", "similarity": "Nearest to the chosen"}
MENU = (
    "gallery_open",
    "gallery_nearest",
    "gallery_compare",
    "gallery_template",
    "gallery_protect",
    "gallery_name",
    "gallery_remove",
    "gallery_forget",
)


class GalleryPanel(QWidget):
    """Draws `session[GALLERY]` as `session[BROWSING]` shows it."""

    def __init__(self, dispatcher: CommandDispatcher, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self._dispatcher, self._actions = dispatcher, actions
        self.add = QPushButton("Add folder…")
        self.resume = QPushButton("Go on")
        self.stop = QPushButton("Stop")
        for button, name, icon in (
            (self.add, "gallery_add", "open"),
            (self.resume, "gallery_resume", "start"),
            (self.stop, "gallery_stop", "stop"),
        ):
            icons.attach(button, icon)
            bind_button(button, actions[name])
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search names and people")
        self.search.setAccessibleName("search the gallery")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._search)
        self.order = QuietComboBox()
        self.order.setAccessibleName("order of the gallery")
        for order, text in ORDERS.items():
            self.order.addItem(text, order)
        self.order.activated.connect(lambda _: self._sort(self.order.currentData()))
        self.group = QPushButton("People")
        self.group.setToolTip("Who is one person: a folder, or faces that are alike enough to the chosen encoder")
        menu = QMenu(self.group)
        for name in ("gallery_by_folder", "gallery_by_likeness"):
            menu.addAction(actions[name])
        self.group.setMenu(menu)
        icons.attach(self.group, "samples")
        self.facts = figure_label("", "muted")
        self.facts.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.facts.setWordWrap(True)
        self.refused = QPushButton()
        self.refused.clicked.connect(self.show_refused)
        icons.attach(self.refused, "warning")
        self.grid = FaceGrid()
        self.hint = QLabel(HINT)
        self.hint.setObjectName("faint")
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setContentsMargins(60, 20, 60, 20)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.hint)
        self.stack.addWidget(self.grid)
        self._build()
        self.grid.chosen.connect(lambda keys: dispatcher.send(lambda app: app.gallery.choose(keys)))
        self.grid.opened.connect(lambda key: dispatcher.send(lambda app: app.gallery.open([key])))
        self.grid.removed.connect(actions["gallery_remove"].trigger)
        self.grid.asked.connect(self._menu)
        self.grid.pointed.connect(
            lambda key: dispatcher.send(lambda app: app.controller(DecodeController).point_at(key))
        )
        self._reference: tuple[object, ...] = ()
        self._refresh = Throttle(self._draw, CURVES_MS // 3, self)
        self.observer = Observer(dispatcher.session)
        for field in (BROWSING, GALLERY):
            self.observer.watch(field, lambda _: self._refresh.poke())

    def _build(self) -> None:
        bar = QHBoxLayout()
        for button in (self.add, self.resume, self.stop):
            bar.addWidget(button)
        bar.addSpacing(8)
        bar.addWidget(self.search, 2)
        bar.addWidget(self.order)
        bar.addWidget(self.group)
        below = QHBoxLayout()
        below.addWidget(self.facts, 1)
        below.addWidget(self.refused)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(6)
        layout.addLayout(bar)
        layout.addWidget(self.stack, 1)
        layout.addLayout(below)

    # Commands, which actions carry out, too.

    def add_folder(self) -> None:
        """Ask for a folder and read it."""
        chosen = ask_folder(self, "gallery", "Add a folder of photographs")
        if chosen is not None:
            self._dispatcher.send(lambda app: app.gallery.add_folders([chosen]))

    def open_collection(self) -> None:
        """Ask for a collection's folder and show its faces."""
        chosen = ask_folder(self, "gallery", "Open a collection")
        if chosen is not None:
            self._dispatcher.send(lambda app: app.gallery.linking.link(chosen))

    def name_person(self) -> None:
        """Ask who the chosen faces are."""
        browsing = self._dispatcher.session[BROWSING]
        keys = browsing.chosen
        people = [browsing.listing.people[browsing.listing.places[key]] for key in keys]
        known = people[0] if people else ""
        count = "this face" if len(keys) == 1 else f"these {len(keys)} faces"
        text, agreed = QInputDialog.getText(
            self, "Name a person", f"Who is on {count}? Empty leaves it to folder or likeness.", text=known
        )
        if agreed:
            self._dispatcher.send(lambda app: app.gallery.name(keys, text))

    def begin_search(self) -> None:
        """Go to the search."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def show_refused(self) -> None:
        """List photographs that could not be used."""
        dialog = QDialog(self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("Photographs that were not used")
        fit_screen(dialog, QSize(760, 420))
        table = CopyableTable(["Photograph", "Why"])
        table.setAccessibleName("photographs that were not used")
        rows = self._dispatcher.session[GALLERY].refused
        table.set_rows(
            [[Cell(name_of(one.path), hint=shown(one.path)), Cell(one.reason, role="muted")] for one in rows]
        )
        table.horizontalHeader().setStretchLastSection(True)
        QVBoxLayout(dialog).addWidget(table)
        dialog.open()

    def _search(self, text: str) -> None:
        self._dispatcher.send(lambda app: app.gallery.search(text))

    def _sort(self, order: Order) -> None:
        self._dispatcher.send(lambda app: app.gallery.sort(order))

    def _menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in MENU:
            menu.addAction(self._actions[name])
        menu.exec(self.grid.viewport().mapToGlobal(place))

    # Drawing.

    def _draw(self) -> None:
        session = self._dispatcher.session
        browsing, gallery = session[BROWSING], session[GALLERY]
        self.stack.setCurrentWidget(self.grid if len(browsing.listing) else self.hint)
        self.order.setCurrentIndex(self.order.findData(browsing.order))
        if self.search.text() != browsing.query:
            self.search.setText(browsing.query)
        self.grid.draw(browsing)
        sought = (browsing.order, browsing.query, browsing.shown.reference, browsing.shown.encoder)
        if sought != self._reference:
            self._reference = sought
            self.grid.top()
        self.resume.setVisible(bool(gallery.unfinished) and not browsing.scanning)
        self.stop.setVisible(browsing.scanning)
        self.refused.setVisible(bool(gallery.refused))
        self.refused.setText(f"{len(gallery.refused)} not used")
        self.refused.setAccessibleName(f"list the {len(gallery.refused)} photographs that were not used")
        self.facts.setText(self._says(browsing))

    def _says(self, browsing: GalleryViewState) -> str:
        listing, shown = browsing.listing, browsing.shown
        if not len(listing):
            return ""
        total = f"{len(listing):,} faces"
        parts = [total if len(shown.rows) == len(listing) else f"{len(shown.rows):,} of {total}"]
        people = listing.count_people()
        gallery = self._dispatcher.session[GALLERY]
        if people:
            parts.append(f"{people:,} people, {gallery.grouping.says}")
        if gallery.linked is not None and gallery.linked.problem:
            parts.append(gallery.linked.problem)
        if browsing.order == "similarity":
            name = None if shown.reference is None else listing.names[listing.places[shown.reference]]
            parts.append("choose a face to sort by" if name is None else f"nearest to {name} under {shown.encoder}")
            if shown.says:
                parts.append(shown.says)
        if len(browsing.chosen) > 1:
            parts.append(f"{len(browsing.chosen)} chosen")
        return "   ·   ".join(parts)
