"""The user's commands around the next run: its encoder, its settings, and the weights of its terms."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import ValidationError

from explorer.science.inversion.presets import PRESETS
from explorer.science.inversion.settings import InversionSettings, recorded_settings
from explorer.studio.faces.controller import FacesController
from explorer.studio.faces.state import ENCODER, FACES, VECTORS
from explorer.studio.inversion.controller import InversionController
from explorer.studio.inversion.plan import Plan
from explorer.studio.inversion.state import PLAN, RUN, SETTINGS, SETTINGS_CHANGE, WEIGHTS
from explorer.studio.session.services import AppServices, Controller


class SettingsController(Controller):
    """Keeps `session[SETTINGS]` and `session[WEIGHTS]`; their encoder is the one chosen for the panels."""

    def __init__(self, app: AppServices) -> None:
        super().__init__(app)
        self._default_weights = dict(app.default_weights)
        app.session[WEIGHTS] = dict(app.default_weights)
        app.session.changed(ENCODER).connect(self._follow_encoder)

    def select_encoder(self, encoder: str) -> None:
        """Choose the encoder for the panels and for the next run."""
        if encoder != self._session[ENCODER]:
            self._app.history.record(f"choose {encoder}", SETTINGS_CHANGE)
            self._session[ENCODER] = encoder

    def _follow_encoder(self, encoder: str) -> None:
        self._session[SETTINGS] = self._session[SETTINGS].model_copy(update={"encoder": encoder})

    def change(self, name: str, value: object) -> None:
        """Change a setting of the next run; a value out of its bounds is refused with a notification."""
        if name == "encoder":
            self.select_encoder(str(value))
            return
        # Settings of a session may name a generator that is not on this machine; whoever chooses one chooses from those
        # that are.
        given = {**self._session[SETTINGS].model_dump(), name: value}
        try:
            changed = InversionSettings.model_validate(given) if name == "generator" else recorded_settings(given)
        except ValidationError as error:
            first = error.errors()[0]
            self._app.notify("warning", "This value cannot be used", f"{name}: {value!r}: {first['msg']}")
            return
        if changed != self._session[SETTINGS]:
            self._app.history.record(f"change {name.replace('_', ' ')}", SETTINGS_CHANGE, name)
            self._session[SETTINGS] = changed

    def set_weight(self, term: str, value: float) -> None:
        """Move a term's slider. A run under way uses it at its next step; it is never restarted."""
        if not math.isfinite(value) or value < 0:
            text = f"{term}: a weight is a number of at least 0, not {value}"
            self._app.notify("warning", "This value cannot be used", text)
            return
        if not self._under_way():
            self._app.history.record(f"change the weight of {term}", (WEIGHTS,), term)
        self._session[WEIGHTS] = {**self._session[WEIGHTS], term: value}
        self._app.controller(InversionController).tune(term, value)

    def apply_preset(self, name: str) -> None:
        """Take weights and forms of a preset of the objective; whatever else is set stays."""
        preset = PRESETS[name]
        self._set_all(f"preset {preset.title}", preset.settings, {**self._default_weights, **preset.weights})

    def reset(self) -> None:
        """Give every weight and setting its default; the encoder stays."""
        defaults = InversionSettings().model_dump(exclude={"encoder", "weights"})
        self._set_all("reset weights and settings", defaults, self._default_weights)

    def take(
        self,
        name: str,
        settings: InversionSettings,
        sha256: str = "",
        plan: Plan | None = None,
        points: Sequence[Sequence[float]] | None = None,
    ) -> None:
        """Take encoder, settings and weights from elsewhere, such as a figure, and what its run did while it went on.

        Args:
            name: of where they come from.
            sha256: of the photograph or vector it was made of, which is selected where it is here.
            plan: how its weights changed, and where it was ended; None where neither.
            points: (5, 2) of its face; of several faces of the photograph, the one nearest to them is selected.
        """
        given = settings.model_dump(exclude={"encoder", "weights"})
        weights = {**self._default_weights, **settings.weights}
        self._set_all(f"take the settings of {name}", given, weights, plan)
        self._session[ENCODER] = settings.encoder
        here = self._made_of(sha256, points)
        if here is not None:
            self._app.controller(FacesController).select_face(here)
        said = (
            "its photograph is selected" if here is not None else "open the photograph it was made of to make it again"
        )
        if plan is not None:
            said += f"; the run does by itself what that one did: {plan.words}"
        self._app.notify("info", f"The settings are those of {name}", said)

    def drop_plan(self) -> None:
        """Let the next run keep its weights and go on to its last step."""
        if self._session[PLAN] is not None:
            self._app.history.record("drop the planned changes", SETTINGS_CHANGE)
            self._session[PLAN] = None

    def _made_of(self, sha256: str, points: Sequence[Sequence[float]] | None) -> str | None:
        """The key of the face or vector of a file that is here; of several faces, of the one nearest to the points."""
        faces = self._session[FACES]
        here = [key for key in (*faces, *self._session[VECTORS]) if key.partition("/")[0] == sha256]
        if points is None or not here:
            return next(iter(here), None)
        wanted = np.asarray(points, float)

        def away(key: str) -> float:
            return float(np.abs(faces[key].face.points - wanted).max()) if key in faces else math.inf

        return min(here, key=away)

    def _set_all(
        self, name: str, settings: Mapping[str, object], weights: Mapping[str, float], plan: Plan | None = None
    ) -> None:
        """Take other settings and weights as a whole; changes that were planned for those before go with them."""
        self._app.history.record(name, (*SETTINGS_CHANGE, *(() if self._under_way() else (WEIGHTS,))))
        self._session[PLAN] = plan
        with self._app.history.suspended():
            for setting, value in settings.items():
                self.change(setting, value)
            for term, weight in weights.items():
                self.set_weight(term, weight)

    def _under_way(self) -> bool:
        """Whether weights are a run's, which notes their changes by the step, and no change to be taken back."""
        run = self._session[RUN]
        return run is not None and run.active
