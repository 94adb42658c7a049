"""What the gallery can show: the session's own faces and bare embeddings, then those of its folders, row by row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # the session imports this
    from explorer.studio.faces.state import LoadedFace, LoadedVector
    from explorer.studio.gallery.state import Gallery, GalleryFace
    from explorer.studio.session.state import Session

Matrix = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Listing:
    """Rows of the gallery, one a face.

    keys: as in the session. names, people: as they are shown; a person is empty where nobody knows.
    pictures: a JPEG, an array (S, S, 3), or a `LoadedVector`, which has none.
    """

    keys: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    pictures: tuple[object, ...] = ()
    faces: Mapping[str, GalleryFace] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Rows by key."""
        return {key: row for row, key in enumerate(self.keys)}

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """What words are sought in."""
        return tuple(f"{name} {person}".casefold() for name, person in zip(self.names, self.people, strict=True))

    def named(self, query: str) -> NDArray[np.intp]:
        """Rows whose name or person holds every word of a query; all for an empty one."""
        words = query.casefold().split()
        if not words:
            return np.arange(len(self.keys))
        rows = [row for row, text in enumerate(self.folded) if all(word in text for word in words)]
        return np.array(rows, np.intp)

    def by_name(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Rows sorted by name, as people sort: 2 before 10."""
        keys = self._natural
        return np.array(sorted(rows.tolist(), key=keys.__getitem__), np.intp)

    def by_person(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Rows sorted by person, then by name; those of whom nobody knows who they are come last."""
        names, people = self._natural, self._people
        return np.array(sorted(rows.tolist(), key=lambda row: (people[row], names[row])), np.intp)

    @cached_property
    def _natural(self) -> list[tuple[object, ...]]:
        return [natural(name) for name in self.names]

    @cached_property
    def _people(self) -> list[tuple[object, ...]]:
        known = {person: (not person, natural(person)) for person in set(self.people)}
        return [known[person] for person in self.people]


NOBODY = Listing()
_DIGITS = re.compile(r"([0-9]{1,18})")


@lru_cache(2**16)
def natural(name: str) -> tuple[object, ...]:
    """A key by which names sort as people sort: numbers by their value, letters without regard to case."""
    # Letters and digits take turns, the letters first, so that only like is ever compared with like.
    parts = _DIGITS.split(name.casefold())
    return tuple(int(part) if place % 2 else part for place, part in enumerate(parts))


def listing_of(session: Session) -> Listing:
    """List everything that there is in a session. A face that is loaded and lies in a folder too is listed once."""
    gallery = session.gallery
    own: list[LoadedFace | LoadedVector] = [*session.faces.values(), *session.vectors.values()]
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
    places, own = listing.places, {*session.faces, *session.vectors}
    for key in own:
        vector = vector_of(session, key, encoder)
        if vector is not None and vector.shape == (size,) and key in places:
            rows.append(places[key])
            parts.append(vector[None])
    for block in session.gallery.blocks:
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
    bare = session.vectors.get(key)
    if bare is not None:
        return bare.vector if bare.encoder == encoder else None
    loaded = session.embeddings.get(key, {}).get(encoder)
    if loaded is not None:
        return loaded
    for block in session.gallery.blocks:
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
