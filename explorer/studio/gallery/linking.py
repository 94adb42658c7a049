"""The collection that a gallery shows behind its folders: opened, searched, and changed as faces are forgotten."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.science.names import name_of
from explorer.studio.collection.layout import CollectionError, read_header
from explorer.studio.faces.state import ENCODER, SELECTED, VECTORS, LoadedVector
from explorer.studio.gallery.browsing import BROWSING
from explorer.studio.gallery.far import Joined, Linked
from explorer.studio.gallery.requests import (
    CollectionIndexed,
    CollectionOpened,
    FacesGrouped,
    ForgetInCollection,
    IndexCollection,
    NeighboursFound,
    OpenCollection,
    SearchCollection,
)
from explorer.studio.gallery.rows import far_of, vector_of
from explorer.studio.gallery.searching import Searcher
from explorer.studio.gallery.state import GALLERY, Gallery
from explorer.studio.session.services import AppServices
from explorer.studio.session.slices import Forgotten

# So many faces of a collection are brought into the session at once.
MOST_OPENED = 50


class LinkedCollection:
    """Keeps `linked` of `session[GALLERY]`.

    Args:
        search: what sorts the listing. put: puts a gallery into the session. show: sorts the listing anew.
    """

    def __init__(
        self, app: AppServices, search: Searcher, put: Callable[[Gallery], None], show: Callable[[], None]
    ) -> None:
        self._app, self._session = app, app.session
        self._search, self._put, self._show = search, put, show

    def link(self, folder: Path) -> None:
        """Show the faces of a collection behind those of the folders, in the place of another one."""
        folder = folder.absolute()
        try:
            read_header(folder)
        except CollectionError as error:
            self._app.notify("warning", "No collection was opened", str(error))
            return
        self._app.log("opened", "", "a collection, into the gallery")
        self._app.submit(OpenCollection(folder))

    def unlink(self) -> None:
        """Show the collection no more; its files stay."""
        gallery = self._session[GALLERY]
        if gallery.linked is not None:
            self._app.history.record("close the collection", (GALLERY,))
            self._put(replace(gallery, linked=None))

    def index(self) -> None:
        """Make the collection's index anew."""
        linked = self._session[GALLERY].linked
        if linked is not None and linked.collection is not None:
            self._app.submit(IndexCollection(linked.collection))

    def open(self, keys: Sequence[str]) -> None:
        """Bring faces of the collection into the session, as the embeddings that they are."""
        far = self._session[BROWSING].listing.far
        if far is None:
            return
        vectors: dict[str, LoadedVector] = {}
        encoder = far.collection.header.encoder
        for key in keys[:MOST_OPENED]:
            row = far.collection.row_of(key)
            if row is not None:
                name = name_of(Path(far.collection.name(row))) or "a face of a collection"
                sha256 = key.partition("/")[0]
                vectors[key] = LoadedVector(key, name, sha256, encoder, far.collection.vector(row))
        if vectors:
            self._app.history.record("open faces of the collection", (VECTORS,))
            self._session[VECTORS] = {**self._session[VECTORS], **vectors}

    def without(self, gallery: Gallery, keys: Collection[str]) -> Gallery:
        """A gallery that shows some faces of its collection no more."""
        linked = gallery.linked
        if linked is None or linked.collection is None:
            return gallery
        rows = {row for key in keys if (row := linked.collection.row_of(key)) is not None}
        return replace(gallery, linked=linked.hiding(frozenset(rows))) if rows else gallery

    def forget(self, forgotten: Forgotten) -> None:
        """Have what the collection's files hold of faces overwritten."""
        linked = self._session[GALLERY].linked
        self._search.found = None
        if linked is not None and linked.collection is not None and (forgotten.keys or forgotten.photographs):
            self._app.submit(ForgetInCollection(linked.folder, forgotten))

    def grouped(self, grouped: FacesGrouped, sizes: NDArray[np.intp]) -> Linked | None:
        """The collection with the people who were found in it."""
        linked, keys = self._session[GALLERY].linked, grouped.keys
        if linked is None or not isinstance(keys, Joined) or linked.collection is not keys.far.collection:
            return linked
        numbers = grouped.numbers[len(keys.first) :]
        groups = np.full(len(keys.far.collection), -1, np.int32)
        groups[keys.far.rows] = np.where(sizes[numbers] > 1, numbers, -1)
        return replace(linked, groups=groups, _listed={})

    def search(self) -> None:
        """Have the collection searched, where its faces are to be sorted by a face that they were not compared with."""
        browsing, session = self._session[BROWSING], self._session
        reference = next(iter(browsing.chosen), session[SELECTED])
        far = far_of(session[ENCODER], browsing.listing) if browsing.listing.far is not None else None
        if browsing.order != "similarity" or far is None or reference is None:
            return
        vector = vector_of(session, reference, session[ENCODER])
        asked = (far.collection, reference)
        known = [(one.collection, one.reference) for _, one in self._app.pending(SearchCollection)]
        if self._search.found is not None:
            known.append((self._search.found.collection, self._search.found.reference))
        if vector is None or asked in known:
            return
        self._app.submit(SearchCollection(far.collection, reference, vector))

    # The engine's answers.

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """Where the results of requests go, by their type."""
        return {
            CollectionOpened: self._opened,
            CollectionIndexed: self._indexed,
            NeighboursFound: self._found,
        }

    def _opened(self, opened: CollectionOpened) -> None:
        gallery, one = self._session[GALLERY], opened.collection
        if opened.anew:
            # Of another collection by now, or of none, nobody asked.
            if gallery.linked is not None and gallery.linked.folder == one.folder:
                self._put(replace(gallery, linked=replace(gallery.linked, collection=one, _listed={})))
            return
        self._app.history.record(f"open the collection {name_of(one.folder)}", (GALLERY,))
        self._put(replace(gallery, linked=Linked(one.folder, one)))
        text = f"{len(one):,} faces under {one.header.encoder}, {len(one.people) - 1:,} people"
        self._app.notify("info", "The collection is open", text)

    def _indexed(self, indexed: CollectionIndexed) -> None:
        self._search.found = None
        self._app.notify("info", "The collection is indexed", indexed.says)
        self._show()

    def _found(self, found: NeighboursFound) -> None:
        self._search.found = found
        self._show()
