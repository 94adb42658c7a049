"""The Handles dock: a face moved by the elements of a latent space, while sliders are dragged."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from explorer.studio.handles.controller import HandlesController
from explorer.studio.handles.state import HANDLES, HandlesState
from explorer.studio.handles.values import REACH, Base
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.observe import Observer
from explorer.ui.base.throttle import IMAGES_MS, Throttle
from explorer.ui.base.wording import sentence
from explorer.ui.widgets.captioned import CaptionedImage
from explorer.ui.widgets.number_field import NumberField
from explorer.ui.widgets.quiet import QuietComboBox
from explorer.ui.widgets.saving import report_saving
from explorer.ui.widgets.value_slider import ValueSlider

HINT = "Select the photograph of a face, or choose a sample."
NOTE = "The generator's own change, learnt from generated faces: no photograph, and a class is no property of anybody."
BASES: tuple[tuple[str, Base], ...] = (("Photograph", "photograph"), ("Result", "result"), ("Sample", "sample"))
_NAME, _LARGEST_SEED = 84, 999_999


class HandlesPanel(QWidget):
    """Draws `session[HANDLES]`; a face is read and drawn while the panel can be seen."""

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self.picture = CaptionedImage("Handles", HINT, reconstruction=True)
        report_saving(self.picture.view, dispatcher)
        self.base = QuietComboBox()
        self.base.setAccessibleName("what is moved")
        for title, _ in BASES:
            self.base.addItem(title)
        self.base.activated.connect(lambda place: self._send(lambda handles: handles.choose(BASES[place][1])))
        self.seed = NumberField(0, _LARGEST_SEED, 0)
        self.seed.setAccessibleName("the sample's seed")
        self.seed.valueChanged.connect(lambda value: self._send(lambda handles: handles.draw_sample(round(value))))
        self.reset = QPushButton("As it is")
        self.reset.setToolTip("Leave every handle as the face has it")
        self.reset.clicked.connect(lambda: self._send(lambda handles: handles.reset()))
        self.note = QLabel(NOTE)
        self.note.setObjectName("faint")
        self.note.setWordWrap(True)
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.sliders: dict[str, ValueSlider] = {}
        self._build()
        self._refresh = Throttle(self._draw, IMAGES_MS, self)
        self.observer = Observer(dispatcher.session)
        self.observer.watch(HANDLES, lambda _: self._refresh.poke())

    def _build(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(7)
        line.addWidget(self.base, 1)
        line.addWidget(self.seed)
        line.addWidget(self.reset)
        self._column = QVBoxLayout()
        self._column.setSpacing(3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 10)
        layout.setSpacing(6)
        layout.addLayout(line)
        layout.addWidget(self.picture, 1)
        layout.addLayout(self._column)
        layout.addWidget(self.note)

    def set_watched(self, on: bool) -> None:
        """Have faces read and drawn while the picture can be seen, and none otherwise."""
        self._send(lambda handles: handles.watch(on))

    def set_mark(self, on: bool) -> None:
        """Mark the picture as a reconstruction, or not."""
        self.picture.view.set_mark(on)

    def _send(self, command: Callable[[HandlesController], object]) -> None:
        self._dispatcher.send(lambda app: command(app.controller(HandlesController)))

    def _draw(self) -> None:
        state = self._dispatcher.session[HANDLES]
        shown = state.shown
        self.picture.view.set_hint(sentence(state.remark) if state.remark else HINT)
        self.picture.view.set_pixels(None if shown is None else shown.picture)
        self.picture.view.set_badge(shown is not None and shown.base == "photograph")
        self.picture.detail.setText("" if shown is None or shown.fine else "preview")
        self.base.setCurrentIndex([base for _, base in BASES].index(state.base))
        with QSignalBlocker(self.seed):
            if round(self.seed.value()) != state.seed:
                self.seed.setValue(state.seed)
        self.seed.setVisible(state.base == "sample")
        self.reset.setEnabled(bool(state.values))
        self._draw_sliders(state)

    def _draw_sliders(self, state: HandlesState) -> None:
        if list(self.sliders) != list(state.classes):
            self._make_sliders(state)
        for name, slider in self.sliders.items():
            read = None if state.shown is None else state.shown.read.get(name)
            slider.setEnabled(read is not None)
            value = state.values.get(name, 0.0 if read is None else min(max(read, -REACH), REACH))
            if not slider.slider.isSliderDown():
                slider.set_value(value)

    def _make_sliders(self, state: HandlesState) -> None:
        for slider in self.sliders.values():
            self._column.removeWidget(slider)
            slider.deleteLater()
        self.sliders = {}
        for name, (low, high) in state.classes.items():
            hint = f"{low} to the left, {high} to the right; a face's own place until it is moved"
            slider = ValueSlider(name.capitalize(), -REACH, REACH, hint=hint, name_width=_NAME)
            slider.moved.connect(partial(self._moved, name))
            slider.slider.sliderReleased.connect(lambda: self._send(lambda handles: handles.settle()))
            self.sliders[name] = slider
            self._column.addWidget(slider, 0, Qt.AlignmentFlag.AlignTop)

    def _moved(self, name: str, value: float) -> None:
        fine = not self.sliders[name].slider.isSliderDown()
        self._send(lambda handles: handles.set_handle(name, round(value, 2), fine))
