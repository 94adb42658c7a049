"""The probe panel's part of the workbench: edits of what is read, and readings kept up to date with what is selected.

It reads while somebody looks, or while an inversion is to start from what is altered; otherwise nothing is loaded for
it. Every reading is a request to the engine, whose lanes let the newest win.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from explorer.science.leakage.edits import Patch, PictureEdit, VectorEdit
from explorer.science.leakage.readout import Origin
from explorer.studio.arrays import Image, Vector
from explorer.studio.engine.reports import Event, Finished
from explorer.studio.errors import UserError
from explorer.studio.faces.state import (
    ALTERED,
    EDITS,
    EMBEDDINGS,
    ENCODER,
    FACES,
    ORIGINS,
    PHOTOGRAPHS,
    SELECTED,
    VECTORS,
    edits_of,
    origin_in_file,
    origin_of,
)
from explorer.studio.faces.values import Altered, Edits
from explorer.studio.inversion.state import AS_TARGET, RUN, RunState
from explorer.studio.leakage.reading_of import readings_of
from explorer.studio.leakage.readings import FaceRead, ResultRead
from explorer.studio.leakage.requests import ExportReadings, ReadFace, ReadingsExported, ReadResult
from explorer.studio.leakage.state import PROBING
from explorer.studio.session.services import AppServices, Controller


class ProbeController(Controller):
    """Applies the probe panel's commands to the session, and the engine's readings to it."""

    def __init__(self, app: AppServices) -> None:
        super().__init__(app)
        session = app.session
        self._asked: ReadFace | None = None
        self._asked_result: ReadResult | None = None
        for field in (SELECTED, ENCODER, EMBEDDINGS, FACES, VECTORS, RUN, ORIGINS):
            session.changed(field).connect(self._changed)

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """What is done with the results of this panel's requests."""
        return {
            FaceRead: self._face_read,
            ResultRead: self._result_read,
            ReadingsExported: self._exported,
        }

    def on_final(self, event: Event) -> None:
        """Take note of a final event: what failed or was cancelled is not under way any more."""
        request = event.ticket.request
        if not isinstance(event.report, Finished):
            if request is self._asked:
                self._set(reading=False)
            elif request is self._asked_result:
                self._set(reading_result=False)

    # Commands.

    def watch(self, on: bool) -> None:
        """Say whether anybody looks."""
        self._set(watched=on)
        self._changed()

    def retry(self) -> None:
        """Read again, as after probes were made."""
        self._asked = self._asked_result = None
        self._changed()

    def use_probes(self, file: Path) -> None:
        """Have embeddings of an encoder read by the probes of a file from now on, in place of those that ship."""
        # Probes load torch, which the window's first paint does without.
        from explorer.studio.catalogue.probes import fitted_on, load_probes, use_probes

        try:
            encoder = use_probes(file)
            fitted = fitted_on(load_probes(encoder))
        except UserError as error:
            self._app.notify("warning", "This file cannot be used as probes", str(error))
            return
        self._app.notify("info", f"Embeddings of {encoder} are read by other probes from now on", fitted)
        self.retry()

    def use_shipped_probes(self, encoder: str) -> None:
        """Have embeddings of an encoder read by the probes that ship again; the others are removed."""
        from explorer.studio.catalogue.probes import use_shipped_probes

        try:
            removed = use_shipped_probes(encoder)
        except UserError as error:
            self._app.notify("warning", "The other probes stay", str(error))
            return
        if removed:
            self._app.notify("info", f"Embeddings of {encoder} are read by the shipped probes again", "")
            self.retry()

    def edit_picture(self, name: str, value: object) -> None:
        """Change a field of the edit of the selected face's photograph."""
        self._edit(lambda edits: replace(edits, picture=_changed(edits.picture, name, value)))

    def edit_vector(self, name: str, value: object) -> None:
        """Change a field of the edit of the selected embedding."""
        self._edit(lambda edits: replace(edits, vector=_changed(edits.vector, name, value)))

    def hide(self, patch: Patch) -> None:
        """Paint one more part of the selected face over."""
        hidden = (*edits_of(self._session[EDITS], self._session[SELECTED]).picture.hidden, patch)
        self.edit_picture("hidden", hidden)

    def show_last(self) -> None:
        """Show again the part that was painted over last."""
        hidden = edits_of(self._session[EDITS], self._session[SELECTED]).picture.hidden
        self.edit_picture("hidden", hidden[:-1])

    def reset_picture(self) -> None:
        """Undo all edits of the selected face's photograph."""
        self._edit(lambda edits: replace(edits, picture=PictureEdit()))

    def reset_vector(self) -> None:
        """Undo all edits of the selected embedding."""
        self._edit(lambda edits: replace(edits, vector=VectorEdit()))

    def read_as(self, origin: Origin) -> None:
        """Say what the selected embedding is of, whatever its file says: its answers are calibrated on such."""
        session, key = self._session, self._session[SELECTED]
        if key is None or origin == origin_of(session, key):
            return
        said = {name: one for name, one in session[ORIGINS].items() if name != key}
        session[ORIGINS] = said if origin == origin_in_file(session, key) else {**said, key: origin}

    def use_as_target(self, on: bool) -> None:
        """Let the next inversion work towards the altered embedding, or towards the one as it is."""
        self._session[AS_TARGET] = on
        self._changed()

    def export(self, path: Path, with_source: bool = False) -> None:
        """Write what is read as a CSV table or as a PNG, SVG or PDF figure."""
        probing = self._session[PROBING]
        read = probing.face
        if read is None or not read.now.readouts:
            self._app.notify("info", "There is nothing to export yet", "select a face whose embedding can be read")
            return
        result = None if probing.result is None else probing.result.reading
        self._app.submit(ExportReadings(path, readings_of(self._session), read, result, with_source))

    # Keeping the readings up to date.

    def _changed(self, *_: object) -> None:
        self._forget_gone()
        probing = self._session[PROBING]
        if probing.watched or self._session[AS_TARGET]:
            self._read_face()
        if probing.watched:
            self._read_result()

    def _forget_gone(self) -> None:
        """Nothing of a face that was removed stays, and nothing is shown that does not fit what is selected."""
        session, probing = self._session, self._session[PROBING]
        known = {*session[FACES], *session[VECTORS]}
        edits = session[EDITS]
        if not known.issuperset(edits):
            session[EDITS] = {key: edit for key, edit in edits.items() if key in known}
        if not known.issuperset(session[ORIGINS]):
            session[ORIGINS] = {key: origin for key, origin in session[ORIGINS].items() if key in known}
        if probing.face is not None and probing.face.key != session[SELECTED]:
            self._set(face=None)
        altered = session[ALTERED]
        if altered is not None and altered.key != session[SELECTED]:
            session[ALTERED] = None
        run = session[RUN]
        fits = run is not None and run.target.key == session[SELECTED]
        if probing.result is not None and not (fits and run is not None and probing.result.run_key == run.key):
            self._set(result=None)
        if session[SELECTED] is None:
            self._asked = None
            self._set(reading=False)
        if not fits:
            self._asked_result = None
            self._set(reading_result=False)

    def _read_face(self) -> None:
        request = self._face_request()
        if request is None:
            return
        asked, known = self._asked, self._session[PROBING].face
        if asked is not None and _same(asked, request):
            return
        if known is not None and asked is not None and not known.missing and _same_source(asked, request):
            request = replace(request, before=known.before)
        self._asked = request
        self._set(reading=True)
        self._app.submit(request)

    def _face_request(self) -> ReadFace | None:
        session, key = self._session, self._session[SELECTED] or ""
        edits, origin = edits_of(session[EDITS], key), origin_of(session, key)
        bare = session[VECTORS].get(key)
        if bare is not None:
            return ReadFace(key, bare.encoder, bare.vector, edits, origin=origin)
        face = session[FACES].get(key)
        vector = session[EMBEDDINGS].get(key, {}).get(session[ENCODER])
        if face is None or vector is None or face.frame is None:
            return None
        photograph = session[PHOTOGRAPHS][face.photograph_key].photograph
        whose = photograph, face.face, face.frame
        return ReadFace(key, session[ENCODER], vector, edits, *whose, origin=origin)

    def _read_result(self) -> None:
        session, run = self._session, self._session[RUN]
        if run is None or run.target.key != session[SELECTED]:
            return
        picture, image = _picture(run)
        if image is None:
            return
        encoder = session[VECTORS][run.target.key].encoder if run.target.key in session[VECTORS] else session[ENCODER]
        asked = self._asked_result
        if asked is not None and (asked.run_key, asked.picture, asked.encoder) == (run.key, picture, encoder):
            return
        attacked = run.settings.encoder
        target: Vector | None = run.target.vector if encoder == attacked else run.target.held_out.get(encoder)
        self._asked_result = ReadResult(run.key, picture, encoder, image, attacked, target)
        self._set(reading_result=True)
        self._app.submit(self._asked_result)

    def _face_read(self, read: FaceRead) -> None:
        asked = self._asked
        if asked is not None and _answers(read, asked):
            self._set(face=read, reading=False)
            now = read.now
            self._session[ALTERED] = Altered(read.key, read.encoder, read.edits, now.vector, now.frame)

    def _result_read(self, read: ResultRead) -> None:
        asked = self._asked_result
        if asked is not None and (read.run_key, read.picture, read.encoder) == (
            asked.run_key,
            asked.picture,
            asked.encoder,
        ):
            self._set(result=read, reading_result=False)

    def _exported(self, exported: ReadingsExported) -> None:
        names = ", ".join(str(path) for path in exported.paths)
        self._app.notify("info", "The readouts are written", names, path=exported.paths[0])

    def _edit(self, change: Callable[[Edits], Edits]) -> None:
        key, edits = self._session[SELECTED], self._session[EDITS]
        if key is None:
            return
        try:
            changed = change(edits_of(edits, key))
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(map(str, first["loc"]))
            self._app.notify("warning", "This value cannot be used", f"{name}: {first['input']!r}: {first['msg']}")
            return
        self._session[EDITS] = {**edits, key: changed}
        self._changed()

    def _set(self, **fields: Any) -> None:
        probing = self._session[PROBING]
        if any(getattr(probing, name) is not value for name, value in fields.items()):
            self._session[PROBING] = replace(probing, **fields)


def _changed(edit: Any, name: str, value: object) -> Any:
    return type(edit).model_validate({**edit.model_dump(), name: value})


def _picture(run: RunState) -> tuple[str, Image | None]:
    """The picture of a run that is worth reading: the result, or the best so far while the run rests."""
    if run.native is not None:
        return "result", run.native
    if run.status in ("paused", "stopped", "failed"):
        return f"step {run.best_index}", run.best_image
    return "", None


def _answers(read: FaceRead, asked: ReadFace) -> bool:
    """Whether a reading is what was asked for last."""
    said = read.key, read.encoder, read.edits, read.origin
    return said == (asked.key, asked.encoder, asked.edits, asked.origin)


def _same(one: ReadFace, other: ReadFace) -> bool:
    """Whether two requests would give the same answer."""
    return one.edits == other.edits and _same_source(one, other)


def _same_source(one: ReadFace, other: ReadFace) -> bool:
    """Whether two requests are of the same embedding, altered or not, and calibrated alike."""
    same = (one.key, one.encoder, one.origin) == (other.key, other.encoder, other.origin)
    return same and one.vector is other.vector and one.frame is other.frame
