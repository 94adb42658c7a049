"""The user's intentions as methods. The window (or a test) calls these and `handle`, all on one thread."""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from explorer.science.faces.face import FaceError
from explorer.science.inversion.presets import PRESETS
from explorer.science.inversion.settings import InversionSettings
from explorer.studio import catalogue
from explorer.studio.batch_bench import BatchBench
from explorer.studio.compose_bench import ComposeBench
from explorer.studio.engine.batch_jobs import RunBatch
from explorer.studio.engine.jobs import (
    CompareAll,
    EmbedFace,
    ExportFigure,
    FetchNetworks,
    ForgetFace,
    Invert,
    OpenPhotographs,
    OpenVector,
    RenderStep,
    Source,
    Target,
)
from explorer.studio.engine.protocol import EngineProtocol
from explorer.studio.engine.reports import Event, Finished
from explorer.studio.engine.requests import Request, Ticket
from explorer.studio.engine.session_jobs import SaveSession
from explorer.studio.errors import UserError
from explorer.studio.gallery.bench import GalleryBench
from explorer.studio.probe_bench import ProbeBench
from explorer.studio.runs_bench import RunsBench
from explorer.studio.session.history import FACES, RUNS, SETTINGS, History, runs_without
from explorer.studio.session.landing import Landing
from explorer.studio.session.run import BranchingPoint
from explorer.studio.session.snapshot import Snapshot
from explorer.studio.session.state import Activity, Level, RunState, RunStatus, Session
from explorer.studio.session.targets import face_key, target_of
from explorer.studio.session_bench import SessionBench
from explorer.studio.undo_bench import UndoBench
from explorer.studio.variation_bench import VariationBench
from explorer.studio.vectors import is_vector_file
from explorer.studio.view_bench import ViewBench

UNDER_WAY: tuple[RunStatus, ...] = ("starting", "running", "paused", "finishing")


