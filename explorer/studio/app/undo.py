"""Undo, redo, and a whole session in place of another: bringing values back, and what follows from that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from explorer.studio.arrays import Vector
from explorer.studio.faces.controller import FacesController
from explorer.studio.faces.state import (
    EMBEDDINGS,
    FACES,
    PHOTOGRAPHS,
    SELECTED,
    SIMILARITY,
    VECTORS,
    Embeddings,
    Faces,
    LoadedFace,
)
from explorer.studio.inversion.controller import InversionController
from explorer.studio.inversion.state import RUN
from explorer.studio.session.services import AppServices
from explorer.studio.session.slices import Slice
from explorer.studio.session.snapshot import Snapshot, load
from explorer.studio.session.state import Session


@dataclass(frozen=True, eq=False)
class Derived:
    """What follows from a face's points."""

    face: LoadedFace
    embeddings: Mapping[str, Vector]


class Undo:
    """Takes changes back and brings them again."""

    def __init__(self, app: AppServices) -> None:
        self._app, self._session, self._history = app, app.session, app.history

    def swap(self, *, back: bool) -> None:
        """Take the last change back, or bring back what was taken back last."""
        known = list(self._derived())
        values = self._history.swap(back=back)
        if values is None:
            return
        before, shown = self._session[FACES], self._session[RUN]
        with self._history.suspended():
            put_back(self._session, values, known)
        if self._session[RUN] is not shown:
            self._app.controller(InversionController).look_at(self._session[RUN])
        if FACES in values or VECTORS in values:
            self._catch_up(before)
        self._history.refresh()

    def load(self, snapshot: Snapshot) -> None:
        """Put a session in the place of the one there is; nothing of it can be taken back."""
        before = self._session[FACES]
        with self._history.suspended():
            load(self._session, snapshot)
        self._history.clear()
        self._catch_up(before)

    def _derived(self) -> Iterator[Derived]:
        """What is known of faces as they were at any time, the present first."""
        present: Mapping[Slice[Any], Any] = {slice_: self._session[slice_] for slice_ in (FACES, EMBEDDINGS)}
        for side in (present, *self._history.sides()):
            embeddings = side.get(EMBEDDINGS, {})
            for key, face in side.get(FACES, {}).items():
                if face.frame is not None and key in embeddings:
                    yield Derived(face, embeddings[key])

    def _catch_up(self, before: Faces) -> None:
        """Have made what the faces that came now lack, and drop what is being made of older points."""
        session, faces = self._session, self._app.controller(FacesController)
        for key in {*before, *session[FACES]}:
            old, new = before.get(key), session[FACES].get(key)
            if old is not None and (new is None or new.face is not old.face):
                for ticket in faces.embedding(key):
                    self._app.engine.cancel(ticket)
            if new is not None and (key not in session[EMBEDDINGS] or new.frame is None):
                faces.embed(key)
        faces.compare()


def put_back(session: Session, values: Mapping[Slice[Any], Any], known: Iterable[Derived]) -> None:
    """Give slices the values that they had.

    Args:
        known: what is known of faces; embeddings and frames follow from the points, so that a face that came without
            them takes them from one of the same points.
    """
    rest = dict(values)
    if FACES in rest:
        photographs, faces, embeddings = rest.pop(PHOTOGRAPHS), rest.pop(FACES), rest.pop(EMBEDDINGS)
        faces, embeddings = _completed(faces, embeddings, list(known))
        # Whoever draws looks up a face's photograph at once: these come first, and go last.
        session[PHOTOGRAPHS] = {**session[PHOTOGRAPHS], **photographs}
        session[SIMILARITY] = {}
        session[EMBEDDINGS] = {**session[EMBEDDINGS], **embeddings}
        session[FACES] = faces
        session[EMBEDDINGS] = embeddings
        session[PHOTOGRAPHS] = photographs
    for slice_ in session.slices:
        if slice_ in rest:
            session[slice_] = rest[slice_]
    keys = (*session[FACES], *session[VECTORS])
    if session[SELECTED] not in keys:
        session[SELECTED] = keys[-1] if keys else None


def _completed(faces: Faces, embeddings: Embeddings, known: list[Derived]) -> tuple[Faces, Embeddings]:
    by_points = {id(derived.face.face): derived for derived in known}
    whole, vectors = dict(faces), dict(embeddings)
    for key, face in faces.items():
        found = by_points.get(id(face.face))
        if found is not None and (face.frame is None or key not in embeddings):
            whole[key] = replace(face, frame=found.face.frame, thumbnail=found.face.thumbnail)
            vectors[key] = found.embeddings
    return whole, vectors
