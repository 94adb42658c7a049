"""The status bar: what is under way, how far it is, and the way to cancel it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QStatusBar, QToolButton, QWidget

from explorer.science.inversion.phases import size_in_words
from explorer.studio.inversion.state import RUN, RunState
from explorer.studio.inversion.work import run_share
from explorer.studio.session.state import ACTIVITIES, Activity, Session
from explorer.ui.base import icons
from explorer.ui.base.wording import duration, sentence
from explorer.ui.widgets.captioned import SELECTABLE, figure_label

PROGRESS_TICKS = 1000
LEAST_STATE = 90  # pixels
WIDEST = "Step 1000 of 1000 (coarse, 128 px), 10.0 per second, 10.0 min left"


class _State(QLabel):
    """What is done: as wide as a run's figures, so that what is beside it stays put, and less in a narrow window."""

    def __init__(self) -> None:
        super().__init__("Ready")
        self.setObjectName("muted")
        self.setTextInteractionFlags(SELECTABLE)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Ask for the room of the longest of the usual texts."""
        hint = super().sizeHint()
        return QSize(max(hint.width(), self.fontMetrics().horizontalAdvance(WIDEST)), hint.height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Do with a few words: the rest can be read in the tip."""
        return QSize(LEAST_STATE, super().minimumSizeHint().height())


class BusyBar(QStatusBar):
    """Draws activities and the run; the cancel button is there exactly while something is under way."""

    cancelled = Signal()
    log_asked = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._resting = "Ready"
        self.state = _State()
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setMinimumWidth(60)
        self.progress.setMaximumWidth(170)
        self.cancel = QPushButton("Cancel")
        self.cancel.setToolTip("Cancel what is under way (Esc)")
        icons.attach(self.cancel, "cancel")
        self.cancel.clicked.connect(self.cancelled)
        self.device = figure_label("", "muted")
        self.device.setToolTip("Where the networks run")
        log = QToolButton()
        log.setToolTip("Show the log")
        log.setAccessibleName("show the log")
        log.clicked.connect(self.log_asked)
        icons.attach(log, "log")
        row = QHBoxLayout()
        row.setContentsMargins(10, 3, 8, 3)
        row.setSpacing(10)
        for activity in (self.state, self.progress, self.cancel):
            row.addWidget(activity)
        row.addStretch(1)
        row.addWidget(self.device)
        row.addWidget(log)
        holder = QWidget()
        holder.setMinimumHeight(36)
        holder.setLayout(row)
        self.addWidget(holder, 1)
        self.draw(session)

    def set_device(self, name: str) -> None:
        """Say where the networks run."""
        self.device.setText(f"device {name}")

    def say(self, text: str) -> None:
        """Say something while nothing is under way."""
        self._resting = text
        if not self.cancel.isVisibleTo(self):
            self.state.setText(text)

    def draw(self, session: Session) -> None:
        """Show what is under way."""
        activity = _foremost(session)
        run = session[RUN]
        busy = activity is not None
        self.cancel.setVisible(busy)
        self.progress.setVisible(busy)
        if activity is None:
            self.state.setText(self._resting if run is None else _rest(run))
            return
        done, total = activity.done, activity.total
        text = f"{sentence(activity.title)}: {activity.message}" if activity.message else sentence(activity.title)
        if run is not None and run.active and activity.title == "inverting":
            # One bar for the whole run: it neither begins anew nor runs back.
            done, total = run_share(run, done / total if total else 0.0), 1.0
            text = _stepping(run) if run.steps else text
        self.state.setText(text)
        self.progress.setRange(0, PROGRESS_TICKS if total else 0)
        self.progress.setValue(round(min(done / total, 1.0) * PROGRESS_TICKS) if total else 0)


def _foremost(session: Session) -> Activity | None:
    """The inversion, else the newest."""
    runs = [one for one in session[ACTIVITIES] if one.title == "inverting"]
    shown = runs or list(session[ACTIVITIES])
    return shown[-1] if shown else None


def _stepping(run: RunState) -> str:
    size = size_in_words(run.settings, run.steps[-1].resolution)
    text = f"Step {len(run.steps) - 1} of {run.settings.steps} ({size})"
    if run.status == "paused":
        return f"{text}, paused"
    if run.status == "finishing":
        return f"{text}: finishing, the result is drawn at full size and scored"
    if run.rate:
        text += f", {run.rate:.1f} per second"
    if run.remaining is not None:
        text += f", {duration(run.remaining)} left"
    return text


def _rest(run: RunState) -> str:
    count = max(len(run.steps) - 1, 0)
    said = {"finished": "Finished", "stopped": "Stopped", "failed": "Failed"}.get(run.status, "Ready")
    return f"{said} after {count} steps in {duration(run.seconds)}" if said != "Ready" else said
