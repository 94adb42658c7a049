"""A picture with its title and a line of figures above it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from explorer.ui.base.guard import guarded
from explorer.ui.widgets.image_view import ImageView

SELECTABLE = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard


def section_title(text: str) -> QLabel:
    """Return the title of a part of a panel."""
    label = QLabel(text)
    label.setObjectName("sectionTitle")
    return label


def figure_label(text: str = "", role: str = "detail") -> QLabel:
    """Return a label for figures, whose text can be selected and copied."""
    label = QLabel(text)
    label.setObjectName(role)
    label.setTextInteractionFlags(SELECTABLE)
    return label


class ElidedLabel(QLabel):
    """Figures that can be copied; where they do not fit, as much of their end as does."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self.setObjectName(role)
        self.setTextInteractionFlags(SELECTABLE)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Ask for the room of a few letters."""
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), 3 * self.fontMetrics().averageCharWidth()), hint.height())

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Write the text, or what of it fits."""
        metrics, text = self.fontMetrics(), self.text()
        if metrics.horizontalAdvance(text) <= self.contentsRect().width():
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideLeft, self.contentsRect().width())
        painter.drawText(self.contentsRect(), self.alignment() | Qt.AlignmentFlag.AlignVCenter, shown)


class CaptionedImage(QWidget):
    """An `ImageView` under a header: title at the left, detail at the right. `view` is a view of one's own instead."""

    def __init__(self, title: str, hint: str, *, reconstruction: bool = False, view: ImageView | None = None) -> None:
        super().__init__()
        self.view = ImageView(title, hint, reconstruction=reconstruction) if view is None else view
        self.detail = ElidedLabel("detail")
        header = QHBoxLayout()
        header.setContentsMargins(1, 0, 1, 0)
        self.title = section_title(title)
        header.addWidget(self.title)
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
