"""Start, pause, step and stop, and the slider back through the steps already made."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QPushButton, QToolButton, QWidget

from explorer.studio.inversion.state import RunState
from explorer.ui.actions.button import bind_button
from explorer.ui.base import icons
from explorer.ui.inversion.next_target import NextTarget
from explorer.ui.widgets.button_row import ButtonRow
from explorer.ui.widgets.captioned import figure_label
from explorer.ui.widgets.quiet import QuietSlider


class Transport(QWidget):
    """Draws where a run stands; `step_chosen` carries a step, or None for the newest."""

    step_chosen = Signal(object)

    def __init__(self, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self._last = -1
        self.start = QPushButton("Start")
        self.start.setObjectName("primary")
        icons.attach(self.start, "start", "accent_text")
        bind_button(self.start, actions["start"])
        buttons: list[QAbstractButton] = [self.start]
        self.next = NextTarget()
        for name in ("pause", "step", "stop"):
            button = QToolButton()
            button.setObjectName("button")
            bind_button(button, actions[name], worded=True)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setIconSize(QSize(15, 15))
            buttons.append(button)
        self.slider = QuietSlider()
        self.slider.setAccessibleName("step in view")
        self.slider.setToolTip("Slide back through the steps already made")
        self.slider.setEnabled(False)
        self.slider.setRange(0, 0)
        self.count = figure_label()
        self.count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.count.setMinimumWidth(self.count.fontMetrics().horizontalAdvance("step 0000 of 0000"))
        self.live = QToolButton()
        self.live.setToolTip("Follow the newest step")
        self.live.setAccessibleName("follow the newest step")
        self.live.setIconSize(QSize(16, 16))
        icons.attach(self.live, "live")
        self.live.clicked.connect(lambda: self.step_chosen.emit(None))
        explain = QToolButton()
        explain.setIconSize(QSize(16, 16))
        icons.attach(explain, "help", "faint")
        bind_button(explain, actions["help_inversion"])
        bar = ButtonRow(buttons, spacing=5)
        for part in buttons:
            bar.row.addWidget(part)
        bar.row.insertWidget(1, self.next)
        layout = bar.row
        layout.addSpacing(8)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.count)
        layout.addWidget(self.live)
        layout.addWidget(explain)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(bar)
        self.slider.valueChanged.connect(self._slid)
        self.draw(None)

    def draw(self, run: RunState | None) -> None:
        """Show a run as it stands, or that there is none."""
        made = 0 if run is None else len(run.steps)
        self._last = made - 1
        shown = self._last if run is None or run.shown_index is None else run.shown_index
        with QSignalBlocker(self.slider):
            self.slider.setEnabled(made > 1)
            self.slider.setRange(0, max(self._last, 0))
            self.slider.setValue(max(shown, 0))
        self.live.setEnabled(run is not None and run.shown_index is not None)
        self.count.setText("" if run is None or not made else f"step {shown} of {run.settings.steps}")

    def _slid(self, step: int) -> None:
        self.step_chosen.emit(None if step >= self._last else step)
