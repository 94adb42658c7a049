"""The user's commands around handles: what is moved, and where they stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from explorer.studio.engine.reports import Event, Failure, Finished
from explorer.studio.engine.requests import Ticket
from explorer.studio.faces.state import FACES, SELECTED
from explorer.studio.handles.requests import HandlesMoved, MoveHandles
from explorer.studio.handles.state import HANDLES, HandlesState
from explorer.studio.handles.values import REACH, Base
from explorer.studio.inversion.state import RUN
from explorer.studio.session.services import AppServices, Controller
from explorer.studio.session.slices import Forgotten
from explorer.studio.session.snapshot import Snapshot

NO_PHOTOGRAPH = "Select the photograph of a face: it is inverted itself."
NO_RESULT = "No inversion in view has made a step yet."


class HandlesController(Controller):
    """Keeps `session[HANDLES]`; the newest place of the sliders wins."""

    def __init__(self, app: AppServices) -> None:
        super().__init__(app)
        self._asked: MoveHandles | None = None
        self._ticket: Ticket | None = None
        for field in (SELECTED, FACES, RUN):
            app.session.changed(field).connect(self._looked_at)

    # Commands.

    def watch(self, on: bool) -> None:
        """Say whether anybody looks."""
        self._set(watched=on)
        self._looked_at()

    def choose(self, base: Base) -> None:
        """Move the photograph, the result or a sample; handles are as the face has them."""
        self._set(base=base, values={})
        self._begin()

    def draw_sample(self, seed: int) -> None:
        """Move a face of the generator's own."""
        self._set(base="sample", seed=seed, values={})
        self._begin()

    def set_handle(self, name: str, value: float, fine: bool = False) -> None:
        """Set a handle, from -4 to 4. fine: whether it is drawn at full size."""
        values = {**self._session[HANDLES].values, name: min(max(value, -REACH), REACH)}
        self._set(values=values)
        self._ask(fine=fine)

    def settle(self) -> None:
        """Draw what is shown at full size: nobody drags any more."""
        shown = self._session[HANDLES].shown
        if shown is not None and not (shown.fine and dict(shown.values) == dict(self._session[HANDLES].values)):
            self._ask(fine=True)

    def reset(self) -> None:
        """Leave every handle as the face has it."""
        self._set(values={})
        self._ask(fine=True)

    # Keeping the picture up to date.

    def _looked_at(self, *_: object) -> None:
        state = self._session[HANDLES]
        if not state.watched:
            return
        wanted = self._wanted()
        asked = self._asked
        same = wanted is not None and asked is not None and _same(asked, wanted)
        if not same:
            self._set(values={})
            self._begin()

    def _begin(self) -> None:
        self._asked = None
        self._set(shown=None)
        self._ask(fine=False)

    def _ask(self, *, fine: bool) -> None:
        state = self._session[HANDLES]
        wanted = self._wanted()
        if wanted is None:
            self._asked = None
            self._set(shown=None, remark=NO_RESULT if state.base == "result" else NO_PHOTOGRAPH)
            return
        if not state.watched:
            return
        known = state.shown if self._asked is not None and _same(self._asked, wanted) else None
        styles = None if known is None else known.styles
        self._asked = replace(wanted, values=dict(state.values), fine=fine, styles=styles)
        self._ticket = self._app.submit(self._asked)

    def _wanted(self) -> MoveHandles | None:
        """What is to be moved, without where to; None where there is nothing of it."""
        session, state = self._session, self._session[HANDLES]
        if state.base == "sample":
            return MoveHandles("", "sample", seed=state.seed)
        if state.base == "photograph":
            face = session[FACES].get(session[SELECTED] or "")
            return None if face is None or face.frame is None else MoveHandles(face.key, "photograph", frame=face.frame)
        run = session[RUN]
        if run is None or not run.latents or run.active:
            return None
        at = run.best_index if run.shown_index is None else run.shown_index
        latent = run.latents[-1 if at is None or at >= len(run.latents) else at]
        return MoveHandles(run.target.key, "result", latent=latent, settings=run.settings)

    # What the engine says.

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """Where the results of requests go, by their type."""
        return {HandlesMoved: self._moved}

    def on_final(self, event: Event) -> None:
        """What failed says why."""
        if event.ticket == self._ticket and not isinstance(event.report, Finished):
            self._ticket = None
            if isinstance(event.report, Failure):
                self._set(remark=event.report.message)

    def _moved(self, made: HandlesMoved) -> None:
        if made.request is not self._asked:
            return
        classes = made.classes or self._session[HANDLES].classes
        self._set(shown=made.moved, classes=classes, remark=made.remark)

    def before_forgetting(self, forgotten: Forgotten) -> None:
        """Let go of the face that was asked about."""
        if self._asked is not None and self._asked.key and forgotten.holds(self._asked.key):
            self._asked = None

    def before_loading(self, snapshot: Snapshot) -> None:
        """Let go of what is moved: another session takes its place."""
        self._asked = self._ticket = None

    def after_loading(self) -> None:
        """Read what is selected in the session that was opened."""
        self._looked_at()

    def _set(self, **fields: Any) -> None:
        state: HandlesState = self._session[HANDLES]
        if any(getattr(state, name) != value for name, value in fields.items()):
            self._session[HANDLES] = replace(state, **fields)


def _same(one: MoveHandles, other: MoveHandles) -> bool:
    """Whether two requests are of the same face."""
    return (
        one.base == other.base
        and one.key == other.key
        and one.seed == other.seed
        and one.frame is other.frame
        and one.latent is other.latent
    )
