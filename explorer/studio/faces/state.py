"""What is loaded: photographs, their faces, bare vectors. No Qt, no torch."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from explorer.science.faces.face import Face, Photograph
from explorer.science.leakage.readout import Origin, picture_origin
from explorer.studio.arrays import Image, Vector
from explorer.studio.faces.template_record import ChangedRecord, TemplateRecord, VectorSource
from explorer.studio.faces.values import Altered, Edits, SimilarityTable, UnnamedVector
from explorer.studio.session.slices import Forgotten, Slice, holds_no_face
from explorer.studio.session.state import Session

V = TypeVar("V")
_NO_EDITS = Edits()


@dataclass(frozen=True, eq=False)
class LoadedPhotograph:
    """A photograph in the session. `key` is its sha256; `overview` a picture of at most 512 px, its own shape."""

    key: str
    photograph: Photograph
    overview: Image


@dataclass(frozen=True, eq=False)
class LoadedFace:
    """A face in the session. `key` is stable: it survives moved points. `frame` is None until the face is embedded."""

    key: str
    name: str
    photograph_key: str
    face: Face
    thumbnail: Image
    frame: Image | None = None


@dataclass(frozen=True, eq=False)
class LoadedVector:
    """A bare embedding in the session: no picture, one encoder.

    sha256: of its file; of what was made here, that of the `.npy` file that it would be. template: of which faces it is
    the average; changed: of which face it is after that was changed; None where it came out of a file.
    """

    key: str
    name: str
    sha256: str
    encoder: str
    vector: Vector
    template: TemplateRecord | None = None
    changed: ChangedRecord | None = None

    @property
    def sources(self) -> tuple[VectorSource, ...]:
        """The faces and vectors that it was made of here."""
        members = () if self.template is None else self.template.members
        return members if self.changed is None else self.changed.sources


@dataclass(frozen=True)
class Opening:
    """A photograph that is being opened. batch: of those that were brought together."""

    batch: int
    name: str


def face_key(photograph_key: str, taken: Collection[str]) -> str:
    """A key for one more face of a photograph: the photograph's and the first number not taken."""
    number = 0
    while (key := f"{photograph_key}/{number}") in taken:
        number += 1
    return key


def face_name(photograph: LoadedPhotograph, key: str) -> str:
    """What a face is called at first: the photograph's name, and the face's number where it is not the first."""
    number = int(key.rpartition("/")[2])
    return photograph.photograph.name if number == 0 else f"{photograph.photograph.name}, face {number + 1}"


Photographs = Mapping[str, LoadedPhotograph]
Faces = Mapping[str, LoadedFace]
Vectors = Mapping[str, LoadedVector]
Embeddings = Mapping[str, Mapping[str, Vector]]


def _photograph_sizes(photographs: Photographs) -> Iterator[tuple[int, int]]:
    for loaded in photographs.values():
        yield id(loaded), loaded.photograph.pixels.nbytes + loaded.overview.nbytes


def _frame_sizes(faces: Faces) -> Iterator[tuple[int, int]]:
    for face in faces.values():
        if face.frame is not None:
            yield id(face.frame), face.frame.nbytes


def _kept(values: Mapping[str, V], forgotten: Forgotten) -> Mapping[str, V]:
    """A mapping by face key without what is forgotten; itself where it holds nothing of that."""
    if not any(forgotten.holds(key) for key in values):
        return values
    return {key: value for key, value in values.items() if not forgotten.holds(key)}


def _with_photograph(values: Mapping[str, V], forgotten: Forgotten) -> Mapping[str, V]:
    """As `_kept`; a face goes with its photograph, too: the history may hold one that was taken out of the session."""
    left = {key: value for key, value in _kept(values, forgotten).items() if not forgotten.photograph_of(key)}
    return values if len(left) == len(values) else left


def _vectors_without(vectors: Vectors, forgotten: Forgotten) -> Vectors:
    """What was made of faces goes with each of them: it holds something of all."""
    gone = set(_made_of(vectors, forgotten))
    left = _kept(vectors, forgotten)
    return {key: vector for key, vector in left.items() if key not in gone} if gone else left


def _made_of(vectors: Vectors, forgotten: Forgotten) -> list[str]:
    """The templates and changed embeddings that were made of what is forgotten, and what was made of these."""
    gone = forgotten
    while True:
        found = [key for key, vector in vectors.items() if any(gone.holds(source.key) for source in vector.sources)]
        if gone.keys.issuperset(found):
            return found
        gone = gone.also(found)


def _photographs_without(photographs: Photographs, forgotten: Forgotten) -> Photographs:
    return {key: loaded for key, loaded in photographs.items() if key not in forgotten.photographs}


def _nothing_similar(similarity: Mapping[str, SimilarityTable]) -> Mapping[str, SimilarityTable]:
    return {}


def _similarity_without(
    similarity: Mapping[str, SimilarityTable], forgotten: Forgotten
) -> Mapping[str, SimilarityTable]:
    known = {key for table in similarity.values() for key in table.keys}
    return {} if any(map(forgotten.holds, known)) else similarity


