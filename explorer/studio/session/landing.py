"""Where the engine's news lands: each report's effect on the session. Runs on the consumer's thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from typing import Any, Protocol

from explorer.science.faces.face import Face
from explorer.studio.engine.jobs import (
    EmbedFace,
    Exported,
    FaceEmbedded,
    FetchNetworks,
    Finishing,
    Invert,
    Inverted,
    OpenPhotographs,
    PhotographOpened,
    PhotographRefused,
    SimilarityTables,
    StartLeads,
    StepRendered,
    StepTaken,
    TargetsFound,
    VectorOpened,
)
from explorer.studio.engine.reports import (
    Cancelled,
    EncodersMissing,
    Event,
    Failure,
    Finished,
    Progress,
    Report,
    Started,
)
from explorer.studio.engine.requests import Request, Ticket
from explorer.studio.session.history import FACES, History
from explorer.studio.session.pictures import Pictures
from explorer.studio.session.run_progress import with_leader, with_picture, with_result, with_step
from explorer.studio.session.snapshot import all_runs
from explorer.studio.session.state import (
    Activity,
    Level,
    LoadedFace,
    LoadedPhotograph,
    LoadedVector,
    Notification,
    RunState,
    Session,
)
from explorer.studio.session.targets import face_key

_KEPT_NOTIFICATIONS = 200


class FollowUp(Protocol):
    """What news may set going; the workbench does it."""

    def submit(self, request: Request) -> Ticket:
        """Hand a request to the engine."""
        ...

    def embed(self, key: str) -> None:
        """Embed a face."""
        ...

    def embedded(self, key: str) -> None:
        """A face has its embeddings now."""
        ...

    def compare(self) -> None:
        """Bring the similarity tables up to date."""
        ...

    @property
    def history(self) -> History:
        """What can be taken back."""
        ...

    def select_face(self, key: str | None) -> None:
        """Select a face or vector."""
        ...


class Landing:
    """Applies reports to the session; keeps the pictures of the current run's steps."""

    def __init__(self, session: Session, follow_up: FollowUp) -> None:
        self._session = session
        self._then = follow_up
        self._numbers = count(1)
        self._waiting_for_networks: list[Request] = []
        self._said_missing = ""
        self.pictures = Pictures()
        self._reports: dict[type[Report], Callable[[Ticket, Any], None]] = {
            Started: self._started,
            Progress: self._progress,
            EncodersMissing: self._encoders_missing,
            Finishing: self._finishing,
            PhotographOpened: self._photograph_opened,
            PhotographRefused: self._photograph_refused,
            TargetsFound: self._targets_found,
            StartLeads: self._start_leads,
            StepTaken: self._step_taken,
            Finished: self._finished,
            Cancelled: self._cancelled,
            Failure: self._failed,
        }
        self._results: dict[type, Callable[[Any], None]] = {
            VectorOpened: self._vector_opened,
            FaceEmbedded: self._face_embedded,
            SimilarityTables: self._compared,
            Inverted: self._inverted,
            StepRendered: self._step_rendered,
            Exported: self._exported,
        }

    def land(self, event: Event) -> None:
        """Apply one event."""
        if event.report.final:
            shown = self._session.activities
            self._session.activities = tuple(one for one in shown if one.generation != event.ticket.generation)
        self._reports[type(event.report)](event.ticket, event.report)

    def also(self, results: Mapping[type, Callable[[Any], None]]) -> None:
        """Hand results of these types on."""
        self._results.update(results)

    def notify(self, level: Level, title: str, text: str, details: str = "") -> None:
        """Add a notification; the oldest go when there are many."""
        new = Notification(next(self._numbers), level, title, text, details)
        self._session.notifications = (*self._session.notifications, new)[-_KEPT_NOTIFICATIONS:]

    def begin_run(self, run: RunState) -> None:
        """Put a new run in the place of the last, which stays in the list."""
        self._session.runs = {**all_runs(self._session), run.key: run}
        self.look_at(run)

    def look_at(self, run: RunState | None) -> None:
        """Bring a run into view; the one before stays in the list as it stands, unless it was taken out of that."""
        before = self._session.run
        if before is not None and before.key in self._session.runs:
            self._session.runs = all_runs(self._session)
        self.pictures = Pictures()
        self._session.run = run

    def end_run(self, run: RunState) -> None:
        """Keep a run as it ended."""
        self._session.run = run
        self._session.runs = all_runs(self._session)
        self._then.history.refresh()

    # Faces.

    def put_face(self, key: str, photograph_key: str, face: Face) -> None:
        """Add a face placed by hand, or move its points, and embed it; what came from the older points goes."""
        session = self._session
        photograph = session.photographs[photograph_key]
        known = session.faces.get(key)
        name = _face_name(photograph, key) if known is None else known.name
        thumbnail = photograph.overview if known is None else known.thumbnail
        session.faces = {**session.faces, key: LoadedFace(key, name, photograph_key, face, thumbnail)}
        self._drop_embedding(key)
        self._then.embed(key)

    def remove_face(self, key: str) -> bool:
        """Remove a face and what was made from it; whether its photograph went with it, as its last."""
        session = self._session
        removed = session.faces[key]
        self._wait_no_more(key)
        session.faces = {k: face for k, face in session.faces.items() if k != key}
        self._drop_embedding(key)
        last = all(face.photograph_key != removed.photograph_key for face in session.faces.values())
        if last:
            kept = {k: p for k, p in session.photographs.items() if k != removed.photograph_key}
            session.photographs = kept
        self._reselect(key)
        return last

    def remove_vector(self, key: str) -> None:
        """Remove a bare vector, if there is one of that key."""
        session = self._session
        session.vectors = {k: vector for k, vector in session.vectors.items() if k != key}
        self._reselect(key)

    def _reselect(self, gone: str) -> None:
        if self._session.selected == gone:
            left = (*self._session.faces, *self._session.vectors)
            self._then.select_face(left[0] if left else None)

    def _drop_embedding(self, key: str) -> None:
        session = self._session
        session.embeddings = {k: vectors for k, vectors in session.embeddings.items() if k != key}
        session.similarity = {}

    def _photograph_opened(self, ticket: Ticket, opened: PhotographOpened) -> None:
        session, photograph = self._session, opened.photograph
        key = photograph.sha256
        if key not in session.photographs:
            self._then.history.note(f"open {photograph.name}", FACES)
            loaded = LoadedPhotograph(key, photograph, opened.overview)
            session.photographs = {**session.photographs, key: loaded}
            for face, thumbnail in zip(opened.faces, opened.thumbnails, strict=True):
                name = face_key(key, session.faces)
                shown = LoadedFace(name, _face_name(loaded, name), key, face, thumbnail)
                session.faces = {**session.faces, name: shown}
                self._then.embed(name)
        mine = [face.key for face in session.faces.values() if face.photograph_key == key]
        if mine:
            self._then.select_face(mine[0])
        else:
            self.notify("warning", "No face to use", opened.remark)

    def _photograph_refused(self, ticket: Ticket, refused: PhotographRefused) -> None:
        self.notify("warning", f"{refused.name} was not opened", refused.message)

    def _vector_opened(self, opened: VectorOpened) -> None:
        key = f"{opened.sha256}/{opened.encoder}"
        self._then.history.note(f"open {opened.name}", ("vectors",))
        loaded = LoadedVector(key, opened.name, opened.sha256, opened.encoder, opened.vector)
        self._session.vectors = {**self._session.vectors, key: loaded}
        self._then.select_face(key)
        self._then.compare()

    def _face_embedded(self, result: FaceEmbedded) -> None:
        session = self._session
        face = session.faces.get(result.face_key)
        if face is None:
            return
        shown = replace(face, frame=result.frame, thumbnail=result.thumbnail)
        session.faces = {**session.faces, face.key: shown}
        session.embeddings = {**session.embeddings, face.key: result.vectors}
        self._then.embedded(face.key)

    def _compared(self, tables: SimilarityTables) -> None:
        self._session.similarity = tables.by_encoder

    # The run.

    def _targets_found(self, ticket: Ticket, found: TargetsFound) -> None:
        run = self._session.run
        if run is not None and run.key == found.run_key:
            self._session.run = replace(run, target_overlay=found.overlay)

    def _start_leads(self, ticket: Ticket, leads: StartLeads) -> None:
        run = self._session.run
        if run is not None and run.key == leads.run_key:
            self._session.run = with_leader(run, leads)

    def _step_taken(self, ticket: Ticket, taken: StepTaken) -> None:
        run = self._session.run
        if run is not None and run.key == taken.run_key:
            if taken.image is not None:
                self.pictures.put(taken.record.index, taken.image)
            self._session.run = with_step(run, taken)

    def _finishing(self, ticket: Ticket, finishing: Finishing) -> None:
        self._progress(ticket, finishing)
        run = self._session.run
        if run is not None and run.status != "finishing":
            self._session.run = replace(run, status="finishing", remaining=None)

    def _inverted(self, inverted: Inverted) -> None:
        run = self._session.run
        if run is not None and run.key == inverted.run_key:
            self.end_run(with_result(run, inverted))

    def _step_rendered(self, rendered: StepRendered) -> None:
        run = self._session.run
        if run is not None and run.key == rendered.run_key:
            self.pictures.put(rendered.index, rendered.image)
            self._session.run = with_picture(run, rendered)

    def _end_run(self, ticket: Ticket, failed: bool) -> None:
        if not isinstance(ticket.request, Invert):
            return
        run = self._session.run
        if run is not None and run.key == ticket.request.run_key:
            self.end_run(replace(run, status="failed" if failed else "stopped", remaining=None))

    # Every request.

    def _started(self, ticket: Ticket, started: Started) -> None:
        self._progress(ticket, Progress(ticket.request.title))

    def _progress(self, ticket: Ticket, progress: Progress) -> None:
        self._session.activities = tuple(
            _moved(one, progress) if one.generation == ticket.generation else one for one in self._session.activities
        )

    def _encoders_missing(self, ticket: Ticket, missing: EncodersMissing) -> None:
        self._session.networks_missing = missing.message
        if missing.message != self._said_missing:
            self._said_missing = missing.message
            self.notify("warning", "Not every encoder is here", missing.message)
        if isinstance(ticket.request, EmbedFace):
            self._wait(ticket.request)

    def _wait(self, request: OpenPhotographs | EmbedFace) -> None:
        """Do this again once the networks are there; of one face, only what was asked last."""
        if isinstance(request, EmbedFace):
            self._wait_no_more(request.face_key)
        self._waiting_for_networks.append(request)

    def _wait_no_more(self, key: str) -> None:
        """A face that is gone is not embedded when networks come, and its photograph is not held for that."""
        kept = (one for one in self._waiting_for_networks if not isinstance(one, EmbedFace) or one.face_key != key)
        self._waiting_for_networks = list(kept)

    def _finished(self, ticket: Ticket, finished: Finished) -> None:
        if finished.result is not None:
            self._results[type(finished.result)](finished.result)
        if isinstance(ticket.request, FetchNetworks):
            self._session.networks_missing = None
            self.notify("info", "The networks are there", "everything needed is installed and verified")
            waiting, self._waiting_for_networks = self._waiting_for_networks, []
            for request in waiting:
                self._then.submit(request)

    def _cancelled(self, ticket: Ticket, cancelled: Cancelled) -> None:
        self._end_run(ticket, failed=False)

    def _failed(self, ticket: Ticket, failure: Failure) -> None:
        self._end_run(ticket, failed=True)
        if failure.kind == "network" and not isinstance(ticket.request, FetchNetworks):
            self._session.networks_missing = failure.message
            if isinstance(ticket.request, OpenPhotographs | EmbedFace):
                self._wait(ticket.request)
        level: Level = "error" if failure.kind in ("memory", "disk", "unexpected") else "warning"
        self.notify(level, failure.title, failure.message, failure.details)

    def _exported(self, exported: Exported) -> None:
        names = ", ".join(str(path) for path in exported.paths)
        self.notify("info", "The figure is written", names)


def _moved(activity: Activity, progress: Progress) -> Activity:
    return replace(
        activity,
        message=progress.message,
        done=progress.done,
        total=progress.total,
        unit=progress.unit,
    )


def _face_name(photograph: LoadedPhotograph, key: str) -> str:
    """The photograph's name, and the face's number where it is not the first."""
    number = int(key.rpartition("/")[2])
    return photograph.photograph.name if number == 0 else f"{photograph.photograph.name}, face {number + 1}"
