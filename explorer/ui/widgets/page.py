"""A page of Markdown."""

from __future__ import annotations

from PySide6.QtGui import QFont, QTextBlockFormat, QTextCharFormat, QTextCursor, QTextDocument, QTextTable
from PySide6.QtWidgets import QTextBrowser

from explorer.ui.base import theme

MARGIN = 14


class Page(QTextBrowser):
    """Shows Markdown in the window's letters; nothing that a link names is opened.

    Args:
        spoken: what a screen reader calls it.
    """

    def __init__(self, spoken: str) -> None:
        super().__init__()
        self._shown = ""
        self.setAccessibleName(spoken)
        self.setOpenLinks(False)
        theme.themes.changed.connect(self._redraw)

    def show_markdown(self, text: str) -> None:
        """Show a text from its beginning."""
        self._shown = text
        document = self.document()
        document.setDocumentMargin(MARGIN)
        document.setDefaultStyleSheet(f"a {{ color: {theme.current().accent}; }}")
        # Text of others may hold what looks like HTML: it is shown as it stands.
        features = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML
        document.setMarkdown(text, features)
        _style_headings(document)
        _style_tables(document)
        self.moveCursor(self.textCursor().MoveOperation.Start)

    def _redraw(self) -> None:
        self.show_markdown(self._shown)


def _style_headings(document: QTextDocument) -> None:
    """Make headings no larger than the window's own; Qt makes those of markdown twice as large as text."""
    block = document.begin()
    while block.isValid():
        level = block.blockFormat().headingLevel()
        if level:
            cursor = QTextCursor(block)
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
            letters = QTextCharFormat()
            letters.setFontWeight(QFont.Weight.DemiBold)
            letters.setFontPointSize((15 if level == 1 else 10.5) * theme.themes.text_scale)
            cursor.setCharFormat(letters)
            around = QTextBlockFormat()
            around.setTopMargin(0 if level == 1 else 14)
            around.setBottomMargin(4)
            cursor.mergeBlockFormat(around)
        block = block.next()


def _style_tables(document: QTextDocument) -> None:
    """Give tables a hair line and some air; Qt's own stand edge to edge."""
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            drawn = frame.format()
            drawn.setBorder(0)
            drawn.setCellSpacing(0)
            drawn.setCellPadding(3)
            drawn.setTopMargin(4)
            drawn.setBottomMargin(4)
            frame.setFormat(drawn)
