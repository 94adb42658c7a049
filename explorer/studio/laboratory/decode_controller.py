"""The decode kept up to date with what is looked at: the face under the pointer, else the selected one as edited."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from explorer.studio.arrays import Vector
from explorer.studio.engine.reports import Event, Failure, Finished
from explorer.studio.engine.requests import Ticket
from explorer.studio.faces.state import ALTERED, EMBEDDINGS, ENCODER, SELECTED, VECTORS
from explorer.studio.gallery.rows import vector_of
from explorer.studio.laboratory.decode_state import DECODE, DecodedEmbedding
from explorer.studio.laboratory.requests import DecodeEmbedding, EmbeddingDecoded
from explorer.studio.session.services import AppServices, Controller
from explorer.studio.session.snapshot import Snapshot

NO_EMBEDDING = "It has no embedding of {encoder} yet."


@dataclass(frozen=True, eq=False)
class _Wanted:
    """An embedding, and whose it is."""

    key: str
    encoder: str
    vector: Vector
    edited: bool


class DecodeController(Controller):
    """Keeps `session[DECODE]`; the newest embedding wins."""

    def __init__(self, app: AppServices) -> None:
        super().__init__(app)
        self._asked: _Wanted | None = None
        self._ticket: Ticket | None = None
        for field in (SELECTED, ENCODER, EMBEDDINGS, VECTORS, ALTERED):
            app.session.changed(field).connect(self._changed)

    # Commands.

    def watch(self, on: bool) -> None:
        """Say whether anybody looks."""
        self._set(watched=on)
        self._changed()

    def point_at(self, key: str | None) -> None:
        """Look at the face under the pointer; None where there is none."""
        if (key or "") != self._session[DECODE].under:
            self._set(under=key or "")
            self._changed()

    # Keeping the picture up to date.

    def _changed(self, *_: object) -> None:
        state = self._session[DECODE]
        if not state.watched:
            return
        wanted = self._wanted()
        if wanted is None:
            self._asked = None
            key = state.under or self._session[SELECTED]
            self._set(shown=None, remark=NO_EMBEDDING.format(encoder=self._encoder(key)) if key else "")
        elif self._asked is None or not _same(self._asked, wanted):
            self._asked = wanted
            self._set(remark="")
            self._ticket = self._app.submit(DecodeEmbedding(wanted.key, wanted.encoder, wanted.vector, wanted.edited))

    def _encoder(self, key: str | None) -> str:
        """Whose embedding is looked at: of a bare vector the one that it is of."""
        bare = self._session[VECTORS].get(key or "")
        return self._session[ENCODER] if bare is None else bare.encoder

    def _wanted(self) -> _Wanted | None:
        session = self._session
        under = session[DECODE].under
        key = under or session[SELECTED]
        if not key:
            return None
        encoder, altered = self._encoder(key), session[ALTERED]
        if not under and altered is not None and (altered.key, altered.encoder) == (key, encoder):
            return _Wanted(key, encoder, altered.vector, edited=altered.edits.changes)
        vector = vector_of(session, key, encoder)
        return None if vector is None else _Wanted(key, encoder, vector, edited=False)

    # What the engine says.

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """Where the results of requests go, by their type."""
        return {EmbeddingDecoded: self._decoded}

    def on_final(self, event: Event) -> None:
        """What failed says why."""
        if event.ticket == self._ticket and not isinstance(event.report, Finished):
            self._ticket = None
            if isinstance(event.report, Failure):
                self._set(shown=None, remark=event.report.message)

    def _decoded(self, made: EmbeddingDecoded) -> None:
        asked = self._asked
        if asked is None or made.vector is not asked.vector:
            return
        shown = None
        if made.picture is not None:
            shown = DecodedEmbedding(asked.key, asked.encoder, made.picture, asked.edited)
        self._set(shown=shown, remark=made.remark)

    def before_loading(self, snapshot: Snapshot) -> None:
        """Let go of what is decoded: another session takes its place."""
        self._asked = self._ticket = None

    def after_loading(self) -> None:
        """Decode what is selected in the session that was opened."""
        self._changed()

    def _set(self, **fields: Any) -> None:
        state = self._session[DECODE]
        if any(getattr(state, name) != value for name, value in fields.items()):
            self._session[DECODE] = replace(state, **fields)


def _same(one: _Wanted, other: _Wanted) -> bool:
    return one.vector is other.vector and (one.key, one.encoder, one.edited) == (other.key, other.encoder, other.edited)
