"""Rows of the gallery: its faces with their vectors, as lists and searches take them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from explorer.studio.faces.state import EMBEDDINGS, FACES, VECTORS
from explorer.studio.gallery.far import FarFaces, Joined
from explorer.studio.gallery.listing import Listing, Matrix
from explorer.studio.gallery.state import GALLERY

if TYPE_CHECKING:  # the window opens before torch is loaded
    from explorer.science.recognition.joined_rows import JoinedRows
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
    keys = (*(one.key for one in own), *(face.key for face in others))
    names = (*(one.name for one in own), *(face.name for face in others))
    persons = (*people, *(gallery.person(face) for face in others))
    pictures = (*(getattr(one, "thumbnail", one) for one in own), *(face.thumbnail for face in others))
    faces = {face.key: face for face in gallery.faces()}
    far = _far(gallery, keys)
    if far is None:
        return Listing(keys, names, persons, pictures, faces)
    return Listing(
        Joined(keys, far.keys(), far),
        Joined(names, far.names(), far),
        Joined(persons, far.people(), far),
        Joined(pictures, far.pictures(), far),
        faces,
        far,
    )


def _far(gallery: Gallery, own: tuple[str, ...]) -> FarFaces | None:
    """The rows of the gallery's collection, but for faces that are listed already."""
    linked = gallery.linked
    if linked is None or linked.collection is None:
        return None
    rows = (linked.collection.row_of(key) for key in own)
    listed = frozenset(row for row in rows if row is not None)
    far = linked.faces(listed, by_likeness=gallery.grouping.rule == "likeness")
    return far if len(far) else None


def vectors_of(session: Session, encoder: str, listing: Listing) -> tuple[NDArray[np.intp], Matrix]:
    """The rows of a listing that have an embedding of an encoder, (n,), and these, (n, D) float32; none of those of a
    collection."""
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


def all_rows_of(session: Session, encoder: str, listing: Listing) -> tuple[Sequence[str], JoinedRows]:
    """The keys of all faces of a listing that have an embedding of an encoder, and these embeddings, (N, D).

    Those of a collection come last: they are looked up where they lie, and neither is held.
    """
    from explorer.science.recognition.joined_rows import JoinedRows

    rows, vectors = vectors_of(session, encoder, listing)
    keys = tuple(listing.keys[row] for row in rows)
    far = far_of(encoder, listing)
    if far is None:
        return keys, JoinedRows([(vectors, None)])
    return Joined(keys, far.keys(), far), JoinedRows([(vectors, None), (far.collection.vectors, far.rows)])


def far_of(encoder: str, listing: Listing) -> FarFaces | None:
    """The faces of a listing's collection, where that is of an encoder."""
    from explorer.science.recognition.registry import encoder_spec

    far = listing.far
    if far is None or far.collection.header.encoder != encoder:
        return None
    return far if far.collection.header.dimension == encoder_spec(encoder).dimension else None


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
    linked = session[GALLERY].linked
    if linked is not None and linked.collection is not None and linked.collection.header.encoder == encoder:
        row = linked.collection.row_of(key)
        return None if row is None or row in linked.hidden else linked.collection.vector(row)
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


def face_of(listing: Listing, key: str) -> GalleryFace | None:
    """A listed face of a folder; or of a collection, of which there is a thumbnail and no photograph."""
    known, far = listing.faces.get(key), listing.far
    if known is not None or far is None:
        return known
    row = far.collection.row_of(key)
    if row is None:
        return None
    from explorer.science.faces.face import Face
    from explorer.studio.gallery.state import GalleryFace

    one = far.collection
    nowhere = Face(np.zeros((5, 2)), (0.0, 0.0, 0.0, 0.0), 0.0)
    thumbnail = one.thumbnail(row)
    return GalleryFace(key, one.name(row), one.folder / one.name(row), "", nowhere, thumbnail) if thumbnail else None
