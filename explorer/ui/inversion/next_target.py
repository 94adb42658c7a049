"""What the next run will invert, where that is not what the run in view has inverted."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.studio.faces.state import FACES, SELECTED, VECTORS
from explorer.studio.inversion.state import RUN
from explorer.studio.session.state import Session
from explorer.ui.base import theme
from explorer.ui.base.guard import guarded
from explorer.ui.base.thumbnails import Picture, thumbnail

SIDE, GAP, WIDEST = 20, 5, 140


@dataclass(frozen=True, eq=False)
class Selection:
    """A face or a vector that a run could begin with. of_run: the name of what the run in view inverts."""

    name: str
    picture: Picture
    of_run: str


def next_selection(session: Session) -> Selection | None:
    """What Start would invert, where a run towards something else is in view; None where nothing else is selected."""
    run, key = session[RUN], session[SELECTED] or ""
    if run is None or run.target.key == key:
        return None
    face, vector = session[FACES].get(key), session[VECTORS].get(key)
    if face is not None:
        return Selection(face.name, face.thumbnail, run.target.record.name)
    return None if vector is None else Selection(vector.name, vector, run.target.record.name)


class NextTarget(QWidget):
    """A badge beside Start: a thumbnail, and "next: NAME" where there is room for that."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: Selection | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_next(self, selection: Selection | None) -> None:
        """Draw what comes next, or nothing."""
        if _drawn_of(selection) == _drawn_of(self._shown):
            return
        self._shown = selection
        if selection is not None:
            words = f"Start inverts {selection.name}; in view is the run of {selection.of_run}"
            self.setToolTip(words)
            self.setAccessibleName(words)
        self.setVisible(selection is not None)
        self.updateGeometry()
        self.update()

    @property
    def words(self) -> str:
        """What it says; empty while nothing else is selected."""
        return "" if self._shown is None else f"next: {self._shown.name}"

    def sizeHint(self) -> QSize:  # noqa: N802
        """Ask for the room of the words, unless the name is long."""
        advance = self.fontMetrics().horizontalAdvance(self.words)
        return QSize(min(SIDE + GAP + advance + 2, WIDEST), SIDE + 4)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Do with the thumbnail."""
        return QSize(SIDE, SIDE + 4)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the thumbnail, and the words as far as they fit."""
        if self._shown is None:
            return
        painter = QPainter(self)
        top = (self.height() - SIDE) // 2
        painter.drawPixmap(0, top, thumbnail(self._shown.picture, SIDE, self.devicePixelRatioF()))
        room = QRect(SIDE + GAP, 0, self.width() - SIDE - GAP, self.height())
        if room.width() > 3 * SIDE // 2:
            painter.setPen(theme.current().colour("accent"))
            words = self.fontMetrics().elidedText(self.words, Qt.TextElideMode.ElideMiddle, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)


def _drawn_of(selection: Selection | None) -> tuple[object, ...]:
    return () if selection is None else (selection.name, id(selection.picture), selection.of_run)
