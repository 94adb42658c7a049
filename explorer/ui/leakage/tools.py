"""The tools of the Probe dock that alter what is read: the photograph, or the embedding itself."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from explorer.science.evaluation.score import verdict, without_statistics
from explorer.studio.faces.values import Edits
from explorer.studio.leakage.readings import Reading
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.faces.vector_view import VectorView
from explorer.ui.widgets.captioned import figure_label
from explorer.ui.widgets.icon_button import icon_button
from explorer.ui.widgets.step_slider import StepSlider

Value = float | int | None

BLURS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)
STOPS = tuple(step / 4 for step in range(-12, 13))
GRAINS = (0.0, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0, 50.0)
QUALITIES = (None, 95, 90, 80, 70, 60, 50, 40, 30, 20, 15, 10, 7, 5, 3, 1)
NOISES = (*(step / 20 for step in range(20)), 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)
BITS = (None, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1)
DROPS = (*(step / 20 for step in range(20)), 0.97, 0.98, 0.99)
BARE = "A bare embedding: there is no photograph to edit. The embedding itself can be altered."


class ProbeTools(QTabWidget):
    """Shows the edits of what is selected and hands changes on; `tool_chosen` carries what the mouse draws, or None."""

    tool_chosen = Signal(object)

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self.setDocumentMode(True)
        self.picture = {
            "blur": StepSlider("Blur", "Blur, in percent of the frame's side", BLURS, _percent, 0.0),
            "brightness": StepSlider("Exposure", "Exposure, in stops of light", STOPS, _stops, 0.0),
            "grain": StepSlider("Noise", "Noise in each pixel, in percent of full scale", GRAINS, _percent, 0.0),
            "jpeg": StepSlider("JPEG", "Quality of a JPEG file it goes through", QUALITIES, _quality, None),
        }
        self.vector = {
            "noise": StepSlider("Noise", "Noise of so many times the embedding's own length", NOISES, _times, 0.0),
            "bits": StepSlider("Bits", "Keep each number in so many bits", BITS, _bits, None),
            "drop": StepSlider("Drop", "Set this share of the numbers to zero", DROPS, _share, 0.0),
        }
        for name, slider in self.picture.items():
            slider.moved.connect(lambda value, name=name: dispatcher.send(lambda b: b.probes.edit_picture(name, value)))
        for name, slider in self.vector.items():
            slider.moved.connect(lambda value, name=name: dispatcher.send(lambda b: b.probes.edit_vector(name, value)))
        self.strip = VectorView("strip")
        self.strip.setFixedHeight(30)
        self.addTab(self._build_picture(), "Photograph")
        self.addTab(self._build_vector(), "Embedding")
        self.setUsesScrollButtons(False)

    def _build_picture(self) -> QWidget:
        self.tools = {
            "rectangle": icon_button("rectangle", "Hide a rectangle: drag on the photograph", checkable=True),
            "brush": icon_button("brush", "Hide with a brush: draw on the photograph", checkable=True),
        }
        self._group = QButtonGroup(self)
        self._group.setExclusive(False)
        for name, button in self.tools.items():
            self._group.addButton(button)
            button.toggled.connect(lambda on, name=name: self._choose(name, on))
        self.undo = icon_button("undo", "Show again what was hidden last")
        self.undo.clicked.connect(lambda: self._dispatcher.send(lambda app: app.probes.show_last()))
        self.reset_picture = icon_button("reset", "The photograph as it is")
        self.reset_picture.clicked.connect(lambda: self._dispatcher.send(lambda app: app.probes.reset_picture()))
        row = QHBoxLayout()
        row.setSpacing(3)
        hide = QLabel("Hide")
        hide.setObjectName("muted")
        row.addWidget(hide)
        row.addSpacing(4)
        for button in (*self.tools.values(), self.undo):
            row.addWidget(button)
        row.addStretch()
        row.addWidget(self.reset_picture)
        self.bare = QLabel(BARE)
        self.bare.setObjectName("faint")
        self.bare.setWordWrap(True)
        self._photograph_tools = QWidget()
        inner = QVBoxLayout(self._photograph_tools)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(1)
        inner.addLayout(row)
        for slider in self.picture.values():
            inner.addWidget(slider)
        self.picture_nearness = _nearness_label()
        inner.addWidget(self.picture_nearness)
        return _page(self._photograph_tools, self.bare)

    def _build_vector(self) -> QWidget:
        self.nearness = _nearness_label()
        self.another = icon_button("dice", "Other noise, and other numbers dropped")
        self.another.clicked.connect(self._reseed)
        self.reset_vector = icon_button("reset", "The embedding as it is")
        self.reset_vector.clicked.connect(lambda: self._dispatcher.send(lambda app: app.probes.reset_vector()))
        row = QHBoxLayout()
        row.setSpacing(3)
        row.addWidget(self.nearness, 1)
        row.addWidget(self.another)
        row.addWidget(self.reset_vector)
        inner = QWidget()
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        layout.addWidget(self.strip)
        layout.addSpacing(2)
        for slider in self.vector.values():
            layout.addWidget(slider)
        layout.addLayout(row)
        return _page(inner)

    def draw(self, edits: Edits, now: Reading | None, *, bare: bool) -> None:
        """Show edits, and the embedding that came of them."""
        self._seed = edits.vector.noise_seed
        for name, slider in self.picture.items():
            slider.set_value(getattr(edits.picture, name))
        for name, slider in self.vector.items():
            slider.set_value(getattr(edits.vector, name))
        self.bare.setVisible(bare)
        self._photograph_tools.setVisible(not bare)
        self.undo.setEnabled(bool(edits.picture.hidden))
        self.reset_picture.setEnabled(edits.picture.changes)
        self.reset_vector.setEnabled(edits.vector.changes)
        self.another.setEnabled(edits.vector.noise > 0 or edits.vector.drop > 0)
        self.strip.set_vector(None if now is None else now.vector)
        words = near_words(now)
        for label in (self.nearness, self.picture_nearness):
            label.setText(words)
        self.picture_nearness.setVisible(bool(words))

    def drop_tool(self) -> None:
        """Let the mouse draw nothing."""
        for button in self.tools.values():
            button.setChecked(False)

    def _choose(self, name: str, on: bool) -> None:
        for other, button in self.tools.items():
            if on and other != name:
                with QSignalBlocker(button):
                    button.setChecked(False)
        self.tool_chosen.emit(name if on else None)

    def _reseed(self) -> None:
        seed = self._seed + 1
        self._dispatcher.send(lambda app: app.probes.edit_vector("noise_seed", seed))


class AsTarget(QCheckBox):
    """Whether Start inverts the altered embedding."""

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__("Start inverts what is altered")
        self.setToolTip("The next run works towards the altered embedding.\nHeld-out encoders judge by the original.")
        self.toggled.connect(lambda on: dispatcher.send(lambda app: app.probes.use_as_target(on)))

    def draw(self, on: bool, possible: bool) -> None:
        """Show whether it is so, and whether it would make a difference."""
        with QSignalBlocker(self):
            self.setChecked(on)
        self.setEnabled(possible or on)


def near_words(now: Reading | None) -> str:
    """Such as "cosine to the unaltered 0.89, above threshold"; empty where nothing is altered."""
    if now is None or now.nearness is None:
        return ""
    near = now.nearness
    word = "cosine" if near.measure == "cosine" else "distance"
    standing = without_statistics(near.encoder)
    if near.passes is not None:
        standing = verdict(near.measure, near.passes)
    return f"{word} to the unaltered {near.score:.2f}, {standing}"


def _nearness_label() -> QLabel:
    label = figure_label()
    label.setWordWrap(True)
    label.setToolTip("The threshold is that at FMR 1e-3 among generated impostors")
    return label


def _page(*parts: QWidget) -> QWidget:
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 6, 0, 0)
    for part in parts:
        layout.addWidget(part)
    layout.addStretch()
    return page


def _percent(value: Value) -> str:
    return "off" if not value else f"{value:g} %"


def _stops(value: Value) -> str:
    return "as it is" if not value else f"{value:+g} stops"


def _quality(value: Value) -> str:
    return "off" if value is None else f"quality {value}"


def _times(value: Value) -> str:
    return "off" if not value else f"{value:g} ×"


def _bits(value: Value) -> str:
    return "all" if value is None else f"{value} bit{'' if value == 1 else 's'}"


def _share(value: Value) -> str:
    return "none" if not value else f"{100 * value:.0f} %"
