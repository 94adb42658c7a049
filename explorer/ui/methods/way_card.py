"""One way back to a face as a card: its picture, and below it what it took and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout

from explorer.studio.methods.values import WayNow, WaySeen
from explorer.ui.base import icons, text_size
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.widgets.captioned import CaptionedImage, figure_label
from explorer.ui.widgets.saving import report_saving

SIDE, WIDTH = 136, 188
SEARCH = "Start the search with this way's answer"
NO_FACE = "no face"


@dataclass(frozen=True)
class Line:
    """One number below a picture. hint: what it is. good: whether it passes what it is held against."""

    title: str
    text: str
    hint: str = ""
    good: bool = False


class WayCard(QFrame):
    """Draws a way.

    Args:
        search: told the way's name where the search is to begin with its answer.
    """

    def __init__(self, dispatcher: CommandDispatcher, search: Callable[[str], object]) -> None:
        super().__init__()
        self.setObjectName("card")
        self._search, self._way = search, ""
        self._seen: WaySeen | None = None
        self.picture = CaptionedImage("", "", reconstruction=True)
        self.picture.view.setFixedSize(SIDE, SIDE)
        report_saving(self.picture.view, dispatcher)
        self.words = figure_label("", "muted")
        self.words.setWordWrap(True)
        text_size.small(self.words)
        self.search = QToolButton()
        self.search.setText("Search from here")
        self.search.setIconSize(QSize(16, 16))
        self.search.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        icons.attach(self.search, "start")
        self.search.clicked.connect(lambda: self._search(self._way))
        self._numbers = QGridLayout()
        self._numbers.setContentsMargins(0, 0, 0, 0)
        self._numbers.setHorizontalSpacing(8)
        self._numbers.setVerticalSpacing(2)
        self._numbers.setColumnStretch(1, 1)
        self._labels: list[tuple[QLabel, QLabel]] = []
        text_size.follow(self, lambda: self.setFixedWidth(max(text_size.scaled(WIDTH), SIDE + 24)))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 10)
        layout.setSpacing(6)
        layout.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignHCenter)
        # Its place stays where it is not shown: the numbers of all cards stand at one height.
        policy = self.search.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        policy.setHorizontalPolicy(QSizePolicy.Policy.Expanding)
        self.search.setSizePolicy(policy)
        layout.addWidget(self.search)
        layout.addWidget(self.words)
        layout.addLayout(self._numbers)
        layout.addStretch()

    def set_mark(self, on: bool) -> None:
        """Let the picture carry the mark of a reconstruction or not."""
        self.picture.view.set_mark(on)

    def enable(self, why_not: str) -> None:
        """Let the search be started, or say why it cannot."""
        self.search.setEnabled(not why_not)
        self.search.setToolTip(why_not or SEARCH)

    def draw_now(self, now: WayNow) -> None:
        """Show a way under way."""
        self._seen = None
        self.picture.title.setText(now.title)
        self.picture.view.set_pixels(now.picture)
        self.picture.view.set_hint("" if now.picture is not None else "It begins…")
        self.words.setText(now.words)
        self.words.show()
        self.search.hide()
        self._set_lines(())

    def draw(self, seen: WaySeen, lines: Sequence[Line]) -> None:
        """Show a way that ended, with the numbers that all cards have, in one order."""
        if seen is self._seen and len(lines) == len(self._labels):
            return
        self._seen, self._way = seen, seen.row.way
        self.picture.title.setText(seen.row.title)
        self.picture.setToolTip(seen.row.source)
        self.picture.view.set_pixels(seen.picture)
        self.words.hide()
        self.search.setVisible(seen.searches)
        self.search.setAccessibleName(f"search from {seen.row.title.lower()}")
        self._set_lines(lines)

    def text(self) -> str:
        """The numbers, a line each."""
        return "\n".join(f"{title.text()} {value.text()}" for title, value in self._labels)

    def _set_lines(self, lines: Sequence[Line]) -> None:
        while len(self._labels) > len(lines):
            for gone in self._labels.pop():
                self._numbers.removeWidget(gone)
                gone.deleteLater()
        while len(self._labels) < len(lines):
            row, pair = len(self._labels), (figure_label("", "muted"), figure_label(""))
            for column, label in enumerate(pair):
                text_size.small(label)
                side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
                self._numbers.addWidget(label, row, column, side)
            self._labels.append(pair)
        for (title, value), line in zip(self._labels, lines, strict=True):
            title.setText(line.title)
            value.setText(line.text)
            for label in (title, value):
                label.setToolTip(line.hint)
            _paint(value, "good" if line.good else "detail")


def _paint(label: QLabel, role: str) -> None:
    if label.objectName() != role:
        label.setObjectName(role)
        label.style().unpolish(label)
        label.style().polish(label)


def lines_of(seen: WaySeen, encoders: Sequence[str], readings: Sequence[str]) -> list[Line]:
    """What stands below a way's picture: the same lines for all ways, a dash where one has nothing to say.

    Args:
        encoders: the attacked one first. readings: titles of what labellers read of any way's picture.
    """
    row = seen.row
    by = {one.encoder: one for one in row.scores}
    rank = row.scores[0].rank if row.scores else None
    gallery = row.scores[0].gallery if row.scores else None
    lines = [
        Line("Took", "–" if row.seconds is None else _seconds(row.seconds), "without loading and judging"),
        Line("Queries", f"{row.queries:,}", "to an encoder that gives nothing but embeddings"),
    ]
    for place, encoder in enumerate(encoders):
        score = by.get(encoder)
        hint = "attacked" if place == 0 else "held out: it judges alone"
        if score is not None and score.measure != "cosine":
            hint += "; a distance: the less the nearer"
        absent = NO_FACE if not row.face_found and place == 0 else "–"
        text = absent if score is None else f"{score.score:.2f}"
        title = encoder if place else f"{encoder}*"
        lines.append(Line(title, text, f"{encoder}, {hint}", good=score is not None and bool(score.passes)))
    among = "" if gallery is None else f" of {gallery:,} faces"
    lines.append(Line("Rank", "–" if rank is None else f"{rank:,}", f"of the vector, by the attacked encoder{among}"))
    lines += [Line(title, row.readings.get(title, "–"), "what the labellers see in the picture") for title in readings]
    return lines


def _seconds(value: float) -> str:
    return f"{1000 * value:.0f} ms" if value < 1 else f"{value:.1f} s" if value < 60 else f"{value / 60:.1f} min"