def _nothing_opening() -> tuple[Opening, ...]:
    return ()


def _edit_named(old: Mapping[str, Edits], new: Mapping[str, Edits]) -> str:
    # Edits that went with their face are no change of their own.
    return "alter before reading" if set(new) >= set(old) else ""


def _origin_named(old: Mapping[str, Origin], new: Mapping[str, Origin]) -> str:
    return "choose what is read" if old != new else ""


PHOTOGRAPHS = Slice[Photographs](
    name="photographs",
    default=dict,
    without=_photographs_without,
    mark=tuple,
    undo=True,
    size=_photograph_sizes,
    content=bool,
)
"""By sha256."""
EMBEDDINGS = Slice[Embeddings](name="embeddings", default=dict, without=_with_photograph, mark=None, undo=True)
"""By face key, then by encoder: (D,) float32, raw."""
VECTORS = Slice[Vectors](
    name="vectors",
    default=dict,
    without=_vectors_without,
    mark=lambda vectors: tuple((key, vector.name) for key, vector in vectors.items()),
    undo=True,
    implied=_made_of,
    content=bool,
)
"""Bare embeddings by key."""
FACES = Slice[Faces](
    name="faces",
    default=dict,
    without=_with_photograph,
    mark=lambda faces: tuple((key, face.name, face.face.points.tobytes()) for key, face in faces.items()),
    undo=True,
    size=_frame_sizes,
)
"""By key."""
EDITS = Slice[Mapping[str, Edits]](
    name="edits",
    default=dict,
    without=_with_photograph,
    mark=lambda edits: tuple((key, edit.picture, edit.vector) for key, edit in edits.items()),
    undo=True,
    change=_edit_named,
)
"""By face or vector key: what is done to it before it is read."""
ORIGINS = Slice[Mapping[str, Origin]](
    name="origins",
    default=dict,
    without=_with_photograph,
    mark=lambda origins: tuple(origins.items()),
    undo=True,
    change=_origin_named,
)
"""By face or vector key: what the user says that it is of, where its file says otherwise or nothing."""
ENCODER = Slice[str](
    name="encoder",
    default=lambda: "arcface-mbf",
    without=holds_no_face("it names a network"),
    mark=None,
    undo=True,
    cleared=lambda encoder: encoder,
)
"""The encoder chosen for the panels, and attacked by the next run."""
SELECTED = Slice[str | None](
    name="selected",
    default=lambda: None,
    without=lambda key, forgotten: None if key is not None and forgotten.holds(key) else key,
    mark=None,
)
"""Key of the selected face or vector."""
SIMILARITY = Slice[Mapping[str, SimilarityTable]](
    name="similarity",
    default=dict,
    without=_similarity_without,
    mark=None,
    unsaved="it follows from the embeddings",
    cleared=_nothing_similar,
)
"""By encoder."""
ALTERED = Slice[Altered | None](
    name="altered",
    default=lambda: None,
    without=lambda altered, forgotten: None if altered is not None and forgotten.holds(altered.key) else altered,
    mark=None,
    unsaved="it follows from the edits",
    cleared=lambda altered: None,
)
"""What the edits of the selected face leave, once that is known."""
OPENING = Slice[tuple[Opening, ...]](
    name="opening",
    default=_nothing_opening,
    without=holds_no_face("a photograph that is being opened has no face yet"),
    mark=None,
    unsaved="what is under way is not work that was done",
)
"""Photographs that are being opened, in their order."""

UNNAMED = Slice[tuple[UnnamedVector, ...]](
    name="unnamed_vectors",
    default=tuple,
    without=holds_no_face("they are files that are not opened yet"),
    mark=None,
    unsaved="it is a question, and is asked anew",
    cleared=lambda unnamed: (),
)
"""Files of embeddings of which the user is to say which encoder made them."""

SLICES = (
    *(PHOTOGRAPHS, EMBEDDINGS, VECTORS, FACES, EDITS, ORIGINS),
    *(ENCODER, SELECTED, SIMILARITY, ALTERED, OPENING, UNNAMED),
)
POINTS = (PHOTOGRAPHS, FACES, EMBEDDINGS, EDITS, ORIGINS)
"""What a change of faces touches."""


def edits_of(edits: Mapping[str, Edits], key: str | None) -> Edits:
    """The edits of a face or vector; none where nobody made any."""
    return edits.get(key or "", _NO_EDITS)


def origin_in_file(session: Session, key: str) -> Origin:
    """What a face or vector is of, as its file says; of a photograph where that says nothing."""
    face = session[FACES].get(key)
    loaded = None if face is None else session[PHOTOGRAPHS].get(face.photograph_key)
    return picture_origin(None if loaded is None else loaded.photograph)


def origin_of(session: Session, key: str) -> Origin:
    """What a face or vector is of, as the user says or else its file."""
    return session[ORIGINS].get(key) or origin_in_file(session, key)
