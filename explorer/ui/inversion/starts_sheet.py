"""The race of starts: all of them side by side as they are drawn and judged, those that went out faded."""

from __future__ import annotations

import time
from math import ceil

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QHelpEvent, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from explorer.studio.inversion.values import Contest, StartView
from explorer.ui.base import imaging, theme
from explorer.ui.base.guard import guarded

GAP = 3
FADED, FADE_SECONDS, FADE_MS = 0.22, 0.6, 40
LEAST_FOR_TEXT = 38  # a smaller picture would be hidden by its number
STRIP = 0.30  # the share of a picture that its number covers


class StartsSheet(QWidget):
    """Draws a contest. The one ahead is framed; a start that went out fades where it stands.

    Attributes:
        painted: how many starts of the contest in view have been painted.
    """

    def __init__(self) -> None:
        super().__init__()
        self._contest: Contest | None = None
        self._images: dict[int, tuple[int, QImage]] = {}
        self._fallen: dict[int, float] = {}
        self._mark = True
        self.painted = 0
        self._badge = False
        self._fading = QTimer(self, interval=FADE_MS)
        self._fading.timeout.connect(self._fade)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(96, 96)
        self.setAccessibleName("the starts that compete")
        theme.themes.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Prefer a square of a comfortable size."""
        return QSize(280, 280)

    def set_mark(self, on: bool) -> None:
        """Say that these are reconstructions, or not."""
        self._mark = on
        self.update()

    def set_badge(self, on: bool) -> None:
        """Say that the photograph guides the run, or not."""
        self._badge = on
        self.update()

    def draw(self, contest: Contest | None) -> None:
        """Show a contest as it stands, or none."""
        if contest is self._contest:
            return
        if contest is None or self._contest is None or contest.starts != self._contest.starts or not contest.seen:
            self._images, self._fallen, self.painted = {}, {}, 0
        self._contest = contest
        seen = {} if contest is None else contest.seen
        for number, start in seen.items():
            if self._images.get(number, (0,))[0] != id(start.picture):
                self._images[number] = id(start.picture), imaging.to_qimage(start.picture)
            if start.out:
                self._fallen.setdefault(number, time.monotonic())
        if self._still_fading():
            self._fading.start()
        self.update()

    def painted_of(self, contest: Contest) -> int:
        """How many starts of a contest have been painted, as far as it has come or a little less."""
        shown = self._contest
        mine = shown is not None and any(contest.seen.get(number) is one for number, one in shown.seen.items())
        return self.painted if mine else 0

    def place(self, number: int) -> QRectF:
        """Where a start's picture lies, in logical pixels."""
        columns, side = self._grid()
        rows = ceil(self._count() / columns)
        left = (self.width() - columns * side - (columns - 1) * GAP) / 2
        top = (self.height() - rows * side - (rows - 1) * GAP) / 2
        row, column = divmod(number, columns)
        return QRectF(left + column * (side + GAP), top + row * (side + GAP), side, side)

    def _count(self) -> int:
        return 1 if self._contest is None else max(self._contest.starts, 1)

    def _grid(self) -> tuple[int, float]:
        """How many columns make the pictures largest, and how large."""

        def side(columns: int) -> float:
            rows = ceil(self._count() / columns)
            across = (self.width() - (columns - 1) * GAP) / columns
            return min(across, (self.height() - (rows - 1) * GAP) / rows)

        best = max(range(1, self._count() + 1), key=side)
        return best, max(side(best), 1.0)

    def _still_fading(self) -> bool:
        now = time.monotonic()
        return any(now - since < FADE_SECONDS for since in self._fallen.values())

    def _fade(self) -> None:
        if not self._still_fading():
            self._fading.stop()
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw every start in its place; an empty place where one is still to be drawn."""
        contest = self._contest
        if contest is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        leader, self.painted = contest.leader, len(contest.seen)
        for number in range(contest.starts):
            place = self.place(number)
            start = contest.seen.get(number)
            if start is None:
                painter.setPen(QPen(theme.current().colour("border"), 1))
                painter.setBrush(theme.current().colour("field"))
                painter.drawRect(place.adjusted(0.5, 0.5, -0.5, -0.5))
                continue
            self._paint_start(painter, place, start)
            if number == leader and not start.out:
                painter.setPen(QPen(theme.current().colour("accent"), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(place.adjusted(1, 1, -1, -1))
        area = self.place(0).united(self.place(contest.starts - 1)).united(self.place(self._grid()[0] - 1))
        if self._mark:
            imaging.draw_mark(painter, area)
        if self._badge:
            imaging.draw_badge(painter, area)

    def _paint_start(self, painter: QPainter, place: QRectF, start: StartView) -> None:
        since = self._fallen.get(start.number)
        gone = 0.0 if since is None else min((time.monotonic() - since) / FADE_SECONDS, 1.0)
        painter.setOpacity(1 - (1 - FADED) * gone)
        painter.drawImage(place, self._images[start.number][1])
        if place.width() >= LEAST_FOR_TEXT and not start.out:
            strip = QRectF(place.left(), place.bottom() - STRIP * place.height(), place.width(), STRIP * place.height())
            painter.fillRect(strip, Qt.GlobalColor.black if theme.current().name == "dark" else Qt.GlobalColor.white)
            font = theme.ui_font(theme.SMALL_POINTS - 1.5)
            font.setPixelSize(max(8, round(0.75 * strip.height())))
            painter.setFont(font)
            painter.setPen(theme.current().colour("text"))
            painter.drawText(strip, Qt.AlignmentFlag.AlignCenter, f"{start.cosine:.2f}")
        painter.setOpacity(1.0)

    @guarded
    def event(self, event: QEvent) -> bool:
        """Explain the start under the pointer."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.words_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def words_at(self, position: QPointF) -> str:
        """What there is to say of the start at a place; empty where there is none."""
        contest = self._contest
        if contest is None:
            return ""
        number = next((one for one in range(contest.starts) if self.place(one).contains(position)), None)
        if number is None:
            return ""
        kind = "proposed by the regressor" if number < contest.proposed else "random"
        start = contest.seen.get(number)
        words = f"start {number + 1} of {contest.starts}, {kind}"
        if start is None:
            return f"{words}: not drawn yet"
        fate = ", went out" if start.out else ", ahead" if number == contest.leader else ""
        return f"{words}: cosine {start.cosine:.3f} after {start.step} steps of the contest{fate}"
