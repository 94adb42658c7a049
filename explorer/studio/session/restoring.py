"""Bringing fields of the session back: one change taken back, or a whole session opened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from explorer.studio.session.history import Derived
from explorer.studio.session.readings import Probing
from explorer.studio.session.snapshot import Snapshot
from explorer.studio.session.state import LoadedFace, Session, Vector

# Whoever draws looks up a face's photograph, a run's place in the list and the like at once: these come first.
_ORDER = ("vectors", "settings", "encoder", "weights", "runs", "compared", "run", "variation", "gallery")


def put_back(session: Session, values: Mapping[str, Any], known: Iterable[Derived]) -> None:
    """Give fields the values that they had.

    Args:
        values: by field.
        known: what is known of faces; embeddings and frames follow from the points, so that a face that came without
            them takes them from one of the same points.
    """
    if "faces" in values:
        faces, embeddings = _completed(values["faces"], values["embeddings"], list(known))
        session.photographs = {**session.photographs, **values["photographs"]}
        session.similarity = {}
        session.embeddings = {**session.embeddings, **embeddings}
        session.faces = faces
        session.embeddings = embeddings
        session.photographs = values["photographs"]
    for name in _ORDER:
        if name in values:
            setattr(session, name, values[name])
    if "edits" in values:
        session.probing = replace(session.probing, edits=values["edits"])
    keys = (*session.faces, *session.vectors)
    if session.selected not in keys:
        session.selected = keys[-1] if keys else None


def put_in_place(session: Session, snapshot: Snapshot) -> None:
    """Give the session what a snapshot holds, and nothing else."""
    session.run = session.variation = session.selected = None
    session.runs, session.compared, session.similarity = {}, (), {}
    session.faces, session.embeddings, session.vectors, session.photographs = {}, {}, {}, {}
    session.probing = Probing(watched=session.probing.watched, as_target=snapshot.as_target)
    session.photographs = snapshot.photographs
    session.embeddings = snapshot.embeddings
    session.vectors = snapshot.vectors
    session.faces = snapshot.faces
    session.encoder, session.settings = snapshot.encoder, snapshot.settings
    session.weights = {**session.weights, **snapshot.weights}
    session.probing = replace(session.probing, edits=snapshot.edits)
    session.runs, session.compared = snapshot.runs, snapshot.compared
    session.run = snapshot.runs.get(snapshot.shown or "")
    session.selected = snapshot.selected
    session.gallery = snapshot.gallery
    session.unknown = snapshot.unknown
    session.variation = snapshot.variation
    chosen = {"subject": snapshot.subject, "look": snapshot.look, "camera": snapshot.camera}
    session.viewing = replace(session.viewing, landmarks_by=snapshot.landmarks_by, **chosen)  # type: ignore[arg-type]


def _completed(
    faces: Mapping[str, LoadedFace], embeddings: Mapping[str, Mapping[str, Vector]], known: list[Derived]
) -> tuple[Mapping[str, LoadedFace], Mapping[str, Mapping[str, Vector]]]:
    by_points = {id(one.face.face): one for one in known}
    whole, vectors = dict(faces), dict(embeddings)
    for key, face in faces.items():
        found = by_points.get(id(face.face))
        if found is not None and (face.frame is None or key not in embeddings):
            whole[key] = replace(face, frame=found.face.frame, thumbnail=found.face.thumbnail)
            vectors[key] = found.embeddings
    return whole, vectors
