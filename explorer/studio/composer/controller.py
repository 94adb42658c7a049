"""The user's commands in the figure composer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.studio.composer.composition import FROM_RUNS, Composition, finished_runs, impossible
from explorer.studio.composer.laboratory_choice import LaboratoryFigure
from explorer.studio.composer.requests import (
    Compose,
    Composed,
    ComposeLaboratory,
    ComposeOnDevice,
    FigureInputs,
    WriteNumbers,
)
from explorer.studio.composer.state import COMPOSING, ComposerState
from explorer.studio.engine.reports import Cancelled, Event, Failure
from explorer.studio.engine.requests import Ticket
from explorer.studio.faces.state import ENCODER, FACES, SELECTED
from explorer.studio.geometry.state import VIEWING
from explorer.studio.inversion.state import RUN, RUNS
from explorer.studio.laboratory.chosen import faces_of
from explorer.studio.leakage.reading_of import readings_of
from explorer.studio.leakage.state import PROBING
from explorer.studio.session.services import AppServices, Controller
from explorer.studio.session.slices import Forgotten
from explorer.studio.variation.state import VARIATION

SLOW = "Figure {number} takes a while: press Draw."
_KINDS: Mapping[str, type[Compose]] = {
    "convergence": ComposeOnDevice,
    "film": ComposeOnDevice,
    "laboratory": ComposeLaboratory,
}


class ComposerController(Controller):
    """Keeps `session[COMPOSING]`."""

    def __init__(self, app: AppServices) -> None:
        super().__init__(app)
        session = app.session
        self._preview: Ticket | None = None
        session.changed(RUNS).connect(self._runs_changed)

    def preview(self, composition: Composition, *, asked: bool = False) -> None:
        """Show what the figure will be; `session[COMPOSING]` gets it, or why there is none.

        Args:
            asked: whether the user wants it however long it takes; else what takes more than moments is not begun.
        """
        self._give_up()
        reason = impossible(self._session, composition)
        if reason:
            self._drop(f"This layout cannot be made yet: {reason}.")
            return
        if self._slow(composition) and not asked:
            self._drop(SLOW.format(number=composition.laboratory.number), slow=True)
            return
        self._session[COMPOSING] = replace(self._session[COMPOSING], busy=True, slow=False, remark="")
        self._preview = self._app.submit(self._request(composition, None))

    def export(self, path: Path, composition: Composition) -> None:
        """Write the figure or film; of a figure of Deep Face Decoder also a table of its numbers, by the ending."""
        reason = impossible(self._session, composition)
        if reason:
            self._app.notify("warning", "There is nothing to export yet", reason)
            return
        self._app.submit(self._request(composition, path))

    def numbers(self, path: Path, keys: tuple[str, ...] = ()) -> None:
        """Write every step of finished runs as CSV or Parquet."""
        runs = finished_runs(self._session, keys)
        if not runs:
            self._app.notify("warning", "There is nothing to export yet", "finish a run first")
            return
        self._app.submit(WriteNumbers(path, tuple(runs)))

    def close(self) -> None:
        """Drop the preview: nobody looks at it."""
        self._give_up()
        self._session[COMPOSING] = ComposerState()

    def before_forgetting(self, forgotten: Forgotten) -> None:
        """Leave a preview under way that shows somebody who is forgotten."""
        shown = () if self._preview is None else self._preview.request.about
        if any(forgotten.holds(key) or forgotten.photograph_of(key) for key in shown):
            self._give_up()
            self._session[COMPOSING] = ComposerState()

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """Where the results of requests go, by their type."""
        return {Composed: self._composed}

    def handles(self, event: Event) -> bool:
        """Whether a failure is a preview's: it is said where the preview would be, and nowhere else."""
        if event.ticket != self._preview or not isinstance(event.report, Failure | Cancelled):
            return False
        self._preview = None
        self._session[COMPOSING] = ComposerState(
            remark=event.report.message if isinstance(event.report, Failure) else ""
        )
        return isinstance(event.report, Failure)

    def _runs_changed(self, *_: object) -> None:
        """What is shown may be of a run that is gone, or of a face that was forgotten."""
        composing = self._session[COMPOSING]
        if composing.preview is not None and composing.made is None:
            self._session[COMPOSING] = ComposerState()

    def _composed(self, composed: Composed) -> None:
        if composed.paths:
            names = ", ".join(str(path) for path in composed.paths)
            self._app.notify("info", "The figure is written", names, path=composed.paths[0])
        elif self._preview is not None:
            self._preview = None
            self._session[COMPOSING] = ComposerState(composed.preview, composed.size, made=composed.made)

    def _request(self, composition: Composition, path: Path | None) -> Compose:
        kind = _KINDS.get(composition.layout, Compose)
        if composition.layout == "laboratory":
            composition = composition.model_copy(update={"laboratory": self._figure(composition)})
        return kind(composition.fitted(), self._material(composition), path)

    def _figure(self, composition: Composition) -> LaboratoryFigure:
        """The figure of Deep Face Decoder with its encoder named, and without faces that are gone."""
        figure = composition.laboratory.named(self._session[ENCODER])
        return figure.model_copy(update={"faces": tuple(key for key in figure.faces if key in self._session[FACES])})

    def _slow(self, composition: Composition) -> bool:
        """Whether a preview takes more than moments, and is not a smaller or larger one of what was made already."""
        if composition.layout != "laboratory" or not composition.laboratory.preset.slow:
            return False
        made, figure = self._session[COMPOSING].made, self._figure(composition)
        return made is None or not made.is_of(figure, faces_of(self._session, figure.faces))

    def _give_up(self) -> None:
        """Leave the preview that is under way: whatever its layout, nothing of it is to land on another one."""
        if self._preview is not None:
            self._app.engine.cancel(self._preview)
            self._preview = None

    def _drop(self, remark: str, *, slow: bool = False) -> None:
        """Show no preview, but why."""
        made = self._session[COMPOSING].made
        self._session[COMPOSING] = ComposerState(remark=remark, slow=slow, made=made)

    def _material(self, composition: Composition) -> FigureInputs:
        session = self._session
        if composition.layout in FROM_RUNS:
            runs = finished_runs(session, composition.runs)
            if composition.layout in ("convergence", "film"):
                shown = session[RUN]
                one = next((run for run in runs if shown is not None and run.key == shown.key), runs[-1])
                runs = [one]
            return FigureInputs(runs=tuple(runs))
        if composition.layout == "laboratory":
            faces = faces_of(session, composition.laboratory.faces)
            return FigureInputs(faces=faces, made=session[COMPOSING].made)
        if composition.layout == "fits":
            viewing = session[VIEWING]
            pairs = [
                (one, viewing.scene if viewing.scene is not None and one.key == session[SELECTED] else one.scene)
                for one in viewing.portraits.values()
            ]
            return FigureInputs(portraits=tuple(pairs))
        state = session[VARIATION]
        if composition.layout == "variation" and state is not None:
            source = state.target.vector if state.target.frame is None else state.target.frame
            return FigureInputs(varied=state.result, source=source, varied_key=state.target.key)
        return self._leakage()

    def _leakage(self) -> FigureInputs:
        probing = self._session[PROBING]
        result = None if probing.result is None else probing.result.reading
        return FigureInputs(read=probing.face, result=result, of=readings_of(self._session))
