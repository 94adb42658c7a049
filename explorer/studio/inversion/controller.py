"""The user's intentions around the run in view: start it, pause, step, stop, slide back."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.engine.protocol import EngineProtocol
from explorer.studio.engine.reports import Event, Finished
from explorer.studio.engine.requests import Request, Ticket
from explorer.studio.faces.requests import EmbedFace
from explorer.studio.inversion.record import BranchingPoint
from explorer.studio.inversion.report_handler import Landing
from explorer.studio.inversion.requests import Invert, RenderStep
from explorer.studio.inversion.selected_target import beginning
from explorer.studio.inversion.state import RunState, RunStatus
from explorer.studio.inversion.values import Target
from explorer.studio.session.history import RUNS, History
from explorer.studio.session.snapshot import Snapshot
from explorer.studio.session.state import Level, Session


class Bench(Protocol):
    """What this needs of the workbench."""

    engine: EngineProtocol
    history: History

    def submit(self, request: Request, values: Mapping[str, float] | None = None, single_step: bool = False) -> Ticket:
        """Hand a request to the engine."""
        ...

    def embed(self, key: str) -> None:
        """Embed a face."""
        ...

    def embedding(self, key: str) -> list[Ticket]:
        """The requests under way that embed a face."""
        ...

    def notify(self, level: Level, title: str, text: str, details: str = "") -> None:
        """Add a notification."""
        ...


class InversionBench:
    """Starts runs and steers the one under way; keeps `session.run` in step with that."""

    def __init__(self, session: Session, bench: Bench, landing: Landing) -> None:
        self._session, self._bench, self._landing = session, bench, landing
        self._ticket: Ticket | None = None
        self._count = 0
        self._once_embedded: tuple[str, bool] | None = None

    def ended(self, event: Event) -> None:
        """Take note of a final event: a run holds the device no more, or what a start waited for will not come."""
        if isinstance(event.ticket.request, Invert):
            self._ticket = None
        elif isinstance(event.ticket.request, EmbedFace) and not isinstance(event.report, Finished):
            self._once_embedded = None

    # Intentions.

    def start(self) -> None:
        """Invert the selected face's or vector's embedding; a run under way is dropped."""
        self._start(single_step=False)

    def pause(self) -> None:
        """Rest after the current step."""
        if self._ticket is not None and self._is("starting", "running"):
            self._bench.engine.pause(self._ticket)
            self._set_status("paused")

    def resume(self) -> None:
        """Go on from a pause."""
        if self._ticket is not None and self._is("paused"):
            self._bench.engine.resume(self._ticket)
            self._set_status("running" if self._session.run and self._session.run.steps else "starting")

    def step_once(self) -> None:
        """Take one step and rest. With nothing under way, start a run and rest after its first step."""
        if self._ticket is None:
            self._start(single_step=True)
        elif self._is("starting", "running", "paused"):
            self._bench.engine.step(self._ticket)
            self._set_status("paused")

    def stop(self) -> None:
        """End the run after the current step and keep its best: native image, scores, record."""
        if self._ticket is not None and self._is("starting", "running", "paused"):
            self._bench.engine.finish(self._ticket)
            self._set_status("finishing")

    def tune(self, term: str, weight: float) -> None:
        """Let the run under way, if any, use a weight from its next step on."""
        if self._ticket is not None:
            self._bench.engine.tune(self._ticket, term, weight)

    def show_step(self, index: int | None) -> None:
        """Show a step already made (its picture arrives in `RunState.shown_image`); None follows the newest."""
        run = self._session.run
        if run is None or (index is not None and not 0 <= index < len(run.steps)):
            return
        image = None if index is None else self._landing.pictures.get(index)
        self._session.run = replace(run, shown_index=index, shown_image=image)
        if index is not None and image is None:
            self._bench.submit(
                RenderStep(run.key, index, run.latents[index], run.steps[index].resolution, run.settings)
            )

    # What the rest of the workbench asks.

    def begin(
        self,
        target: Target,
        settings: InversionSettings,
        branch: BranchingPoint | None = None,
        single_step: bool = False,
    ) -> None:
        """Begin a run; one under way is dropped, and stays in the list as far as it came."""
        run = self._session.run
        if run is not None and run.active:
            self._landing.end_run(replace(run, status="stopped", remaining=None))
        self._count += 1
        # A name that no other session has, so that nothing made for a run of one lands on a run of another.
        name = f"run-{secrets.token_hex(6)}"
        status: RunStatus = "paused" if single_step else "starting"
        self._bench.history.note("invert" if branch is None else "go on from a step", RUNS, target.key)
        record = None if branch is None else branch.record
        new = RunState(name, target, target.frame, settings, status, number=self._count, branch=record)
        self._landing.begin_run(new)
        self._ticket = self._bench.submit(Invert(name, target, settings, branch), self._session.weights, single_step)
        self._bench.history.refresh()

    def embedded(self, key: str) -> None:
        """Start what waited for a face's embeddings."""
        if self._once_embedded is not None and self._once_embedded[0] == key:
            single_step = self._once_embedded[1]
            self._once_embedded = None
            self._start(single_step)

    def wait_no_more(self) -> None:
        """Start nothing once a face is embedded."""
        self._once_embedded = None

    def forget(self, key: str) -> None:
        """Drop the run in view where it is a face's or vector's."""
        run = self._session.run
        if run is not None and run.target.key == key:
            if self._ticket is not None:
                self._bench.engine.cancel(self._ticket)
            self._ticket = None
            self._landing.look_at(None)

    def take_up(self, snapshot: Snapshot) -> None:
        """Go on with the runs of a session that takes the place of the one there is."""
        self._once_embedded = None
        self._ticket = None
        self._count = max((one.number for one in snapshot.runs.values()), default=0)

    def _start(self, single_step: bool) -> None:
        session = self._session
        key = session.selected
        if key is None:
            self._bench.notify("info", "Nothing to invert yet", "open a photograph or a vector, and select a face")
            return
        if key in session.faces and key not in session.embeddings:
            if self._once_embedded is None or self._once_embedded[0] != key:
                self._bench.notify("info", "The run will start", "as soon as the face is embedded")
            self._once_embedded = (key, single_step)
            if not self._bench.embedding(key):
                self._bench.embed(key)
            return
        asked = beginning(session, key, self._bench.notify)
        if asked is not None:
            self.begin(*asked, single_step=single_step)

    def _is(self, *status: RunStatus) -> bool:
        return self._session.run is not None and self._session.run.status in status

    def _set_status(self, status: RunStatus) -> None:
        if self._session.run is not None:
            self._session.run = replace(self._session.run, status=status)
