"""Which faces of the gallery are shown, and in which order."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from explorer.studio.faces.state import EMBEDDINGS, ENCODER, SELECTED
from explorer.studio.gallery.browsing import GalleryViewState, Shown
from explorer.studio.gallery.listing import Listing
from explorer.studio.gallery.rows import far_of, vector_of, vectors_of
from explorer.studio.session.state import Session

if TYPE_CHECKING:  # the window opens before torch is loaded
    from explorer.science.recognition.neighbours import Neighbours
    from explorer.studio.gallery.requests import NeighboursFound


class Searcher:
    """Sorts the listing of a session; what a search under one encoder needs is made ready once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._ready: tuple[tuple[object, ...], NDArray[np.intp], Neighbours] | None = None
        self.found: NeighboursFound | None = None

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
        if query is None or reference is None or query.shape != (search.dimension,):
            return None
        own = rows[rows < listing.own]
        scores = np.full(listing.own, np.nan, np.float32)
        scores[known] = search.scores(query)
        there, those, says = self._far(listing, rows, reference, encoder)
        rows, found = np.concatenate([own, there]), np.concatenate([scores[own], those])
        # Faces without an embedding of this encoder come last.
        order = np.argsort(np.nan_to_num(search.away(found), nan=np.inf), kind="stable")
        return Shown(rows[order], found[order], reference, encoder, says)

    def _far(
        self, listing: Listing, rows: NDArray[np.intp], reference: str, encoder: str
    ) -> tuple[NDArray[np.intp], NDArray[np.float32], str]:
        """Of a collection, the rows that were found to be nearest, their scores, and how they were found."""
        found, far = self.found, far_of(encoder, listing)
        none = np.zeros(0, np.intp), np.zeros(0, np.float32)
        if far is None:
            return *none, ""
        if found is None or (found.collection, found.reference) != (far.collection, reference):
            return *none, "its collection is being searched"
        places = np.searchsorted(far.rows, found.rows)
        kept = far.rows[np.minimum(places, len(far) - 1)] == found.rows
        there = (listing.own + places).astype(np.intp)
        if len(rows) < len(listing):
            kept &= np.isin(there, rows)
        return there[kept], found.scores[kept], f"the nearest {len(found.rows):,} of its {len(far):,}: {found.says}"

    def _searched(self, listing: Listing, encoder: str) -> tuple[NDArray[np.intp], Neighbours]:
        ready, state = self._ready, (listing, encoder, self._session[EMBEDDINGS])
        if ready is None or not all(map(operator.is_, ready[0], state)):
            from explorer.science.recognition.neighbours import Neighbours
            from explorer.science.recognition.registry import encoder_spec

            known, vectors = vectors_of(self._session, encoder, listing)
            ready = self._ready = (state, known, Neighbours(vectors, encoder_spec(encoder).measure))
        return ready[1], ready[2]
