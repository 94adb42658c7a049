"""What is known of a face or vector, in the lines of its tip."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from explorer.studio.faces.plausibility import remark_on
from explorer.studio.faces.state import EMBEDDINGS, FACES, PHOTOGRAPHS, VECTORS, LoadedFace, LoadedVector
from explorer.studio.people.picture_truth import truth_words
from explorer.studio.people.state import TRUTHS, truth_of
from explorer.studio.session.state import Session

# Of the faces that a template is of, so many are named.
_NAMED = 5


def facts(session: Session, key: str) -> str:
    """Lines about a face, a vector, or a photograph without a face; empty where there is none of the key."""
    face, vector = session[FACES].get(key), session[VECTORS].get(key)
    if face is not None:
        return "\n".join(_of_face(session, face))
    if vector is not None:
        return "\n".join(_of_vector(vector))
    photograph = session[PHOTOGRAPHS].get(key)
    if photograph is None:
        return ""
    size = _size(photograph.photograph.pixels.shape)
    return f"{photograph.photograph.name}\n{size}\nNo face was found: place its five points by hand"


def _of_face(session: Session, face: LoadedFace) -> Iterator[str]:
    from explorer.science.faces.choosing import face_width  # brings torch, which the first paint does not wait for

    photograph = session[PHOTOGRAPHS][face.photograph_key].photograph
    yield face.name
    if face.name != photograph.name:
        yield f"in {photograph.name}"
    yield f"{_size(photograph.pixels.shape)}, the face {face_width(face.face):.0f} px wide"
    yield "points placed by hand" if face.face.by_hand else f"detector score {face.face.score:.2f}"
    truth = truth_of(session[TRUTHS], face.key)
    if truth is not None:
        yield f"drawn, of {truth_words(truth)}"
    vectors = session[EMBEDDINGS].get(face.key)
    if vectors is None:
        yield "being embedded…"
    for encoder, vector in (vectors or {}).items():
        yield f"{encoder}: norm {np.linalg.norm(vector):.2f}"
    remark = remark_on(face.face, vectors or {})
    if remark:
        yield f"Not face-like: {remark}"


def _of_vector(vector: LoadedVector) -> Iterator[str]:
    yield vector.name
    if vector.changed is not None:
        yield f"of a changed face: {vector.changed.how}"
        yield f"of {', '.join(source.name for source in vector.changed.sources)}"
    elif vector.template is None:
        yield f"a bare embedding: {len(vector.vector)} numbers"
    else:
        names = [member.name for member in vector.template.members]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        yield vector.template.words()
        yield f"of {', '.join(names[:_NAMED])}{more}"
    yield f"{vector.encoder}: norm {np.linalg.norm(vector.vector):.2f}"


def _size(shape: tuple[int, ...]) -> str:
    return f"photograph {shape[1]} × {shape[0]} px"
