"""The user's intentions as methods. The window (or a test) calls these and `handle`, all on one thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.science.faces.face import FaceError
from explorer.studio import catalogue
from explorer.studio.app.undo import UndoBench
from explorer.studio.batch.controller import BatchBench
from explorer.studio.batch.requests import RunBatch
from explorer.studio.composer.controller import ComposeBench
from explorer.studio.downloads.requests import FetchNetworks
from explorer.studio.engine.protocol import EngineProtocol
from explorer.studio.engine.reports import Event
from explorer.studio.engine.requests import Request, Ticket
from explorer.studio.faces.requests import CompareAll, EmbedFace, ForgetFace, OpenPhotographs, OpenVector, Source
from explorer.studio.faces.state import face_key
from explorer.studio.faces.vectors import is_vector_file
from explorer.studio.gallery.controller import GalleryBench
from explorer.studio.geometry.controller import ViewBench
from explorer.studio.inversion.controller import InversionBench
from explorer.studio.inversion.report_handler import Landing
from explorer.studio.inversion.requests import ExportFigure
from explorer.studio.inversion.runs_controller import RunsBench
from explorer.studio.inversion.settings_controller import SettingsBench
from explorer.studio.inversion.state import RunState, runs_without
from explorer.studio.leakage.controller import ProbeBench
from explorer.studio.session.controller import SessionBench
from explorer.studio.session.history import FACES, History
from explorer.studio.session.requests import SaveSession
from explorer.studio.session.snapshot import Snapshot
from explorer.studio.session.state import Activity, Level, Session
from explorer.studio.variation.controller import VariationBench


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
        self.history = History(session)
        self._landing = Landing(session, self)
        self.settings = SettingsBench(session, self, weights or {})
        self.inversion = InversionBench(session, self, self._landing)
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

    def handle(self, event: Event) -> None:
        """Apply an engine event to the session, unless it is stale."""
        if not self.engine.admits(event):
            return
        if event.report.final:
            self._tickets.pop(event.ticket.generation, None)
            self.inversion.ended(event)
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
            self.settings.follow_encoder(self.session.vectors[key].encoder)

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
        self.inversion.forget(key)
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
        self.inversion.take_up(snapshot)
        self._undoing.take_up(snapshot)

    def cancel(self, generation: int | None = None) -> None:
        """Drop the activity named, or everything under way. The steps already seen stay."""
        self.inversion.wait_no_more()
        for ticket in list(self._tickets.values()):
            if generation in (None, ticket.generation) and not ticket.request.quiet:
                self.engine.cancel(ticket)

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
        self.inversion.embedded(key)

    def _open(self, sources: tuple[Source, ...]) -> None:
        self._batches += 1
        self.submit(OpenPhotographs(sources, self._batches))

    def look_at(self, run: RunState | None) -> None:
        """Bring a run into view."""
        self._landing.look_at(run)

    def embedding(self, key: str) -> list[Ticket]:
        """The requests under way that embed a face."""
        pending = self._tickets.values()
        return [one for one in pending if isinstance(one.request, EmbedFace) and one.request.face_key == key]
