"""What the empty window shows: three things to try, and how to find the rest."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QIcon, QKeySequence, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.science.names import shown
from explorer.studio.config.recent import RecentStore
from explorer.studio.faces.samples import SAMPLES
from explorer.ui.actions.button import bind_button
from explorer.ui.base import icons, text_size
from explorer.ui.base.guard import guarded
from explorer.ui.base.wording import shortened

PORTRAIT = 84
WIDEST, NARROW, MARGIN = 660, 500, 24
LATELY = 3  # sessions
PROMISE = (
    "A face recognition system keeps a face as a short vector, its embedding, and its makers say that nobody can turn "
    "it back into your likeness. Try it, on your own machine; nothing leaves it."
)


class WelcomePage(QWidget):
    """Offers the ways in, through the registered actions.

    Args:
        recent: sessions that were opened lately; the newest few are offered.
    """

    def __init__(self, actions: Mapping[str, QAction], recent: RecentStore) -> None:
        super().__init__()
        self._actions, self._recent = actions, recent
        self.samples: list[QToolButton] = []
        self._rows: list[QBoxLayout] = []
        self._columns = 0
        heading = QLabel("Three things to try")
        heading.setObjectName("heading")
        promise = QLabel(PROMISE)
        promise.setObjectName("muted")
        promise.setWordWrap(True)
        page = QWidget()
        page.setMaximumWidth(WIDEST)
        column = self._column = QVBoxLayout(page)
        column.setSpacing(12)
        column.addWidget(heading)
        column.addWidget(promise)
        column.addSpacing(4)
        column.addWidget(self._photograph())
        column.addWidget(self._sample())
        column.addWidget(self._vector())
        column.addWidget(self._lately())
        column.addSpacing(4)
        column.addLayout(self._rest())
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(page, 20)
        row.addStretch(1)
        content = QWidget()
        content.setObjectName("scrolled")
        middle = QVBoxLayout(content)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.addStretch(2)
        middle.addLayout(row)
        middle.addStretch(3)
        # Scrolled where there is little room: it must not make the window taller than docks and runs do.
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        self._arrange(narrow=False)

    def _photograph(self) -> QFrame:
        text = "Drop one of your own anywhere on this window: its face is found and embedded."
        return _card("1", "A photograph", text, self._button("open", "Open photographs…"))

    def _sample(self) -> QFrame:
        self._portraits = QGridLayout()
        self._portraits.setSpacing(8)
        for sample in SAMPLES:
            button = QToolButton()
            button.setObjectName("portrait")
            button.setIcon(QIcon(QPixmap(str(sample.path))))
            bind_button(button, self._actions[f"sample_{sample.path.stem}"])
            self.samples.append(button)
        row = QHBoxLayout()
        row.addLayout(self._portraits)
        row.addStretch()
        text = "Choose one and press Start: its embedding alone becomes a face again."
        return _card("2", "A sample face", text, row)

    def _vector(self) -> QFrame:
        text = (
            "The threat that matters is a stolen template without a photograph. Open the numbers of one "
            "(.npy, .csv or .json) and say which encoder made them."
        )
        return _card("3", "A bare embedding", text, self._button("open_vector", "Open embedding…"))

    def _lately(self) -> QWidget:
        """The newest sessions in a row, which is not there while there are none."""
        self.sessions: list[QPushButton] = []
        self._sessions = QWidget(self)
        row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._sessions)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        words = QLabel("Or go on with")
        words.setObjectName("muted")
        row.addWidget(words)
        for number in range(LATELY):
            button = QPushButton()
            button.setAccessibleName("open a recent session")
            icons.attach(button, "open")
            button.clicked.connect(partial(self._reopen, number))
            self.sessions.append(button)
            row.addWidget(button)
        row.addStretch()
        self._rows.append(row)
        self._recent.changed.connect(self._draw_sessions)
        self._draw_sessions()
        return self._sessions

    def _draw_sessions(self) -> None:
        self._offered = [number for number, path in enumerate(self._recent.sessions) if path.is_file()][:LATELY]
        self._sessions.setVisible(bool(self._offered))
        for place, button in enumerate(self.sessions):
            button.setVisible(place < len(self._offered))
            if place < len(self._offered):
                path = self._recent.sessions[self._offered[place]]
                button.setText(shortened(shown(path.stem), 20).replace("&", "&&"))
                button.setToolTip(f"Open the session {shown(path)}")

    def _reopen(self, place: int, _checked: bool = False) -> None:
        self._actions[f"recent_{self._offered[place]}"].trigger()

    def _rest(self) -> QBoxLayout:
        palette = self._actions["palette"]
        keys = palette.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        rest = QLabel(
            f"Everything else: <b>{keys}</b> finds any action by a few letters; the <b>?</b> of a panel says "
            "what it shows and what it does not prove."
        )
        rest.setObjectName("muted")
        rest.setWordWrap(True)
        button = QPushButton("Search actions")
        bind_button(button, palette)
        icons.attach(button, "search")
        row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        row.setSpacing(12)
        row.addWidget(rest, 1)
        row.addWidget(button)
        self._rows.append(row)
        return row

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Put below each other what does not fit beside each other."""
        self._arrange(narrow=self.width() < text_size.scaled(NARROW))
        super().resizeEvent(event)

    def _arrange(self, *, narrow: bool) -> None:
        columns = len(self.samples) // 2 if narrow else len(self.samples)
        if columns == self._columns:
            return
        self._columns = columns
        beside = MARGIN // 2 if narrow else MARGIN
        self._column.setContentsMargins(beside, 16, beside, 16)
        direction = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        for row in self._rows:
            row.setDirection(direction)
        for number, button in enumerate(self.samples):
            button.setIconSize(QSize(PORTRAIT, PORTRAIT) * (0.85 if narrow else 1))
            self._portraits.addWidget(button, number // columns, number % columns)

    def _button(self, action: str, text: str) -> QHBoxLayout:
        button = QPushButton(text)
        bind_button(button, self._actions[action])
        icons.attach(button, "vector" if action == "open_vector" else "open")
        row = QHBoxLayout()
        row.addWidget(button)
        row.addStretch()
        return row


def _card(number: str, title: str, text: str, below: QHBoxLayout) -> QFrame:
    card = QFrame()
    card.setObjectName("card")
    mark = QLabel(number)
    mark.setObjectName("number")
    mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
    text_size.follow(mark, lambda: mark.setFixedSize(text_size.scaled(26), text_size.scaled(26)))
    name = QLabel(title)
    name.setObjectName("sectionTitle")
    words = QLabel(text)
    words.setObjectName("muted")
    words.setWordWrap(True)
    grid = QGridLayout(card)
    grid.setContentsMargins(14, 12, 14, 12)
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(5)
    grid.addWidget(mark, 0, 0, 2, 1, Qt.AlignmentFlag.AlignTop)
    grid.addWidget(name, 0, 1)
    grid.addWidget(words, 1, 1)
    grid.addLayout(below, 2, 1)
    grid.setColumnStretch(1, 1)
    return card
