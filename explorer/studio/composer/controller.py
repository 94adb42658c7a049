"""The user's intentions in the figure composer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from explorer.studio.composer.composition import FROM_RUNS, Composing, Composition, finished_runs, unavailable
from explorer.studio.composer.requests import Compose, Composed, ComposeOnDevice, Material, WriteNumbers
from explorer.studio.engine.reports import Cancelled, Event, Failure
from explorer.studio.engine.requests import Request, Ticket
from explorer.studio.leakage.reading_of import readings_of
from explorer.studio.session.state import Level, Session


class Bench(Protocol):
    """What this needs of the workbench."""

    def submit(self, request: Request) -> Ticket:
        """Hand a request to the engine."""
        ...

    def notify(self, level: Level, title: str, text: str, details: str = "") -> None:
        """Add a notification."""
        ...


class ComposeBench:
    """Keeps `session.composing`."""

    def __init__(self, session: Session, bench: Bench) -> None:
        self._session, self._bench = session, bench
        self._preview: Ticket | None = None
        session.events.runs.connect(self._runs_changed)

    def preview(self, composition: Composition) -> None:
        """Show what the figure will be; `session.composing` gets it, or why there is none."""
        reason = unavailable(self._session, composition.layout)
        if reason:
            self._preview = None
            self._session.composing = Composing(remark=f"This layout cannot be made yet: {reason}.")
            return
        self._session.composing = replace(self._session.composing, busy=True, remark="")
        self._preview = self._bench.submit(self._request(composition, None))

    def export(self, path: Path, composition: Composition) -> None:
        """Write the figure or film."""
        reason = unavailable(self._session, composition.layout)
        if reason:
            self._bench.notify("warning", "There is nothing to export yet", reason)
            return
        self._bench.submit(self._request(composition, path))

    def numbers(self, path: Path, keys: tuple[str, ...] = ()) -> None:
        """Write every step of finished runs as CSV or Parquet."""
        runs = finished_runs(self._session, keys)
        if not runs:
            self._bench.notify("warning", "There is nothing to export yet", "finish a run first")
            return
        self._bench.submit(WriteNumbers(path, tuple(runs)))

    def close(self) -> None:
        """Drop the preview: nobody looks at it."""
        self._preview = None
        self._session.composing = Composing()

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """Where the results of requests go, by their type."""
        return {Composed: self._composed}

    def takes(self, event: Event) -> bool:
        """Whether a failure is a preview's: it is said where the preview would be, and nowhere else."""
        if event.ticket != self._preview or not isinstance(event.report, Failure | Cancelled):
            return False
        self._preview = None
        failed = isinstance(event.report, Failure)
        self._session.composing = Composing(remark=event.report.message if isinstance(event.report, Failure) else "")
        if failed:
            shown = self._session.activities
            self._session.activities = tuple(one for one in shown if one.generation != event.ticket.generation)
        return failed

    def _runs_changed(self, *_: object) -> None:
        """What is shown may be of a run that is gone, or of a face that was forgotten."""
        if self._session.composing.preview is not None:
            self._session.composing = Composing()

    def _composed(self, composed: Composed) -> None:
        if composed.paths:
            names = ", ".join(str(path) for path in composed.paths)
            self._bench.notify("info", "The figure is written", names)
        elif self._preview is not None:
            self._preview = None
            self._session.composing = Composing(composed.preview, composed.size)

    def _request(self, composition: Composition, path: Path | None) -> Compose:
        kind = ComposeOnDevice if composition.layout in ("convergence", "film") else Compose
        return kind(composition.fitted(), self._material(composition), path)

    def _material(self, composition: Composition) -> Material:
        session = self._session
        if composition.layout in FROM_RUNS:
            runs = finished_runs(session, composition.runs)
            if composition.layout in ("convergence", "film"):
                shown = session.run
                one = next((run for run in runs if shown is not None and run.key == shown.key), runs[-1])
                runs = [one]
            return Material(runs=tuple(runs))
        if composition.layout == "fits":
            viewing = session.viewing
            pairs = [
                (one, viewing.scene if viewing.scene is not None and one.key == session.selected else one.scene)
                for one in viewing.portraits.values()
            ]
            return Material(portraits=tuple(pairs))
        if composition.layout == "variation" and session.variation is not None:
            state = session.variation
            source = state.target.vector if state.target.frame is None else state.target.frame
            return Material(varied=state.result, source=source)
        return self._leakage()

    def _leakage(self) -> Material:
        session = self._session
        result = None if session.probing.result is None else session.probing.result.reading
        return Material(read=session.probing.face, result=result, of=readings_of(session))
