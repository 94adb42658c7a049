"""The Compare dock: two to four chosen faces side by side, and how alike each pair is to every encoder."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLabel, QSplitter, QVBoxLayout, QWidget

from explorer.science.evaluation.score import AT_THRESHOLD
from explorer.studio.faces.state import VECTORS
from explorer.studio.gallery.browsing import BROWSING, MOST_COMPARED, Comparison, GalleryViewState
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.guard import guarded
from explorer.ui.base.observe import Observer
from explorer.ui.base.throttle import CURVES_MS, Throttle
from explorer.ui.base.thumbnails import row
from explorer.ui.base.wording import shortened
from explorer.ui.faces import similarity
from explorer.ui.widgets.captioned import CaptionedImage
from explorer.ui.widgets.largest_grid import LargestGrid
from explorer.ui.widgets.lens import Lens
from explorer.ui.widgets.saving import report_saving
from explorer.ui.widgets.table import Cell, CopyableTable
from explorer.ui.widgets.zoom_view import ZoomView

INVITATION = "Choose two to four faces in the gallery or on the map to lay them side by side."
HEADER, THUMBNAIL, NAME = 26, 24, 14  # a longer name would make its picture's column the wider
LEAST_TABLE = 200


class ComparePanel(QWidget):
    """Draws `session[BROWSING].comparison`; all pictures are zoomed and panned as one."""

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self.lens = Lens(self)
        self.pictures: list[CaptionedImage] = []
        for number in range(MOST_COMPARED):
            view = ZoomView(f"Face {number + 1}", "", self.lens)
            report_saving(view, dispatcher)
            self.pictures.append(CaptionedImage(str(number + 1), "", view=view))
        self.grid = LargestGrid(self.pictures, HEADER)
        self.table = CopyableTable(["Pair"])
        self.table.setAccessibleName("similarity of each pair")
        self.table.setIconSize(QSize(2 * THUMBNAIL + 3, THUMBNAIL))
        self.table.set_row_height(THUMBNAIL + 6)
        self.table.setObjectName("pairs")
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.stretch()
        self.legend = QLabel("Bold green: above threshold.")
        self.legend.setToolTip(f"Above, or for a distance within, the {AT_THRESHOLD}")
        self.legend.setObjectName("faint")
        self.legend.setWordWrap(True)
        self.invitation = QLabel(INVITATION)
        self.invitation.setObjectName("faint")
        self.invitation.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.invitation.setWordWrap(True)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table, 1)
        column.addWidget(self.legend)
        self.parts = QSplitter(Qt.Orientation.Horizontal)
        self.parts.setChildrenCollapsible(False)
        self.parts.setHandleWidth(10)
        self.parts.addWidget(self.grid)
        self.parts.addWidget(side)
        self.parts.splitterMoved.connect(self._moved_by_hand)
        self._by_hand = False
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 10)
        layout.addWidget(self.invitation, 1)
        layout.addWidget(self.parts, 1)
        self._drawn: tuple[object, ...] = ()
        self._refresh = Throttle(self._draw, CURVES_MS, self)
        self.observer = Observer(dispatcher.session)
        self.observer.watch(BROWSING, lambda _: self._refresh.poke())

    def set_watched(self, on: bool) -> None:
        """Say whether the panel can be seen."""
        self._dispatcher.send(lambda app: app.gallery.views.watch(comparison=on))

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Give the table the room of its numbers, until the user says else."""
        super().resizeEvent(event)
        self._share_room()

    def _moved_by_hand(self) -> None:
        self._by_hand = True

    def _share_room(self) -> None:
        """Let no number be cut where the pictures can do with less; where they cannot, the table is scrolled."""
        if not self._by_hand:
            bar = self.table.verticalScrollBar().sizeHint().width()
            header = self.table.horizontalHeader()
            columns = range(self.table.columnCount())
            needed = [max(self.table.sizeHintForColumn(one), header.sectionSizeHint(one)) for one in columns]
            wanted = sum(needed) + bar + 2 * self.table.frameWidth()
            room = self.parts.width() - self.parts.handleWidth()
            side = min(max(wanted, LEAST_TABLE), room - self.grid.minimumSizeHint().width())
            self.parts.setSizes([room - side, side])

    def _draw(self) -> None:
        browsing = self._dispatcher.session[BROWSING]
        comparison = browsing.comparison
        self.invitation.setVisible(comparison is None)
        self.parts.setVisible(comparison is not None)
        if (comparison, browsing.listing) == self._drawn:
            return
        self._drawn = (comparison, browsing.listing)
        if comparison is None:
            for picture in self.pictures:
                picture.view.set_pixels(None)
            return
        self.grid.show_only(len(comparison.keys))
        for picture, key in zip(self.pictures, comparison.keys, strict=False):
            self._draw_face(picture, key, comparison, browsing)
        self._draw_table(comparison, browsing)

    def _draw_face(self, picture: CaptionedImage, key: str, comparison: Comparison, browsing: GalleryViewState) -> None:
        place = browsing.listing.places.get(key)
        name = "" if place is None else browsing.listing.names[place]
        person = "" if place is None else browsing.listing.people[place]
        picture.detail.setText(person if person else shortened(Path(name).stem, NAME))
        remark = comparison.remarks.get(key)
        picture.setToolTip(name if remark is None else f"{name}\nonly its thumbnail is left: {remark}")
        bare = key in self._dispatcher.session[VECTORS]
        picture.view.set_hint("a bare embedding: there is no photograph" if bare else "reading the photograph…")
        picture.view.set_pixels(comparison.frames.get(key))

    def _draw_table(self, comparison: Comparison, browsing: GalleryViewState) -> None:
        tables = list(comparison.tables.values())
        headings = ["Pair", *map(similarity.heading, tables)]
        self.table.set_headings(headings, ["", *map(similarity.explain, tables)], [False, *(True for _ in tables)])
        names = {key: self._name(key, browsing) for key in comparison.keys}
        self.table.set_rows(
            [
                [self._pair(comparison, one, other, names), *(similarity.cell(table, one, other) for table in tables)]
                for one, other in combinations(comparison.keys, 2)
            ]
        )
        self.legend.setVisible(bool(tables))
        self._share_room()

    def _pair(self, comparison: Comparison, one: str, other: str, names: dict[str, str]) -> Cell:
        said = f"{names[one]} and {names[other]}"
        numbers = [comparison.keys.index(key) + 1 for key in (one, other)]
        pictures = [comparison.frames.get(key) for key in (one, other)]
        known = [picture for picture in pictures if picture is not None]
        icon = QIcon(row(known, THUMBNAIL, self.devicePixelRatioF())) if len(known) == len(pictures) else None
        return Cell(f"{numbers[0]}, {numbers[1]}", hint=said, icon=icon, copied=said)

    def _name(self, key: str, browsing: GalleryViewState) -> str:
        place = browsing.listing.places.get(key)
        return key if place is None else browsing.listing.names[place]
