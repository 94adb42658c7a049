"""Rows of the gallery: its faces with their vectors, as lists and searches take them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from explorer.studio.faces.state import EMBEDDINGS, FACES, VECTORS
from explorer.studio.gallery.listing import Listing, Matrix
from explorer.studio.gallery.state import GALLERY

if TYPE_CHECKING:  # the window opens before torch is loaded
    from explorer.studio.faces.state import LoadedFace, LoadedVector
    from explorer.studio.gallery.state import Gallery, GalleryFace
    from explorer.studio.session.state import Session


def listing_of(session: Session) -> Listing:
    """List everything that there is in a session. A face that is loaded and lies in a folder too is listed once."""
    gallery = session[GALLERY]
    own: list[LoadedFace | LoadedVector] = [*session[FACES].values(), *session[VECTORS].values()]
    mine = {one.key for one in own}
    others = [face for face in gallery.faces() if face.key not in mine]
    known = {face.key: face for face in gallery.faces() if face.key in mine}
    people = [_person(one.key, gallery, known) for one in own]
    return Listing(
        (*(one.key for one in own), *(face.key for face in others)),
        (*(one.name for one in own), *(face.name for face in others)),
        (*people, *(gallery.person(face) for face in others)),
        (*(getattr(one, "thumbnail", one) for one in own), *(face.thumbnail for face in others)),
        {face.key: face for face in gallery.faces()},
    )


def vectors_of(session: Session, encoder: str, listing: Listing) -> tuple[NDArray[np.intp], Matrix]:
    """The rows of a listing that have an embedding of an encoder, (n,), and these, (n, D) float32."""
    from explorer.science.recognition.registry import encoder_spec

    size = encoder_spec(encoder).dimension
    rows: list[int] = []
    parts: list[Matrix] = []
    places, own = listing.places, {*session[FACES], *session[VECTORS]}
    for key in own:
        vector = vector_of(session, key, encoder)
        if vector is not None and vector.shape == (size,) and key in places:
            rows.append(places[key])
            parts.append(vector[None])
    for block in session[GALLERY].blocks:
        if encoder not in block.vectors or block.vectors[encoder].shape[1] != size:
            continue
        kept = [at for at, face in enumerate(block.faces) if face.key not in own and face.key in places]
        rows += [places[block.faces[at].key] for at in kept]
        parts.append(block.vectors[encoder] if len(kept) == len(block.faces) else block.vectors[encoder][kept])
    stacked = np.concatenate(parts) if parts else np.zeros((0, size), np.float32)
    order = np.argsort(rows)
    return np.array(rows, np.intp)[order], stacked[order]


def vector_of(session: Session, key: str, encoder: str) -> Matrix | None:
    """A face's embedding (D,), wherever the face lies; None where it has none of that encoder."""
    bare = session[VECTORS].get(key)
    if bare is not None:
        return bare.vector if bare.encoder == encoder else None
    loaded = session[EMBEDDINGS].get(key, {}).get(encoder)
    if loaded is not None:
        return loaded
    for block in session[GALLERY].blocks:
        for at, face in enumerate(block.faces):
            if face.key == key:
                found = block.vectors.get(encoder)
                return None if found is None else cast(Matrix, found[at])
    return None


def all_vectors_of(session: Session, keys: Sequence[str], encoders: Sequence[str]) -> dict[str, dict[str, Matrix]]:
    """Embeddings of some faces: by key, then by encoder."""
    found: dict[str, dict[str, Matrix]] = {}
    for key in keys:
        vectors = {encoder: vector_of(session, key, encoder) for encoder in encoders}
        found[key] = {encoder: vector for encoder, vector in vectors.items() if vector is not None}
    return found


def _person(key: str, gallery: Gallery, known: Mapping[str, GalleryFace]) -> str:
    return gallery.person(known[key]) if key in known else gallery.named.get(key, gallery.grouped.get(key, ""))
