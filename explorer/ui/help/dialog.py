"""What the Help menu says, and the pages that explain each panel."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from explorer import __version__
from explorer.studio import places
from explorer.ui.base import icons, text_size
from explorer.ui.widgets.page import Page
from explorer.ui.widgets.shrinking import fit_screen

ABOUT = (
    "<p>An explorer of what a face identity embedding gives away: it turns an embedding alone back into a face "
    "and scores the likeness on encoders that were never attacked.</p>"
    "<p>Likeness is licensed under the Apache License 2.0. Every network and its weights keep their own terms, "
    "most of them for research only; <code>likeness models list</code> shows them. "
    "The typeface is Inter (SIL Open Font License).</p>"
)
RESPONSIBLE = (
    "<p>A face and its embedding are biometric data. Work on faces of people who agreed to it, on synthetic people, "
    "or on the samples.</p>"
    "<p>A result is a <b>reconstruction, not a photograph</b>: it shows what an encoder kept of a face, "
    "not what somebody looks like. It is no evidence of anyone's identity, "
    "and must not be used to find or accuse a person.</p>"
    "<p>Nothing leaves this machine. Photographs are read without their metadata. <i>Forget this face</i> removes "
    "every trace of a face; a figure holds the photograph only where you say so.</p>"
)
TOPIC = int(Qt.ItemDataRole.UserRole)


class Note(QDialog):
    """A page of text."""

    def __init__(self, title: str, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(460)
        mark = QLabel()
        mark.setPixmap(icons.application().pixmap(QSize(56, 56), self.devicePixelRatioF()))
        heading = QLabel(f"<b>{title}</b>")
        body = QLabel(text)
        body.setWordWrap(True)
        body.setTextFormat(Qt.TextFormat.RichText)
        body.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        words = QVBoxLayout()
        words.addWidget(heading)
        words.addWidget(body)
        words.addStretch()
        words.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(18, 16, 16, 14)
        layout.setSpacing(16)
        layout.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)


def about(parent: QWidget) -> Note:
    """Return the page about the program."""
    return Note(f"Likeness {__version__}", ABOUT, parent)


def responsible_use(parent: QWidget) -> Note:
    """Return the page on responsible use."""
    return Note("Responsible use", RESPONSIBLE, parent)


def pages() -> dict[str, Path]:
    """Return the file of every page that explains a panel, by topic, in the order of the list."""
    first = ("inversion", "faces", "embedding", "objective", "probe", "3d_face", "variation", "runs", "gallery", "map")
    found = {path.stem: path for path in sorted((places.resources() / "help").glob("*.md"))}
    return {topic: found[topic] for topic in (*first, *found) if topic in found}


def title_of(page: Path) -> str:
    """Return a page's title: its first line is "# Title"."""
    return page.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")


class HelpDialog(QDialog):
    """The pages, and a list of them. It can stay open beside the window."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("What the panels show")
        fit_screen(self, QSize(820, 620))
        self._pages = pages()
        self.list = QListWidget()
        self.list.setAccessibleName("panels")
        self.list.setSpacing(3)
        text_size.fixed_width(self.list, 150)
        for topic, page in self._pages.items():
            item = QListWidgetItem(title_of(page))
            item.setData(TOPIC, topic)
            self.list.addItem(item)
        self.browser = Page("what the panel shows")
        self.browser.anchorClicked.connect(self._follow)
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.close)
        right = QVBoxLayout()
        right.addWidget(self.browser, 1)
        right.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(12)
        layout.addWidget(self.list)
        layout.addLayout(right, 1)
        self.list.currentItemChanged.connect(lambda item, _: self._draw(item))

    def explain(self, topic: str) -> None:
        """Show a topic's page.

        Raises:
            LookupError: there is none.
        """
        if topic not in self._pages:
            raise LookupError(f"no page explains {topic!r}")
        self.list.setCurrentRow(list(self._pages).index(topic))
        self.show()
        self.raise_()
        self.activateWindow()
        self.browser.setFocus()

    def _draw(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        self.browser.show_markdown(self._pages[item.data(TOPIC)].read_text(encoding="utf-8"))

    def _follow(self, link: QUrl) -> None:
        # Links lead to other pages alone: nothing is fetched.
        if link.toString() in self._pages:
            self.explain(link.toString())
