"""The user's intentions around the next run: its encoder, its settings, and the weights of its terms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

from pydantic import ValidationError

from explorer.science.inversion.presets import PRESETS
from explorer.science.inversion.settings import InversionSettings
from explorer.studio.inversion.controller import InversionBench
from explorer.studio.session.history import SETTINGS, History
from explorer.studio.session.state import Level, Session


class Bench(Protocol):
    """What this needs of the workbench."""

    history: History
    inversion: InversionBench

    def select_face(self, key: str | None) -> None:
        """Select a face or a vector."""
        ...

    def notify(self, level: Level, title: str, text: str, details: str = "") -> None:
        """Add a notification."""
        ...


class SettingsBench:
    """Keeps `session.encoder`, `session.settings` and `session.weights`.

    Args:
        weights: the weight of every loss term to begin with.
    """

    def __init__(self, session: Session, bench: Bench, weights: Mapping[str, float]) -> None:
        self._session, self._bench = session, bench
        self._default_weights = dict(weights)
        session.weights = dict(weights)

    def select_encoder(self, encoder: str) -> None:
        """Choose the encoder for the panels and for the next run."""
        if encoder != self._session.encoder:
            self._bench.history.note(f"choose {encoder}", SETTINGS)
            self.follow_encoder(encoder)

    def follow_encoder(self, encoder: str) -> None:
        """Take the encoder of what was selected, which is no change of its own."""
        self._session.encoder = encoder
        self._session.settings = self._session.settings.model_copy(update={"encoder": encoder})

    def change(self, name: str, value: object) -> None:
        """Change a setting of the next run; a value out of its bounds is refused with a notification."""
        if name == "encoder":
            self.select_encoder(str(value))
            return
        try:
            changed = InversionSettings.model_validate({**self._session.settings.model_dump(), name: value})
        except ValidationError as error:
            first = error.errors()[0]
            self._bench.notify("warning", "This value cannot be used", f"{name}: {value!r}: {first['msg']}")
            return
        if changed != self._session.settings:
            self._bench.history.note(f"change {name.replace('_', ' ')}", SETTINGS, name)
            self._session.settings = changed

    def set_weight(self, term: str, value: float) -> None:
        """Move a term's slider. A run under way uses it at its next step; it is never restarted."""
        if not math.isfinite(value) or value < 0:
            text = f"{term}: a weight is a number of at least 0, not {value}"
            self._bench.notify("warning", "This value cannot be used", text)
            return
        if not self._under_way():
            self._bench.history.note(f"change the weight of {term}", ("weights",), term)
        self._session.weights = {**self._session.weights, term: value}
        self._bench.inversion.tune(term, value)

    def apply_preset(self, name: str) -> None:
        """Take weights and forms of a preset of the objective; whatever else is set stays."""
        preset = PRESETS[name]
        self._set_all(f"preset {preset.title}", preset.settings, {**self._default_weights, **preset.weights})

    def reset(self) -> None:
        """Give every weight and setting its default; the encoder stays."""
        defaults = InversionSettings().model_dump(exclude={"encoder", "weights"})
        self._set_all("reset weights and settings", defaults, self._default_weights)

    def take(self, name: str, settings: InversionSettings, sha256: str = "") -> None:
        """Take encoder, settings and weights from elsewhere, such as a figure.

        Args:
            name: of where they come from.
            sha256: of the photograph or vector it was made of, which is selected where it is here.
        """
        given = settings.model_dump(exclude={"encoder", "weights"})
        self._set_all(f"take the settings of {name}", given, {**self._default_weights, **settings.weights})
        self.follow_encoder(settings.encoder)
        here = [key for key in (*self._session.faces, *self._session.vectors) if key.partition("/")[0] == sha256]
        if here:
            self._bench.select_face(here[0])
        where = "its photograph is selected" if here else "open the photograph it was made of to make it again"
        self._bench.notify("info", f"The settings are those of {name}", where)

    def _set_all(self, name: str, settings: Mapping[str, object], weights: Mapping[str, float]) -> None:
        self._bench.history.note(name, (*SETTINGS, *(() if self._under_way() else ("weights",))))
        with self._bench.history.deaf():
            for setting, value in settings.items():
                self.change(setting, value)
            for term, weight in weights.items():
                self.set_weight(term, weight)

    def _under_way(self) -> bool:
        """Whether weights are a run's, which notes their changes by the step, and no change to be taken back."""
        return self._session.run is not None and self._session.run.active
