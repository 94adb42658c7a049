"""Which faces of the gallery are shown, and in which order."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from explorer.studio.faces.state import EMBEDDINGS, ENCODER, SELECTED
from explorer.studio.gallery.browsing import GalleryViewState, Shown
from explorer.studio.gallery.listing import Listing
from explorer.studio.gallery.rows import vector_of, vectors_of
from explorer.studio.session.state import Session

if TYPE_CHECKING:  # the window opens before torch is loaded
    from explorer.science.recognition.neighbours import Neighbours


class Searcher:
    """Sorts the listing of a session; what a search under one encoder needs is made ready once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._ready: tuple[tuple[object, ...], NDArray[np.intp], Neighbours] | None = None

    def shown(self, browsing: GalleryViewState) -> Shown:
        """The rows of its listing that are asked for, in the order that is asked for."""
        listing = browsing.listing
        rows = listing.named(browsing.query)
        if browsing.order == "similarity":
            found = self._by_similarity(listing, rows, browsing.chosen)
            if found is not None:
                return found
        return Shown(listing.by_person(rows) if browsing.order == "person" else listing.by_name(rows))

    def _by_similarity(self, listing: Listing, rows: NDArray[np.intp], chosen: tuple[str, ...]) -> Shown | None:
        session = self._session
        reference = next(iter(chosen), session[SELECTED])
        encoder = session[ENCODER]
        query = None if reference is None else vector_of(session, reference, encoder)
        known, search = self._searched(listing, encoder)
        if query is None or query.shape != (search.dimension,):
            return None
        scores = np.full(len(listing), np.nan, np.float32)
        scores[known] = search.scores(query)
        # Faces without an embedding of this encoder come last.
        away = np.nan_to_num(search.away(scores[rows]), nan=np.inf)
        order = rows[np.argsort(away, kind="stable")]
        return Shown(order, scores[order], reference, encoder)

    def _searched(self, listing: Listing, encoder: str) -> tuple[NDArray[np.intp], Neighbours]:
        ready, state = self._ready, (listing, encoder, self._session[EMBEDDINGS])
        if ready is None or not all(map(operator.is_, ready[0], state)):
            from explorer.science.recognition.neighbours import Neighbours
            from explorer.science.recognition.registry import encoder_spec

            known, vectors = vectors_of(self._session, encoder, listing)
            ready = self._ready = (state, known, Neighbours(vectors, encoder_spec(encoder).measure))
        return ready[1], ready[2]
