"""Faces on a plane, as pictures where few are in view and as points else: coloured by person; a click chooses."""

from __future__ import annotations

import colorsys
from collections.abc import Container, Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.ui.base import theme
from explorer.ui.base.guard import guarded
from explorer.ui.gallery import map_faces
from explorer.ui.gallery.density import MOST_DOTS, Density, ManyBrushes, rows_within
from explorer.ui.gallery.map_faces import MapFace, MapFaces
from explorer.ui.gallery.thumbnails import Thumbnails

POINT, CHOSEN, REACH = 7, 13, 14.0
PEEK = 96
GAP = 14  # between what is under the pointer and what is said of it
# Around all of the points, as a share of the plot: pictures need more than points.
MARGIN, PICTURES_MARGIN = 0.06, 0.14
_GOLDEN = 0.618033988749895


class _Peek(QWidget):
    """A thumbnail with its name and person beside the pointer."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._within = parent
        self._pixmap: QPixmap | None = None
        self._lines: tuple[str, ...] = ()
        self.setFont(theme.ui_font(theme.SMALL_POINTS))
        line = self.fontMetrics().height()
        self.resize(PEEK + 12, PEEK + 14 + 2 * line)
        self.hide()

    def show_at(self, place: QPoint, apart: int, pixmap: QPixmap | None, lines: tuple[str, ...]) -> None:
        """Show a face so many pixels beside a place of the parent, within it."""
        self._pixmap, self._lines = pixmap, lines
        whole = self._within.rect()
        right = place.x() + apart
        x = right if right + self.width() < whole.width() else place.x() - apart - self.width()
        y = min(max(place.y() - self.height() // 2, 0), max(whole.height() - self.height(), 0))
        self.move(x, y)
        self.update()
        self.show()
        self.raise_()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the picture and the words below it."""
        painter, colours = QPainter(self), theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colours.colour("border"), 1))
        painter.setBrush(colours.colour("raised"))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 4, 4)
        if self._pixmap is not None:
            painter.drawPixmap(QPoint(6, 6), self._pixmap)
        else:
            painter.fillRect(6, 6, PEEK, PEEK, colours.colour("field"))
        line, metrics = self.fontMetrics().height(), self.fontMetrics()
        for number, text in enumerate(self._lines):
            painter.setPen(colours.colour("muted" if number else "text"))
            fitted = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, PEEK)
            where = self.rect().adjusted(6, PEEK + 9 + number * line, -6, 0)
            painter.drawText(where, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, fitted)


