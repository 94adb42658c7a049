"""The user's commands around photographs, faces and vectors, and the engine's answers to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psygnal import SignalInstance

from explorer.science.faces.face import Face, FaceError
from explorer.science.names import name_of
from explorer.studio.downloads.controller import DownloadsController
from explorer.studio.engine.reports import Event, Report
from explorer.studio.engine.requests import Ticket
from explorer.studio.faces.requests import (
    CompareAll,
    EmbeddingExported,
    EmbedFace,
    ExportEmbedding,
    FaceEmbedded,
    ForgetFace,
    OpenPhotographs,
    OpenVectors,
    PhotographOpened,
    PhotographRefused,
    Source,
    VectorOpened,
    VectorsOpened,
)
from explorer.studio.faces.state import (
    EMBEDDINGS,
    ENCODER,
    FACES,
    OPENING,
    PHOTOGRAPHS,
    POINTS,
    SELECTED,
    SIMILARITY,
    UNNAMED,
    VECTORS,
    LoadedFace,
    LoadedPhotograph,
    LoadedVector,
    Opening,
    face_key,
    face_name,
)
from explorer.studio.faces.values import SimilarityTables
from explorer.studio.faces.vectors import is_vector_file
from explorer.studio.session.services import AppServices, Controller
from explorer.studio.session.slices import NOTHING, Forgotten

_LINES_SHOWN = 3
LONGEST_NAME = 120
READ_AS_GENERATED = "its file says so: the Probe panel calibrates on generated faces, and lets you choose"


class FacesController(Controller):
    """Keeps photographs, faces, vectors, their embeddings and tables, and which of them is selected.

    Attributes:
        embedded: emitted with a face's key after its embeddings came from the engine; not where undo or a session that
            is opened brings them.
    """

    def __init__(self, app: AppServices) -> None:
        super().__init__(app)
        self._batches = 0
        self.embedded = SignalInstance((str,), name="embedded")

    # Opening and selecting.

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open photographs, and what is a file of an embedding by its name as that."""
        vectors = [path for path in paths if is_vector_file(path)]
        pictures = tuple(Source(path=path, name=name_of(path)) for path in paths if path not in vectors)
        if vectors:
            self.open_vectors(vectors)
        if pictures:
            self._open(pictures)

    def open_bytes(self, data: bytes, name: str = "pasted image") -> None:
        """Open an encoded image from memory (paste, drop)."""
        self._open((Source(data=data, name=name),))

    def open_vectors(self, paths: Sequence[Path], encoder: str | None = None) -> None:
        """Open bare embeddings, and select the last.

        Args:
            encoder: which made them. None to go by the files and the records beside them; those that do not say it
                wait in `UNNAMED` until `name_vectors` says it.
        """
        self._batches += 1
        self._app.submit(OpenVectors(tuple(paths), encoder, self._batches))

    def name_vectors(self, encoders: Mapping[Path, str]) -> None:
        """Open the embeddings that wait for a name as those of encoders; one that is not named is not opened."""
        self._session[UNNAMED] = ()
        for encoder in dict.fromkeys(encoders.values()):
            self.open_vectors([path for path, named in encoders.items() if named == encoder], encoder)

    def select_face(self, key: str | None) -> None:
        """Select a face or a vector by its key; a vector brings its encoder along."""
        session = self._session
        if key is None or key in session[FACES]:
            session[SELECTED] = key
        elif key in session[VECTORS]:
            session[SELECTED] = key
            session[ENCODER] = session[VECTORS][key].encoder

    def rename(self, key: str, name: str) -> None:
        """Call a face or vector by another name in this session; undo brings the old one back.

        Blanks around a name go, and so does what is too long for one; no name, and the same, change nothing.
        """
        session = self._session
        name = "".join(letter if letter.isprintable() else " " for letter in name)
        name = " ".join(name.split())[:LONGEST_NAME].rstrip()
        known = session[FACES].get(key) or session[VECTORS].get(key)
        if known is None or name in ("", known.name):
            return
        self._app.history.record(f"rename {known.name}", POINTS if key in session[FACES] else (VECTORS,), key)
        if isinstance(known, LoadedFace):
            session[FACES] = {**session[FACES], key: replace(known, name=name)}
        else:
            session[VECTORS] = {**session[VECTORS], key: replace(known, name=name)}

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

        session = self._session
        try:
            placed = face_by_hand(points, session[PHOTOGRAPHS][photograph_key].photograph)
        except FaceError as error:
            self._app.notify("warning", "These points cannot be used", str(error))
            return None
        key = face or face_key(photograph_key, session[FACES])
        self._app.history.record("place points" if face is None else "move points", POINTS, key)
        self._put_face(key, photograph_key, placed)
        session[SELECTED] = key
        return key

    def embed(self, key: str) -> None:
        """Embed a face anew; what was made from its older points goes."""
        face = self._session[FACES][key]
        photograph = self._session[PHOTOGRAPHS][face.photograph_key].photograph
        self._app.submit(EmbedFace(key, photograph, face.face))

    def embedding(self, key: str) -> list[Ticket]:
        """The requests under way that embed a face."""
        return [ticket for ticket, request in self._app.pending(EmbedFace) if request.face_key == key]

    def compare(self) -> None:
        """Bring the similarity tables up to date, in the order in which faces and vectors are listed."""
        session = self._session
        faces = {key: session[EMBEDDINGS][key] for key in session[FACES] if key in session[EMBEDDINGS]}
        bare = {key: {loaded.encoder: loaded.vector} for key, loaded in session[VECTORS].items()}
        self._app.submit(CompareAll({**faces, **bare}))

    def export_embedding(self, path: Path, key: str | None = None) -> None:
        """Write the embedding of a face under the chosen encoder, or a vector, and its record beside it.

        Args:
            path: its suffix says npy, csv or json. key: of the face or vector; what is selected where None.
        """
        session, key = self._session, key or self._session[SELECTED] or ""
        bare, face, encoder = session[VECTORS].get(key), session[FACES].get(key), session[ENCODER]
        if bare is not None:
            of = bare.name, bare.sha256
            made_of = bare.template, bare.changed
            self._app.submit(ExportEmbedding(path, key, bare.encoder, bare.vector, of, *made_of))
        elif face is not None and encoder in session[EMBEDDINGS].get(key, {}):
            whose = session[PHOTOGRAPHS][face.photograph_key].photograph, face.face
            self._app.submit(ExportEmbedding(path, key, encoder, session[EMBEDDINGS][key][encoder], whose))
        else:
            text = f"select a face that is embedded under {encoder}, or an embedding"
            self._app.notify("warning", "There is nothing to export yet", text)

    # Taking out and forgetting.

    def close_face(self, key: str) -> None:
        """Take a face, a vector, or a photograph without faces out of the session; undo brings it back. Runs stay."""
        session, history = self._session, self._app.history
        if key in session[FACES]:
            history.record(f"remove {session[FACES][key].name}", POINTS, key)
            self._stop_embedding([key])
            with history.suspended():
                self._take_out_face(key)
        elif key in session[VECTORS]:
            history.record(f"remove {session[VECTORS][key].name}", (VECTORS,), key)
            with history.suspended():
                session[VECTORS] = {name: loaded for name, loaded in session[VECTORS].items() if name != key}
                self._reselect()
        elif key in session[PHOTOGRAPHS]:
            history.record(f"remove {session[PHOTOGRAPHS][key].photograph.name}", POINTS, key)
            session[PHOTOGRAPHS] = {name: loaded for name, loaded in session[PHOTOGRAPHS].items() if name != key}
        self.compare()

    def remove_face(self, key: str) -> None:
        """Forget a face or vector and everything made from it, in the history and the autosave too; its photograph
        goes with its last face."""
        face = self._session[FACES].get(key)
        siblings = [] if face is None else [name for name in self._session[FACES] if _is_of(face.photograph_key, name)]
        photographs = {face.photograph_key} if face is not None and siblings == [key] else set()
        self._app.forget(Forgotten(frozenset({key}), frozenset(photographs), everybody=False))

    def remove_photograph(self, key: str) -> None:
        """Forget a photograph and all of its faces."""
        faces = [name for name, face in self._session[FACES].items() if face.photograph_key == key]
        self._app.forget(Forgotten(frozenset(faces), frozenset({key})))

    def before_forgetting(self, forgotten: Forgotten) -> None:
        """Embed no face of those, have the engine drop what it made of them, and select another."""
        faces = {key: face for key, face in self._session[FACES].items() if forgotten.holds(key)}
        self._stop_embedding(faces)
        for sha256 in forgotten.photographs:
            self._app.submit(ForgetFace(sha256))
        for face in faces.values():
            if face.photograph_key not in forgotten.photographs:
                self._app.submit(ForgetFace(face.photograph_key, face.face))
        self._reselect(forgotten)

    def after_forgetting(self, forgotten: Forgotten) -> None:
        """Compare what is left."""
        self.compare()

    # The engine's answers.

    def reports(self) -> Mapping[type[Report], Callable[[Ticket, Any], None]]:
        """What is done with reports, by their type."""
        return {PhotographOpened: self._photograph_opened, PhotographRefused: self._photograph_refused}

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """What is done with the results of requests, by their type."""
        return {
            VectorsOpened: self._vectors_opened,
            FaceEmbedded: self._face_embedded,
            SimilarityTables: self._compared,
            EmbeddingExported: self._exported,
        }

    def on_final(self, event: Event) -> None:
        """What was not opened of a batch that has ended is opened no more."""
        request = event.ticket.request
        if isinstance(request, OpenPhotographs):
            left = tuple(one for one in self._session[OPENING] if one.batch != request.batch)
            self._session[OPENING] = left

    def _photograph_opened(self, ticket: Ticket, opened: PhotographOpened) -> None:
        session, photograph = self._session, opened.photograph
        self._next_of(ticket)
        key = photograph.sha256
        for one in photograph.remarks:
            self._app.notify("warning", f"{photograph.name} is used, but look at it", one)
        if key not in session[PHOTOGRAPHS]:
            self._app.history.record(f"open {photograph.name}", POINTS, key)
            loaded = LoadedPhotograph(key, photograph, opened.overview)
            session[PHOTOGRAPHS] = {**session[PHOTOGRAPHS], key: loaded}
            for face, thumbnail in zip(opened.faces, opened.thumbnails, strict=True):
                name = face_key(key, session[FACES])
                shown = LoadedFace(name, face_name(loaded, name), key, face, thumbnail)
                session[FACES] = {**session[FACES], name: shown}
                self.embed(name)
        mine = [face.key for face in session[FACES].values() if face.photograph_key == key]
        if photograph.generated and mine:
            title = f"{photograph.name} shows a face that Likeness drew"
            self._app.notify("info", title, READ_AS_GENERATED, about=(key, *mine))
        count = "1 face" if len(mine) == 1 else f"{len(mine) or 'no'} faces"
        self._app.log("opened", photograph.name, count, about=(key, *mine))
        if mine:
            self.select_face(mine[0])
        else:
            self._app.notify("warning", "No face to use", opened.remark, about=(key,))

    def _photograph_refused(self, ticket: Ticket, refused: PhotographRefused) -> None:
        self._next_of(ticket)
        self._app.notify("warning", f"{refused.name} was not opened", refused.message)

    def _vectors_opened(self, result: VectorsOpened) -> None:
        for opened in result.opened:
            self._vector_opened(opened)
        if result.opened:
            self.compare()
        if result.unnamed:
            self._session[UNNAMED] = (*self._session[UNNAMED], *result.unnamed)
        if result.refused:
            many = f"{len(result.refused)} embeddings were not opened"
            self._warn(many if len(result.refused) > 1 else "An embedding was not opened", result.refused)
        remarked = [f"{one.name}: {remark}" for one in result.opened for remark in one.remarks]
        if remarked:
            self._warn("Opened, but look again", remarked)

    def _warn(self, title: str, lines: Sequence[str]) -> None:
        """Say several lines in one message, the first of them in full."""
        more = len(lines) - _LINES_SHOWN
        shown = [*lines[:_LINES_SHOWN], *([f"and {more} more"] if more > 0 else [])]
        self._app.notify("warning", title, "\n".join(shown), "\n".join(lines) if more > 0 else "")

    def _vector_opened(self, opened: VectorOpened) -> None:
        key = f"{opened.sha256}/{opened.encoder}"
        self._app.history.record(f"open {opened.name}", (VECTORS,), key)
        loaded = LoadedVector(key, opened.name, opened.sha256, opened.encoder, opened.vector)
        self._session[VECTORS] = {**self._session[VECTORS], key: loaded}
        self._app.log("opened", opened.name, f"{len(opened.vector)} numbers of {opened.encoder}", about=(key,))
        self.select_face(key)

    def _face_embedded(self, result: FaceEmbedded) -> None:
        session = self._session
        face = session[FACES].get(result.face_key)
        if face is None:
            return
        shown = replace(face, frame=result.frame, thumbnail=result.thumbnail)
        session[FACES] = {**session[FACES], face.key: shown}
        session[EMBEDDINGS] = {**session[EMBEDDINGS], face.key: result.vectors}
        self.compare()
        self.embedded.emit(face.key)

    def _exported(self, exported: EmbeddingExported) -> None:
        path = exported.paths[0]
        self._app.notify("info", "The embedding is written", f"{name_of(path)}, with its record beside it", path=path)

    def _compared(self, tables: SimilarityTables) -> None:
        self._session[SIMILARITY] = tables.by_encoder

    # What follows.

    def _open(self, sources: tuple[Source, ...]) -> None:
        self._batches += 1
        coming = tuple(Opening(self._batches, source.name) for source in sources)
        self._session[OPENING] = (*self._session[OPENING], *coming)
        self._app.submit(OpenPhotographs(sources, self._batches))

    def _next_of(self, ticket: Ticket) -> None:
        """The first of a batch is opened, or refused."""
        opening = self._session[OPENING]
        request = ticket.request
        batch = request.batch if isinstance(request, OpenPhotographs) else 0
        first = next((one for one in opening if one.batch == batch), None)
        self._session[OPENING] = tuple(one for one in opening if one is not first)

    def _put_face(self, key: str, photograph_key: str, face: Face) -> None:
        """Add a face placed by hand, or move its points, and embed it; what came from the older points goes."""
        session = self._session
        photograph = session[PHOTOGRAPHS][photograph_key]
        known = session[FACES].get(key)
        name = face_name(photograph, key) if known is None else known.name
        thumbnail = photograph.overview if known is None else known.thumbnail
        session[FACES] = {**session[FACES], key: LoadedFace(key, name, photograph_key, face, thumbnail)}
        self._drop_embedding(key)
        self.embed(key)

    def _take_out_face(self, key: str) -> None:
        """Take a face out with what was made from it, and its photograph with its last face."""
        session = self._session
        photograph_key = session[FACES][key].photograph_key
        session[FACES] = {name: face for name, face in session[FACES].items() if name != key}
        self._drop_embedding(key)
        if all(face.photograph_key != photograph_key for face in session[FACES].values()):
            others = {name: loaded for name, loaded in session[PHOTOGRAPHS].items() if name != photograph_key}
            session[PHOTOGRAPHS] = others
        self._reselect()

    def _reselect(self, forgotten: Forgotten = NOTHING) -> None:
        """Select the first that is left where what was selected is not."""
        session = self._session
        left = [key for key in (*session[FACES], *session[VECTORS]) if not forgotten.holds(key)]
        if session[SELECTED] is not None and session[SELECTED] not in left:
            self.select_face(left[0] if left else None)

    def _drop_embedding(self, key: str) -> None:
        session = self._session
        self._app.controller(DownloadsController).wait_no_more(key)
        session[EMBEDDINGS] = {name: vectors for name, vectors in session[EMBEDDINGS].items() if name != key}
        session[SIMILARITY] = {}

    def _stop_embedding(self, keys: Sequence[str] | Mapping[str, LoadedFace]) -> None:
        for key in keys:
            for ticket in self.embedding(key):
                self._app.engine.cancel(ticket)


def _is_of(photograph_key: str, face: str) -> bool:
    return face.partition("/")[0] == photograph_key
