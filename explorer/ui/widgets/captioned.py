"""A picture with its title and a line of figures above it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from explorer.ui.base.guard import guarded
from explorer.ui.widgets.image_view import ImageView


def section_title(text: str) -> QLabel:
    """Return the title of a part of a panel."""
    label = QLabel(text)
    label.setObjectName("sectionTitle")
    return label


def figure_label(text: str = "", role: str = "detail") -> QLabel:
    """Return a label for figures, whose text can be selected and copied."""
    label = QLabel(text)
    label.setObjectName(role)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return label


class DetailLabel(QLabel):
    """Figures beside a title: where there is no room for them, their end gives way to dots, and the tip says all."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("detail")
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Do with the room of a few letters: no picture is wider than its window for its figures."""
        return QSize(self.fontMetrics().averageCharWidth() * 4, super().minimumSizeHint().height())

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the text, or as much of it as fits."""
        room = self.contentsRect()
        if self.fontMetrics().horizontalAdvance(self.text()) <= room.width():
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        words = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, words)


class CaptionedImage(QWidget):
    """An `ImageView` under a header: title at the left, detail at the right. `view` is a view of one's own instead."""

    def __init__(self, title: str, hint: str, *, reconstruction: bool = False, view: ImageView | None = None) -> None:
        super().__init__()
        self.view = ImageView(title, hint, reconstruction=reconstruction) if view is None else view
        self.detail = DetailLabel()
        header = QHBoxLayout()
        header.setContentsMargins(1, 0, 1, 0)
        header.addWidget(section_title(title))
        self.detail.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        header.addWidget(self.detail, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(5)
        layout.addLayout(header)
        layout.addWidget(self.view, 1)

    def put_beside(self, widget: QWidget) -> None:
        """Lay a widget where the picture is; the owner shows the one or the other."""
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.addWidget(widget, 1)