class Scatter(QWidget):
    """Draws faces at their points. Wheel and drag zoom and pan; arrow keys go from point to point.

    `chosen` carries the rows that are chosen now; `opened` the row of a point that was double-clicked or given Enter;
    `pointed` the row that is looked at, or None.
    """

    chosen = Signal(object)
    opened = Signal(int)
    pointed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._points = np.zeros((0, 2), np.float32)
        self._people: Sequence[str] = ()
        self._names: Sequence[str] = ()
        self._keys: Sequence[str] = ()
        self._faces: Sequence[object] = ()
        self._rows: tuple[int, ...] = ()
        self._under: int | None = None
        self._press: QPointF | None = None
        self._pictures = Thumbnails(PEEK, self)
        self._pictures.arrived.connect(self._pictures_arrived)
        self._plot = pg.PlotWidget(background=None, enableMenu=False)
        self._plot.hideButtons()
        self._plot.hideAxis("left")
        self._plot.hideAxis("bottom")
        self._plot.setAspectLocked(True)
        self._plot.setAccessibleName("map of faces")
        self._dots = pg.ScatterPlotItem(pxMode=True, size=POINT, antialias=True)
        self._rings = pg.ScatterPlotItem(pxMode=True, size=CHOSEN, antialias=True)
        self._density = Density()
        self._level: tuple[object, ...] = ()
        self._plot.addItem(self._density)
        self._plot.addItem(self._dots)
        self._plot.addItem(self._rings)
        self._box = self._plot.getViewBox()
        self._box.sigRangeChanged.connect(self._lay_faces)
        self._box.sigResized.connect(self._lay_faces)
        self._plot.viewport().setMouseTracking(True)
        self._plot.viewport().installEventFilter(self)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("map of faces")
        self.setMinimumSize(160, 120)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        # In front of the plot, whose child they must not be: the plot scrolls its children.
        self._in_view = MapFaces(self)
        self._peek = _Peek(self)
        self._brushes: dict[str, QBrush] = brushes_of(())
        theme.themes.changed.connect(self._paint)

    def set_faces(
        self,
        keys: Sequence[str],
        names: Sequence[str],
        people: Sequence[str],
        pictures: Sequence[object],
        there: Container[str] | None = None,
    ) -> None:
        """Say who the points are, row by row. there: tells whether a key is among them; None to find that out."""
        self._keys, self._names, self._people, self._faces = keys, names, people, pictures
        self._pictures.keep_only(frozenset(keys) if there is None else there)
        self._under = None
        self._peek.hide()

    def set_points(self, points: NDArray[np.float32], *, fit: bool) -> None:
        """Lay the points out, (N, 2); `fit` brings all of them into view."""
        self._points = points
        self._paint()
        if fit and len(points):
            self._fit()

    def choose(self, rows: Sequence[int]) -> None:
        """Mark chosen points."""
        self._rows = tuple(rows)
        self._paint_chosen()
        self._lay_faces()

    def row_near(self, place: QPointF) -> int | None:
        """The face whose picture is at a place of the plot, or the point next to it, if that is near."""
        if not len(self._points):
            return None
        pictured = self._in_view.row_at(place)
        if pictured is not None:
            return pictured
        here = self._box.mapSceneToView(self._plot.mapToScene(place.toPoint()))
        size = self._box.viewPixelSize()
        apart = (self._points - (here.x(), here.y())) / size
        distances = np.hypot(apart[:, 0], apart[:, 1])
        row = int(distances.argmin())
        return row if distances[row] <= REACH else None

    def place_of(self, row: int) -> QPoint:
        """Where a point is in this widget."""
        x, y = self._points[row]
        scene = self._box.mapViewToScene(QPointF(float(x), float(y)))
        place: QPoint = self._plot.mapTo(self, self._plot.mapFromScene(scene))
        return place

    # Painting.

    def _paint(self) -> None:
        self._plot.setBackground(theme.current().colour("panel"))
        if len(self._points) <= MOST_DOTS:
            people = self._people if len(self._people) == len(self._points) else ("",) * len(self._points)
            self._brushes = brushes_of(people)
            self._density.clear()
            self._dots.setData(pos=self._points, brush=[self._brushes[person] for person in people], pen=None)
        else:
            self._brushes = ManyBrushes()
            self._dots.setData(pos=self._points[:0])
        self._level = ()
        self._paint_chosen()
        self._lay_faces()

    def _paint_chosen(self) -> None:
        rows = [row for row in self._rows if row < len(self._points)]
        pen = pg.mkPen(theme.current().colour("text"), width=2)
        self._rings.setData(pos=self._points[rows], brush=None, pen=pen)

    def _fit(self) -> None:
        self._box.autoRange(padding=PICTURES_MARGIN if len(self._points) <= map_faces.MOST else MARGIN)

    def _lay_level(self) -> None:
        """Of very many points, draw how dense they lie, or those in view where these are few enough."""
        if len(self._points) <= MOST_DOTS:
            return
        box, size = self._box.viewRect(), self._box.size()
        level = (box.getRect(), size.width(), size.height())
        if level == self._level:
            return
        self._level = level
        rows = rows_within(self._points, box)
        if len(rows) > MOST_DOTS:
            self._density.draw(self._points, box, size)
            self._dots.setData(pos=self._points[:0])
        else:
            known = len(self._people) == len(self._points)
            brushes = [self._brushes[self._people[row] if known else ""] for row in rows.tolist()]
            self._density.clear()
            self._dots.setData(pos=self._points[rows], brush=brushes, pen=None)

    def _lay_faces(self) -> None:
        """Draw the faces in view, if they are few."""
        self._lay_level()
        self._in_view.setGeometry(self._plot.geometry())
        rows = self._rows_in_view() if len(self._keys) == len(self._points) else []
        ratio, chosen = self.devicePixelRatioF(), set(self._rows)
        accent = theme.current().colour("accent")
        self._in_view.draw(
            [
                MapFace(
                    row,
                    QPointF(x, y),
                    self._pictures.get(self._keys[row], self._faces[row], ratio),
                    accent if row in chosen else self._brushes[self._people[row]].color(),
                    row in chosen,
                )
                for row, (x, y) in zip(rows, self._places(rows), strict=True)
            ]
        )

    def _places(self, rows: list[int]) -> list[list[float]]:
        """Where points are in the plot, in pixels; what `place_of` says of one, for many at once."""
        view, area = self._box.viewRect(), self._box.sceneBoundingRect()
        pixels = (area.width() / view.width(), -area.height() / view.height())
        corner = QPointF(self._plot.mapFromScene(area.bottomLeft()))
        places: list[list[float]] = ((self._points[rows] - (view.x(), view.y())) * pixels + corner.toTuple()).tolist()
        return places

    def _rows_in_view(self) -> list[int]:
        """The rows of the points in view, or none where they are too many for pictures."""
        view = self._box.viewRect()
        across, up = self._points[:, 0], self._points[:, 1]
        inside = (view.left() <= across) & (across <= view.right()) & (view.top() <= up) & (up <= view.bottom())
        rows: list[int] = np.flatnonzero(inside).tolist() if inside.sum() <= map_faces.MOST else []
        return rows

    def _peek_at(self, row: int | None) -> None:
        if row != self._under:
            self.pointed.emit(row)
        self._under = row
        if row is None or row >= len(self._keys):
            self._peek.hide()
            return
        pixmap = self._pictures.get(self._keys[row], self._faces[row], self.devicePixelRatioF())
        lines = tuple(text for text in (self._names[row], self._people[row]) if text)
        apart = self._in_view.side // 2 + GAP // 2 if self._in_view.faces else GAP
        self._peek.show_at(self.place_of(row), apart, pixmap, lines)

    def _pictures_arrived(self) -> None:
        self._lay_faces()
        if self._under is not None and self._peek.isVisible():
            self._peek_at(self._under)

    # The pointer and the keys.

    def eventFilter(self, watched: object, event: QEvent) -> bool:  # noqa: N802
        """Look at the point under the pointer; choose it on a click that is no drag."""
        kind = event.type()
        if isinstance(event, QMouseEvent):
            self._pointed(kind, event)
        elif kind == QEvent.Type.Leave:
            self._peek_at(None)
        return False

    @guarded
    def _pointed(self, kind: QEvent.Type, event: QMouseEvent) -> None:
        place = event.position()
        if kind == QEvent.Type.MouseMove and not event.buttons():
            self._peek_at(self.row_near(place))
        elif kind == QEvent.Type.MouseButtonPress and event.button() is Qt.MouseButton.LeftButton:
            self.setFocus()
            self._press = place
        elif kind == QEvent.Type.MouseButtonRelease and self._press is not None:
            moved = (place - self._press).manhattanLength()
            self._press = None
            row = self.row_near(place)
            if moved < 4 and row is not None:
                self._pick(row, more=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        elif kind == QEvent.Type.MouseButtonDblClick:
            row = self.row_near(place)
            if row is not None:
                self.opened.emit(row)

    def _pick(self, row: int, *, more: bool) -> None:
        if not more:
            rows: tuple[int, ...] = (row,)
        elif row in self._rows:
            rows = tuple(one for one in self._rows if one != row)
        else:
            rows = (*self._rows, row)
        self.choose(rows)
        self.chosen.emit(rows)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Go to the next point in a direction, open it, zoom."""
        directions = {
            Qt.Key.Key_Left: (-1.0, 0.0),
            Qt.Key.Key_Right: (1.0, 0.0),
            Qt.Key.Key_Up: (0.0, 1.0),
            Qt.Key.Key_Down: (0.0, -1.0),
        }
        key = Qt.Key(event.key())
        if key in directions and len(self._points):
            row = next_towards(self._points, self._rows[-1] if self._rows else None, directions[key])
            if row is not None:
                self._pick(row, more=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
                self._peek_at(row)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._rows:
            self.opened.emit(self._rows[-1])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            scale = 1.25 if key == Qt.Key.Key_Minus else 0.8
            self._box.scaleBy((scale, scale))
        elif key == Qt.Key.Key_0:
            self._fit()
        else:
            super().keyPressEvent(event)


def next_towards(points: NDArray[np.float32], row: int | None, direction: tuple[float, float]) -> int | None:
    """The nearest point (N, 2) within 45 degrees of a direction; for no row, the one nearest to the middle."""
    if row is None or row >= len(points):
        return int(np.linalg.norm(points - points.mean(0), axis=1).argmin())
    away = points - points[row]
    along = away @ np.array(direction)
    across = np.abs(away @ np.array((-direction[1], direction[0])))
    distance = np.where((along > 0) & (across <= along), np.hypot(along, across), np.inf)
    found = int(distance.argmin())
    return found if np.isfinite(distance[found]) else None


def brushes_of(people: Sequence[str]) -> dict[str, QBrush]:
    """A colour for each person, as far apart as so many can be; faint for whom nobody knows."""
    colours = theme.current()
    light = 0.62 if colours.name == "dark" else 0.45
    brushes = {"": QBrush(colours.colour("faint"))}
    for number, person in enumerate(sorted({one for one in people if one})):
        hue = (0.53 + number * _GOLDEN) % 1.0
        red, green, blue = colorsys.hls_to_rgb(hue, light, 0.55)
        brushes[person] = QBrush(QColor.fromRgbF(red, green, blue, 0.9))
    return brushes
