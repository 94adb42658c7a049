"""Notifications over the corner of the window: readable, dismissable, never in the way."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from explorer.science.names import shown
from explorer.studio.session.state import Level, Notification
from explorer.ui.base import icons, theme
from explorer.ui.base.guard import guarded, guarded_as
from explorer.ui.base.showing import show_in_folder
from explorer.ui.base.wording import breakable, sentence

WIDTH = 380
MOST = 4
FRAME = 3  # of the style sheet
ROLES: dict[Level, str] = {"error": "bad", "warning": "warn", "info": "accent"}
ABOVE = 50  # clear of the status bar and its cancel button


class Toast(QFrame):
    """One notification, gone after some seconds, or when it is dismissed for None. A click copies all of it."""

    dismissed = Signal(object)
    grew = Signal()

    def __init__(self, notification: Notification, seconds: int | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.notification = notification
        self.setObjectName("toast")
        self.setProperty("level", notification.level)
        self.setFixedWidth(WIDTH)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip("Click to copy the details")
        title = QLabel(breakable(sentence(notification.title)))
        title.setObjectName("sectionTitle")
        title.setWordWrap(True)
        title.setTextFormat(Qt.TextFormat.PlainText)
        text = QLabel(breakable(sentence(notification.text)))
        text.setWordWrap(True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.MinimumExpanding)
        if not notification.text:
            text.hide()
        self.foot = QLabel("Click to copy the details")
        self.foot.setObjectName("faint")
        self._sign = QLabel()
        self._paint_sign()
        theme.themes.changed.connect(self._paint_sign)
        close = QToolButton()
        close.setAccessibleName("dismiss")
        close.clicked.connect(self.dismiss)
        icons.attach(close, "close")
        layout = self._layout = QGridLayout(self)
        layout.setContentsMargins(12, 9, 8, 10)
        layout.setHorizontalSpacing(8)
        layout.setVerticalSpacing(3)
        layout.addWidget(self._sign, 0, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(title, 0, 1)
        layout.addWidget(close, 0, 2, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(text, 1, 1, 1, 2)
        layout.setColumnStretch(1, 1)
        self.show_file: QPushButton | None = None
        if notification.path is not None:
            self.show_file = QPushButton("Show in folder")
            self.show_file.setToolTip(shown(notification.path))
            self.show_file.clicked.connect(self._show_file)
            icons.attach(self.show_file, "open")
            layout.addWidget(self.show_file, 2, 1, 1, 2, Qt.AlignmentFlag.AlignLeft)
        if notification.level == "info":
            self.foot.hide()
        layout.addWidget(self.foot, 3, 1)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.dismiss)
        if seconds is not None:
            self._timer.start(seconds * 1000)

    def details(self) -> str:
        """Return everything there is to say."""
        one = self.notification
        return "\n".join(part for part in (one.title, one.text, one.details) if part)

    def wanted_height(self) -> int:
        """Return how high its text makes it."""
        self.ensurePolished()
        return self._layout.totalHeightForWidth(WIDTH) + 2 * FRAME

    def dismiss(self) -> None:
        """Go away."""
        self.hide()
        self.dismissed.emit(self)
        self.deleteLater()

    def _show_file(self) -> None:
        path = self.notification.path
        if path is not None and not show_in_folder(path):
            QGuiApplication.clipboard().setText(str(path))
            self.foot.setText("No file manager answers; the path is copied")
            self.foot.show()
            self.grew.emit()

    def _paint_sign(self) -> None:
        sign = icons.icon(self.notification.level, ROLES[self.notification.level])
        self._sign.setPixmap(sign.pixmap(QSize(16, 16), self.devicePixelRatioF()))

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Copy the details."""
        QGuiApplication.clipboard().setText(self.details())
        self.foot.setText("Copied")
        self.foot.show()
        self.grew.emit()


class Toasts(QObject):
    """Stacks toasts over the lower right corner of a widget.

    Attributes:
        seconds: how long each level stays; an error stays until it is dismissed.
    """

    def __init__(self, host: QWidget) -> None:
        super().__init__(host)
        self._host = host
        self._toasts: list[Toast] = []
        self.seconds: dict[Level, int] = {"info": 6, "warning": 12}
        host.installEventFilter(self)

    @property
    def shown(self) -> list[Toast]:
        """The toasts in view, oldest first."""
        return list(self._toasts)

    def show(self, notification: Notification) -> None:
        """Show one more, unless it is in view already; beyond a few, the oldest leave. The log keeps all."""
        said = (notification.title, notification.text)
        if any((one.notification.title, one.notification.text) == said for one in self._toasts):
            return
        toast = Toast(notification, self.seconds.get(notification.level), self._host)
        toast.dismissed.connect(self._gone)
        toast.grew.connect(self._arrange)
        self._toasts.append(toast)
        toast.show()
        for old in self._toasts[:-MOST]:
            old.dismiss()
        self._arrange()

    def to_front(self) -> None:
        """Lie before what has been raised since."""
        for toast in self._toasts:
            toast.raise_()

    def keep(self, numbers: Collection[int]) -> None:
        """Dismiss what is of no notification with one of these numbers: it was forgotten."""
        for toast in self.shown:
            if toast.notification.number not in numbers:
                toast.dismiss()

    @guarded_as(False)
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Follow the host's size."""
        if event.type() == QEvent.Type.Resize:
            self._arrange()
        return False

    def _gone(self, toast: Toast) -> None:
        if toast in self._toasts:
            self._toasts.remove(toast)
            self._arrange()

    def _arrange(self) -> None:
        bottom = self._host.height() - ABOVE
        for toast in reversed(self._toasts):
            height = toast.wanted_height()
            toast.setGeometry(self._host.width() - WIDTH - 12, bottom - height, WIDTH, height)
            toast.raise_()
            bottom -= height + 8
