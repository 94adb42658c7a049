"""The gallery's faces as rows of a list."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from explorer.studio.gallery.browsing import GalleryViewState
from explorer.studio.gallery.listing import NOBODY, Listing
from explorer.ui.base.guard import guarded_as

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class FaceModel(QAbstractListModel):
    """Rows in the order in which the session shows them. Nothing is copied: a row is looked up when it is painted."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._listing: Listing = NOBODY
        self._rows = np.zeros(0, np.intp)
        self._scores: np.ndarray | None = None

    def show(self, browsing: GalleryViewState) -> bool:
        """Show what the session shows; whether that is something else than before."""
        shown = browsing.shown
        if shown.rows is self._rows and browsing.listing is self._listing:
            return False
        self.beginResetModel()
        self._listing, self._rows, self._scores = browsing.listing, shown.rows, shown.scores
        self.endResetModel()
        return True

    def key_at(self, row: int) -> str:
        """The key of the face in a row."""
        return self._listing.keys[int(self._rows[row])]

    def row_of(self, key: str) -> int | None:
        """The row of a face; None where it is not shown."""
        place = self._listing.places.get(key)
        if place is None:
            return None
        found = np.flatnonzero(self._rows == place)
        return int(found[0]) if len(found) else None

    def rowCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802
        """How many faces are shown."""
        return 0 if parent.isValid() else len(self._rows)

    @guarded_as(None)
    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        """What is said and copied of a row."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        name, person, score, _ = self.cell(index.row())
        said = "\n".join(part for part in (name, person, score) if part)
        return {
            int(Qt.ItemDataRole.DisplayRole): name,
            int(Qt.ItemDataRole.ToolTipRole): said,
            int(Qt.ItemDataRole.AccessibleTextRole): said,
        }.get(int(role))

    def cell(self, row: int) -> tuple[str, str, str, object]:
        """What is painted of a row: name, person, score and picture."""
        listing, place = self._listing, int(self._rows[row])
        return listing.names[place], listing.people[place], self._score(row), listing.pictures[place]

    def _score(self, row: int) -> str:
        score = math.nan if self._scores is None else float(self._scores[row])
        return "" if math.isnan(score) else f"{score:.3f}"
