"""The Objective dock: weights of the loss terms, which act while a run is under way, and the next run's settings."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from explorer.science.inversion.presets import PRESETS
from explorer.science.inversion.settings import InversionSettings
from explorer.studio.faces.state import ENCODER
from explorer.studio.inversion.state import PLAN, RUN, SETTINGS, WEIGHTS
from explorer.studio.inversion.values import starts_in_words
from explorer.ui.actions.button import bind_button
from explorer.ui.base import icons, registries
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.observe import Observer
from explorer.ui.inversion.generator_box import GeneratorBox
from explorer.ui.inversion.plan_note import PlanNote
from explorer.ui.inversion.weight_slider import WeightSlider
from explorer.ui.widgets.captioned import section_title
from explorer.ui.widgets.encoder_box import EncoderBox
from explorer.ui.widgets.quiet import QuietComboBox
from explorer.ui.widgets.settings_form import SettingsForm

GUIDE = ("targets", "histogram", "tolerance")
SEARCH = ("space", "steps", "rate", "schedule", "optimiser", "resolution", "coarse", "finish", "precision", "framings")
START = ("starts", "contest", "lead", "retry", "regressor", "truncation", "seed")
STOP = ("stop_cosine", "patience")
MEASURE = ("realign_every", "score_every")
ONE_START = "The photograph itself is inverted, from one start: none compete."


class ObjectivePanel(QWidget):
    """Draws weights and settings of the session; the sliders come from the registry of terms."""

    def __init__(self, dispatcher: CommandDispatcher, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self.sliders: dict[str, WeightSlider] = {}
        self.encoder = EncoderBox(
            dispatcher, "The attacked encoder, whose embedding is inverted", "attacked encoder", attacked=True
        )
        self.preset = QuietComboBox()
        self.preset.setPlaceholderText("Preset…")
        self.preset.setAccessibleName("preset of weights")
        for preset in PRESETS.values():
            self.preset.addItem(preset.title, preset.name)
            self.preset.setItemData(self.preset.count() - 1, preset.explanation, Qt.ItemDataRole.ToolTipRole)
        self.preset.setCurrentIndex(-1)
        self.preset.activated.connect(self._apply_preset)
        self.plan = PlanNote()
        self.plan.dropped.connect(lambda: dispatcher.send(lambda app: app.settings.drop_plan()))
        self.starts = _note("")
        self._terms = QVBoxLayout()
        self._terms.setSpacing(8)
        self._filled = False
        self._defaults: Mapping[str, float] = {}
        self._needs: dict[str, str] = {}
        self.reset = QPushButton("Reset")
        bind_button(self.reset, actions["reset"])
        icons.attach(self.reset, "reset")
        self.forms: list[SettingsForm] = []
        self.generator = GeneratorBox(dispatcher)
        self._build()
        self.observer = Observer(dispatcher.session)
        self.observer.watch(SETTINGS, self._draw_settings)
        self.observer.watch(ENCODER, self.encoder.show_encoder)
        self.observer.watch(PLAN, self.plan.show_plan)
        dispatcher.when_ready(self._fill)

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.setSpacing(8)
        layout.addWidget(section_title("Attacked encoder"))
        layout.addWidget(self.encoder)
        layout.addWidget(_rule())
        layout.addWidget(section_title("Loss terms"))
        layout.addWidget(self.preset)
        layout.addWidget(_note("The sliders act while a run is under way."))
        layout.addWidget(self.plan)
        layout.addLayout(self._terms)
        layout.addWidget(_note("Landmarks, histogram, likeness and pixels act where a run has targets for them."))
        layout.addWidget(_rule())
        heading = QHBoxLayout()
        heading.addWidget(section_title("Next run"))
        heading.addStretch()
        heading.addWidget(self.reset)
        layout.addLayout(heading)
        for title, fields in (
            ("Targets", GUIDE),
            ("Search", SEARCH),
            ("Start", START),
            ("Stop early", STOP),
            ("Measure", MEASURE),
        ):
            layout.addWidget(_note(title))
            rows = QVBoxLayout()
            rows.setSpacing(4)
            if fields is SEARCH:
                rows.addWidget(self.generator)
            form = SettingsForm(InversionSettings, fields)
            form.changed.connect(self._change)
            self.forms.append(form)
            rows.addWidget(form)
            layout.addLayout(rows)
            if fields is START:
                layout.addWidget(self.starts)
        layout.addStretch()

    def _fill(self) -> None:
        """Add what the registry of terms offers."""
        terms = registries.terms()
        self._defaults = {term.name: term.default_weight for term in terms}
        self._needs = {term.name: term.needs for term in terms if term.needs is not None}
        before: QWidget = self.preset
        for term in terms:
            weight = self._dispatcher.session[WEIGHTS].get(term.name, term.default_weight)
            hint = f"{term.explanation}\n({term.source})"
            slider = WeightSlider(term.title, hint, weight, term.limit)
            slider.moved.connect(lambda value, name=term.name: self._set_weight(name, value))
            self.sliders[term.name] = slider
            self._terms.addWidget(slider)
            for stop in (slider.slider, slider.field):  # they come late, and would be the last that Tab stops at
                QWidget.setTabOrder(before, stop)
                before = stop
        self.observer.watch(WEIGHTS, self._draw_weights)
        self.observer.watch(RUN, lambda _: self._enable_sliders())
        self._enable_sliders()
        self._filled = True
        self._draw_starts(self._dispatcher.session[SETTINGS])

    def _change(self, name: str, value: object) -> None:
        self._dispatcher.send(lambda app: app.settings.change(name, value))

    def _set_weight(self, term: str, value: float) -> None:
        self._dispatcher.send(lambda app: app.settings.set_weight(term, value))

    def _apply_preset(self, index: int) -> None:
        preset = self.preset.itemData(index)
        self._dispatcher.send(lambda app: app.settings.apply_preset(preset))
        # It is a choice of the moment: sliders moved afterwards belong to no preset.
        self.preset.setCurrentIndex(-1)

    def _draw_settings(self, settings: InversionSettings) -> None:
        for form in self.forms:
            form.show_values(settings)
        self.generator.show_generator(settings)
        self._enable_sliders()
        self._draw_starts(settings)

    def _draw_starts(self, settings: InversionSettings) -> None:
        """Say how many starts there will be in all, the regressor's among them."""
        if self._filled:  # whether there is a regressor, the registries know
            words = starts_in_words(settings.starts, registries.proposed_starts(settings))
            pictured = settings.targets == "picture"
            self.starts.setText(ONE_START if pictured else f"In all {words} will compete.")

    def _enable_sliders(self) -> None:
        """A term acts only where the run, or the next one, has a target for it."""
        run = self._dispatcher.session[RUN]
        settings = run.settings if run is not None and run.active else self._dispatcher.session[SETTINGS]
        for term, need in self._needs.items():
            acts = ("picture",) if need == "picture" else ("vector", "photograph")
            self.sliders[term].setEnabled(settings.targets in acts)

    def _draw_weights(self, weights: Mapping[str, float]) -> None:
        for name, slider in self.sliders.items():
            slider.set_value(weights.get(name, self._defaults[name]))


def _rule() -> QFrame:
    rule = QFrame()
    rule.setObjectName("rule")
    return rule


def _note(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("faint")
    label.setWordWrap(True)
    return label