class Workbench:
    """Applies intentions to the session and the engine, and the engine's events to the session.

    The consumer connects the engine to its own thread, for example `engine.connect(bridge.event.emit)` with a
    queued Qt signal whose slot calls `workbench.handle`. No method raises for a user's mistake: it becomes a
    notification in the session, and what was there stays.

    Args:
        weights: the weight of every loss term to begin with (`inversion.terms.default_weights()`).
    """

    def __init__(self, engine: EngineProtocol, session: Session, weights: Mapping[str, float] | None = None) -> None:
        self.engine = engine
        self.session = session
        session.weights = dict(weights or {})
        self._default_weights = dict(weights or {})
        self.history = History(session)
        self._landing = Landing(session, self)
        self.probes = ProbeBench(session, self)
        self._landing.also(self.probes.results())
        self.variation = VariationBench(session, self)
        self._landing.also(self.variation.results())
        self.views = ViewBench(session, self)
        self._landing.also(self.views.results())
        self.runs = RunsBench(session, self)
        self.files = SessionBench(session, self)
        self._landing.also(self.files.results())
        self.gallery = GalleryBench(session, self)
        self._landing.also(self.gallery.results())
        self.batches = BatchBench(session, self)
        self._landing.also(self.batches.results())
        self.composer = ComposeBench(session, self)
        self._landing.also(self.composer.results())
        self._undoing = UndoBench(session, self, self.history)
        self._tickets: dict[int, Ticket] = {}
        self._batches = 0
        self._runs = 0
        self._run_ticket: Ticket | None = None
        self._start_once_embedded: tuple[str, bool] | None = None

    def handle(self, event: Event) -> None:
        """Apply an engine event to the session, unless it is stale."""
        if not self.engine.admits(event):
            return
        if event.report.final:
            self._tickets.pop(event.ticket.generation, None)
            if isinstance(event.ticket.request, EmbedFace) and not isinstance(event.report, Finished):
                self._start_once_embedded = None
            self.probes.ended(event)
            self.variation.ended(event)
            self.views.ended(event)
            self.files.ended(event)
            self.gallery.ended(event)
            self.batches.ended(event)
        if not any(
            bench.takes(event) for bench in (self.variation, self.files, self.gallery, self.batches, self.composer)
        ):
            self._landing.land(event)

    # Photographs, faces, vectors.

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open photographs; a `.npy`, `.csv` or `.json` among them is opened as a vector of the chosen encoder."""
        pictures = []
        for path in paths:
            if is_vector_file(path):
                self.open_vector(path, self.session.encoder)
            else:
                pictures.append(Source(path=path, name=path.name))
        if pictures:
            self._open(tuple(pictures))

    def open_bytes(self, data: bytes, name: str = "pasted image") -> None:
        """Open an encoded image from memory (paste, drop)."""
        self._open((Source(data=data, name=name),))

    def open_vector(self, path: Path, encoder: str) -> None:
        """Open a bare embedding made by the named encoder, and select it."""
        self.submit(OpenVector(path, encoder))

    def select_face(self, key: str | None) -> None:
        """Select a face or a vector by its key; a vector brings its encoder along."""
        if key is None or key in self.session.faces:
            self.session.selected = key
        elif key in self.session.vectors:
            self.session.selected = key
            self._take_encoder(self.session.vectors[key].encoder)

    def place_points(self, photograph_key: str, points: NDArray[np.float64], face: str | None = None) -> str | None:
        """Place the five points by hand: of a new face, or of the face with a key, which stays its key.

        Args:
            photograph_key: the photograph they lie in.
            points: (5, 2) pixel coordinates in it, order as in `Face.points`.
            face: key of the face whose points they replace.

        Returns:
            The face's key; None where the points are refused.
        """
        from explorer.science.faces.choosing import face_by_hand

        try:
            placed = face_by_hand(points, self.session.photographs[photograph_key].photograph)
        except FaceError as error:
            self.notify("warning", "These points cannot be used", str(error))
            return None
        key = face or face_key(photograph_key, self.session.faces)
        self.history.note("place points" if face is None else "move points", FACES, key)
        self._landing.put_face(key, photograph_key, placed)
        self.session.selected = key
        return key

    def embed(self, key: str) -> None:
        """Embed a face anew; what was made from its older points goes."""
        face = self.session.faces[key]
        photograph = self.session.photographs[face.photograph_key].photograph
        self.submit(EmbedFace(key, photograph, face.face))

    def compare(self) -> None:
        """Bring the similarity tables up to date, in the order in which faces and vectors are listed."""
        session = self.session
        faces = {key: session.embeddings[key] for key in session.faces if key in session.embeddings}
        bare = {key: {one.encoder: one.vector} for key, one in session.vectors.items()}
        self.submit(CompareAll({**faces, **bare}))

    def close_face(self, key: str) -> None:
        """Take a face, a vector, or a photograph without faces out of the session; undo brings it back. Runs stay."""
        session = self.session
        if key in session.faces:
            self.history.note(f"remove {session.faces[key].name}", FACES, key)
            for ticket in self.embedding(key):
                self.engine.cancel(ticket)
            with self.history.deaf():
                self._landing.remove_face(key)
        elif key in session.vectors:
            self.history.note(f"remove {session.vectors[key].name}", ("vectors",), key)
            with self.history.deaf():
                self._landing.remove_vector(key)
        elif key in session.photographs:
            self.history.note(f"remove {session.photographs[key].photograph.name}", FACES)
            session.photographs = {k: p for k, p in session.photographs.items() if k != key}
        self.compare()

    def remove_face(self, key: str) -> None:
        """Forget a face or vector and everything made from it, in the history and the autosave too; its photograph
        goes with its last face."""
        removed = self.session.faces.get(key)
        with self.history.deaf():
            self._forget(key)
        if removed is not None:
            self.gallery.forget_photograph(removed.photograph_key, key)
        self.forgotten()

    def _forget(self, key: str) -> None:
        run = self.session.run
        if run is not None and run.target.key == key:
            self.cancel_run()
            self._run_ticket = None
            self._landing.look_at(None)
        self.variation.forget(key)
        for ticket in self.embedding(key):
            self.engine.cancel(ticket)
        removed, photograph = self.session.faces.get(key), None
        if removed is not None:
            last = self._landing.remove_face(key)
            photograph = removed.photograph_key if last else None
            self.submit(ForgetFace(removed.photograph_key, None if last else removed.face))
        self.session.runs = runs_without(self.session.runs, key, photograph)
        self.session.compared = tuple(one for one in self.session.compared if one in self.session.runs)
        if self.session.run is not None and self.session.run.key not in self.session.runs:
            self._landing.look_at(None)
        self.history.forget(key, photograph)
        self._landing.remove_vector(key)
        self.compare()

    def remove_photograph(self, key: str) -> None:
        """Forget a photograph and all of its faces."""
        for face in [face for face in self.session.faces.values() if face.photograph_key == key]:
            self.remove_face(face.key)
        if key in self.session.photographs:
            self.session.photographs = {k: p for k, p in self.session.photographs.items() if k != key}
            self.history.forget("", key)
            self.submit(ForgetFace(key))
            self.gallery.forget_photograph(key, None)
            self.forgotten()

    def forgotten(self) -> None:
        """What was forgotten must not stay in the autosave."""
        self.files.forgotten()

    # Settings.

    def select_encoder(self, encoder: str) -> None:
        """Choose the encoder for the panels and for the next run."""
        if encoder != self.session.encoder:
            self.history.note(f"choose {encoder}", SETTINGS)
            self._take_encoder(encoder)

    def _take_encoder(self, encoder: str) -> None:
        self.session.encoder = encoder
        self.session.settings = self.session.settings.model_copy(update={"encoder": encoder})

    def set_setting(self, name: str, value: object) -> None:
        """Change a setting of the next run; a value out of its bounds is refused with a notification."""
        if name == "encoder":
            self.select_encoder(str(value))
            return
        try:
            changed = InversionSettings.model_validate({**self.session.settings.model_dump(), name: value})
        except ValidationError as error:
            first = error.errors()[0]
            self.notify("warning", "This value cannot be used", f"{name}: {value!r}: {first['msg']}")
            return
        if changed != self.session.settings:
            self.history.note(f"change {name.replace('_', ' ')}", SETTINGS, name)
            self.session.settings = changed

    def set_weight(self, term: str, value: float) -> None:
        """Move a term's slider. A run under way uses it at its next step; it is never restarted."""
        if not math.isfinite(value) or value < 0:
            text = f"{term}: a weight is a number of at least 0, not {value}"
            self.notify("warning", "This value cannot be used", text)
            return
        if not self._active(*UNDER_WAY):
            self.history.note(f"change the weight of {term}", ("weights",), term)
        self.session.weights = {**self.session.weights, term: value}
        if self._run_ticket is not None:
            self.engine.tune(self._run_ticket, term, value)

    def apply_preset(self, name: str) -> None:
        """Take weights and forms of a preset of the objective; whatever else is set stays."""
        preset = PRESETS[name]
        self._set_all(f"preset {preset.title}", preset.settings, {**self._default_weights, **preset.weights})

    def reset_settings(self) -> None:
        """Give every weight and setting its default; the encoder stays."""
        defaults = InversionSettings().model_dump(exclude={"encoder", "weights"})
        self._set_all("reset weights and settings", defaults, self._default_weights)

    def take_settings(self, name: str, settings: InversionSettings, sha256: str = "") -> None:
        """Take encoder, settings and weights from elsewhere, such as a figure.

        Args:
            name: of where they come from.
            sha256: of the photograph or vector it was made of, which is selected where it is here.
        """
        given = settings.model_dump(exclude={"encoder", "weights"})
        self._set_all(f"take the settings of {name}", given, {**self._default_weights, **settings.weights})
        self._take_encoder(settings.encoder)
        here = [key for key in (*self.session.faces, *self.session.vectors) if key.partition("/")[0] == sha256]
        if here:
            self.select_face(here[0])
        where = "its photograph is selected" if here else "open the photograph it was made of to make it again"
        self.notify("info", f"The settings are those of {name}", where)

    def _set_all(self, name: str, settings: Mapping[str, object], weights: Mapping[str, float]) -> None:
        self.history.note(name, (*SETTINGS, *(() if self._active(*UNDER_WAY) else ("weights",))))
        with self.history.deaf():
            for setting, value in settings.items():
                self.set_setting(setting, value)
            for term, weight in weights.items():
                self.set_weight(term, weight)

    # Taking back.

    def undo(self) -> None:
        """Take the last change back."""
        self._undoing.swap(back=True)

    def redo(self) -> None:
        """Bring back what was taken back last."""
        self._undoing.swap(back=False)

    def take_up(self, snapshot: Snapshot) -> None:
        """Put a session in the place of the one there is; what is under way is dropped, but for what is being saved and
        for folders, which belong to no session."""
        for ticket in list(self._tickets.values()):
            if not ticket.request.quiet and not isinstance(ticket.request, SaveSession | RunBatch):
                self.engine.cancel(ticket)
        self._start_once_embedded = None
        self._run_ticket = None
        self._runs = max((one.number for one in snapshot.runs.values()), default=0)
        self._undoing.take_up(snapshot)

    # The inversion.

    def start_inversion(self) -> None:
        """Invert the selected face's or vector's embedding; a run under way is dropped."""
        self._start(single_step=False)

    def pause(self) -> None:
        """Rest after the current step."""
        if self._active("starting", "running") and self._run_ticket is not None:
            self.engine.pause(self._run_ticket)
            self._set_status("paused")

    def resume(self) -> None:
        """Go on from a pause."""
        if self._active("paused") and self._run_ticket is not None:
            self.engine.resume(self._run_ticket)
            self._set_status("running" if self.session.run and self.session.run.steps else "starting")

    def step_once(self) -> None:
        """Take one step and rest. With nothing under way, start a run and rest after its first step."""
        if self._run_ticket is None:
            self._start(single_step=True)
        elif self._active("starting", "running", "paused"):
            self.engine.step(self._run_ticket)
            self._set_status("paused")

    def stop(self) -> None:
        """End the run after the current step and keep its best: native image, scores, record."""
        if self._run_ticket is not None and self._active("starting", "running", "paused"):
            self.engine.finish(self._run_ticket)
            self._set_status("finishing")

    def cancel_run(self) -> None:
        """Drop the run under way at its next step boundary. The steps already seen stay."""
        if self._run_ticket is not None:
            self.engine.cancel(self._run_ticket)

    def cancel(self, generation: int | None = None) -> None:
        """Drop the activity named, or everything under way. The steps already seen stay."""
        self._start_once_embedded = None
        for ticket in list(self._tickets.values()):
            if generation in (None, ticket.generation) and not ticket.request.quiet:
                self.engine.cancel(ticket)

    def show_step(self, index: int | None) -> None:
        """Show a step already made (its picture arrives in `RunState.shown_image`); None follows the newest."""
        run = self.session.run
        if run is None or (index is not None and not 0 <= index < len(run.steps)):
            return
        image = None if index is None else self._landing.pictures.get(index)
        self.session.run = replace(run, shown_index=index, shown_image=image)
        if index is not None and image is None:
            self.submit(RenderStep(run.key, index, run.latents[index], run.steps[index].resolution, run.settings))

    # Files.

    def export_figure(self, path: Path, with_source: bool = False) -> None:
        """Write the finished run's figure to a PNG, SVG or PDF file."""
        run = self.session.run
        if run is None or run.result is None or run.native is None:
            text = "a figure needs a finished run: start one, or stop the one under way"
            self.notify("warning", "There is nothing to export yet", text)
            return
        vector = run.target.vector if run.target_frame is None else None
        self.submit(ExportFigure(path, run.result, run.latents, run.native, run.target_frame, vector, with_source))

    def fetch_networks(self) -> None:
        """Download the default networks that are missing; what waited for them is then done."""
        self.submit(FetchNetworks())

    def check_networks(self) -> None:
        """Look, by size alone, whether all default networks are there; sets `session.networks_missing`."""
        known = catalogue.catalogue()
        missing = [id for id in known.group("default") if not catalogue.is_present(known.entry(id))]
        what = f"{len(missing)} networks are missing: {', '.join(missing)}. Fetch them to begin"
        self.session.networks_missing = what if missing else None

    # The rest.

    def notify(self, level: Level, title: str, text: str, details: str = "") -> None:
        """Add a notification."""
        self._landing.notify(level, title, text, details)

    def close(self) -> None:
        """Stop the engine."""
        self.engine.close()

    def submit(self, request: Request, values: Mapping[str, float] | None = None, single_step: bool = False) -> Ticket:
        """Hand a request to the engine and show it as an activity in place of an older one of its lane."""
        ticket = self.engine.submit(request, values, single_step=single_step)
        older = {t.generation for t in self._tickets.values() if t.lane == ticket.lane}
        self._tickets = {g: t for g, t in self._tickets.items() if g not in older}
        self._tickets[ticket.generation] = ticket
        shown = tuple(one for one in self.session.activities if one.generation not in older)
        new = () if request.quiet else (Activity(ticket.generation, request.title, "waiting"),)
        self.session.activities = (*shown, *new)
        return ticket

    def embedded(self, key: str) -> None:
        """A face's embeddings have landed: compare, and start what waited for them."""
        self.compare()
        if self._start_once_embedded is not None and self._start_once_embedded[0] == key:
            single_step = self._start_once_embedded[1]
            self._start_once_embedded = None
            self._start(single_step)

    def run_ended(self) -> None:
        """The run holds the device no more."""
        self._run_ticket = None

    def _open(self, sources: tuple[Source, ...]) -> None:
        self._batches += 1
        self.submit(OpenPhotographs(sources, self._batches))

    def _start(self, single_step: bool) -> None:
        session = self.session
        key = session.selected
        if key is None:
            self.notify("info", "Nothing to invert yet", "open a photograph or a vector, and select a face")
            return
        if key in session.faces and key not in session.embeddings:
            self._start_once_embedded = (key, single_step)
            if not self.embedding(key):
                self.embed(key)
            return
        try:
            target = target_of(session, key)
        except UserError as error:
            self.notify("warning", "This cannot be inverted", str(error))
            return
        settings = session.settings.model_copy(update={"weights": dict(session.weights)})
        self.begin(target, settings, single_step=single_step)

    def begin(
        self,
        target: Target,
        settings: InversionSettings,
        branch: BranchingPoint | None = None,
        single_step: bool = False,
    ) -> None:
        """Begin a run; one under way is dropped, and stays in the list as far as it came."""
        run = self.session.run
        if run is not None and run.active:
            self._landing.end_run(replace(run, status="stopped", remaining=None))
        self._runs += 1
        # A name that no other session has, so that nothing made for a run of one lands on a run of another.
        name = f"run-{secrets.token_hex(6)}"
        status: RunStatus = "paused" if single_step else "starting"
        self.history.note("invert" if branch is None else "go on from a step", RUNS, target.key)
        record = None if branch is None else branch.record
        new = RunState(name, target, target.frame, settings, status, number=self._runs, branch=record)
        self._landing.begin_run(new)
        self._run_ticket = self.submit(Invert(name, target, settings, branch), self.session.weights, single_step)
        self.history.refresh()

    def look_at(self, run: RunState | None) -> None:
        """Bring a run into view."""
        self._landing.look_at(run)

    def embedding(self, key: str) -> list[Ticket]:
        """The requests under way that embed a face."""
        pending = self._tickets.values()
        return [one for one in pending if isinstance(one.request, EmbedFace) and one.request.face_key == key]

    def _active(self, *status: str) -> bool:
        return self.session.run is not None and self.session.run.status in status

    def _set_status(self, status: RunStatus) -> None:
        if self.session.run is not None:
            self.session.run = replace(self.session.run, status=status)
