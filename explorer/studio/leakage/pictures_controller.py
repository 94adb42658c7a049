"""What the labellers see, kept up to date with what is selected and with the run in view, while somebody looks.

A run under way is read every few steps, one picture at a time: its steps go on between, and are not held up for long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.studio.arrays import Image
from explorer.studio.engine.reports import Event, Finished
from explorer.studio.faces.state import ENCODER, FACES, PHOTOGRAPHS, SELECTED, VECTORS, origin_of
from explorer.studio.inversion.state import RUN, RunState
from explorer.studio.inversion.values import RunTarget
from explorer.studio.leakage.readings import Reading
from explorer.studio.leakage.reconstructions import PhotographRead, PictureRead, Reconstruction, ThreeReadings
from explorer.studio.leakage.requests import ExportThreeWays, ReadPhotograph, ReadPicture
from explorer.studio.leakage.state import PICTURES, PROBING
from explorer.studio.session.services import AppServices, Controller

EVERY = 20
"""Of so many steps of a run under way one is read."""


class PicturesController(Controller):
    """Asks for readings of pictures, and puts the answers into the session."""

    def __init__(self, app: AppServices) -> None:
        super().__init__(app)
        session = app.session
        self._asked_photograph: ReadPhotograph | None = None
        self._asked: ReadPicture | None = None
        for field in (SELECTED, ENCODER, FACES, VECTORS, RUN, PROBING):
            session.changed(field).connect(self._changed)

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """What is done with the results of this controller's requests."""
        return {PhotographRead: self._photograph_read, PictureRead: self._picture_read}

    def on_final(self, event: Event) -> None:
        """Take note of a final event: what failed or was cancelled is not under way any more."""
        if event.ticket.request is self._asked and not isinstance(event.report, Finished):
            self._set(reading=False)

    def after_loading(self) -> None:
        """Read what a session holds that was opened, as it holds no readings."""
        self._asked_photograph = self._asked = None

    def export(self, path: Path, made: Reconstruction, target: RunTarget, with_source: bool = False) -> None:
        """Write what is read three ways as a table or a figure.

        Args:
            made: of finished runs. target: what they inverted.
        """
        reading = self._read_of(target)
        if reading is None or not made.runs:
            text = "finish a run of the selected embedding as it is shown, and have it read"
            self._app.notify("info", "There is nothing to export yet", text)
            return
        from explorer.studio.leakage.reconstructing import Subject  # brings torch

        face, seen = self._session[FACES].get(target.key), self._session[PICTURES].photograph
        photograph = None if face is None else self._session[PHOTOGRAPHS][face.photograph_key].photograph
        own = None if face is None else face.face
        origin = origin_of(self._session, target.key)
        subject = Subject(target.record, target.vector, photograph, own, target.frame, origin)
        three = ThreeReadings(reading, made, () if seen is None else seen.readouts)
        self._app.submit(ExportThreeWays(path, three, subject, target.key, with_source))

    def _read_of(self, target: RunTarget) -> Reading | None:
        """What the probes say of what was inverted: the embedding as it is or, where that was altered so, altered."""
        read, record = self._session[PROBING].face, target.record
        if read is None or read.key != target.key or read.encoder != record.encoder or record.picture_edit is not None:
            return None
        if record.vector_edit is None:
            return read.before
        same = record.vector_edit == read.edits.vector and not read.edits.picture.changes
        return read.now if same else None

    # Keeping the readings up to date.

    def _changed(self, *_: object) -> None:
        self._forget_gone()
        if self._session[PROBING].watched:
            self._read_photograph()
            self._read_picture()

    def _forget_gone(self) -> None:
        """Nothing is shown that does not fit what is selected."""
        seen, key = self._session[PICTURES], self._session[SELECTED]
        if seen.photograph is not None and seen.photograph.key != key:
            self._set(photograph=None)
        if self._asked_photograph is not None and self._asked_photograph.key != key:
            self._asked_photograph = None
        run = self._readable()
        if run is None or (seen.made is not None and seen.made.run_key != run.key):
            self._set(made=None)
        if run is None or (self._asked is not None and self._asked.run_key != run.key):
            self._asked = None
            self._set(reading=False)

    def _read_photograph(self) -> None:
        session, key = self._session, self._session[SELECTED] or ""
        face = session[FACES].get(key)
        if face is None or self._asked_photograph is not None:
            return
        photograph = session[PHOTOGRAPHS][face.photograph_key].photograph
        self._asked_photograph = ReadPhotograph(key, photograph, face.face)
        self._app.submit(self._asked_photograph)

    def _readable(self) -> RunState | None:
        """The run in view where its vector is the one that is read, and nothing but the vector led it."""
        session, run = self._session, self._session[RUN]
        if run is None or run.target.key != session[SELECTED] or run.shows_photograph:
            return None
        bare = session[VECTORS].get(run.target.key)
        encoder = session[ENCODER] if bare is None else bare.encoder
        return run if run.settings.encoder == encoder else None

    def _read_picture(self) -> None:
        run, asked = self._readable(), self._asked
        if run is None:
            return
        picture, image = _picture(run)
        if image is None or (asked is not None and asked.picture == picture):
            return
        if self._session[PICTURES].reading and run.active:
            return  # the newest would replace the one under way, again and again
        if run.active and run.status != "paused" and asked is not None and not self._due(run, asked):
            return
        read = self._session[PROBING].face
        own = None if read is None or read.key != run.target.key else read.before
        landmarks, histogram = (None, None) if own is None else (own.landmarks, own.histogram)
        self._asked = ReadPicture(run.key, picture, run.settings.encoder, image, landmarks, histogram)
        self._set(reading=True)
        self._app.submit(self._asked)

    @staticmethod
    def _due(run: RunState, asked: ReadPicture) -> bool:
        number = asked.picture.removeprefix("step ")
        return not number.isdigit() or run.best_index is None or run.best_index - int(number) >= EVERY

    def _photograph_read(self, read: PhotographRead) -> None:
        if self._asked_photograph is not None and read.key == self._asked_photograph.key:
            self._set(photograph=read)

    def _picture_read(self, read: PictureRead) -> None:
        asked = self._asked
        if asked is not None and (read.run_key, read.picture) == (asked.run_key, asked.picture):
            self._set(made=read, reading=False)
            self._changed()  # there may be a newer picture by now

    def _set(self, **fields: Any) -> None:
        seen = self._session[PICTURES]
        if any(getattr(seen, name) is not value for name, value in fields.items()):
            self._session[PICTURES] = replace(seen, **fields)


def _picture(run: RunState) -> tuple[str, Image | None]:
    """The picture of a run that is worth reading: its result, or the best so far."""
    if run.native is not None:
        return "result", run.native
    return f"step {run.best_index}", run.best_image
