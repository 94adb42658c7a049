"""From what is loaded and ticked to the faces of the laboratory, and to what an attack goes towards. No torch."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.studio.faces.state import EMBEDDINGS, ENCODER, FACES, PHOTOGRAPHS, SELECTED, VECTORS
from explorer.studio.inversion.record import TargetRecord
from explorer.studio.inversion.values import RunTarget
from explorer.studio.laboratory.state import LAB, LAB_ROWS
from explorer.studio.laboratory.values import LabFace, LabRow
from explorer.studio.session.state import Session


def chosen_keys(session: Session) -> tuple[str, ...]:
    """The ticked faces in the order of the session; the selected one where none is ticked."""
    ticked = set(session[LAB].faces)
    found = tuple(key for key in session[FACES] if key in ticked)
    selected = session[SELECTED]
    return found or ((selected,) if selected in session[FACES] and selected is not None else ())


def chosen_faces(session: Session) -> tuple[LabFace, ...]:
    """Those of the chosen faces that are embedded."""
    return faces_of(session, chosen_keys(session))


def faces_of(session: Session, keys: Sequence[str]) -> tuple[LabFace, ...]:
    """Those of faces that are in the session and embedded."""
    found = []
    for key in keys:
        face, vectors = session[FACES].get(key), session[EMBEDDINGS].get(key)
        loaded = None if face is None else session[PHOTOGRAPHS].get(face.photograph_key)
        if face is not None and vectors is not None and face.frame is not None and loaded is not None:
            found.append(LabFace(key, face.name, loaded.photograph, face.face, vectors, face.frame))
    return tuple(found)


def aims(session: Session) -> dict[str, str]:
    """Names of what an attack can go towards, by key: faces, and vectors of the chosen encoder."""
    names = {key: face.name for key, face in session[FACES].items()}
    names |= {key: one.name for key, one in session[VECTORS].items() if one.encoder == session[ENCODER]}
    return names


def chosen_aim(session: Session) -> RunTarget | None:
    """What the attack goes towards under the chosen encoder; None where it goes away, or that is not there."""
    key, encoder = session[LAB].attack.towards, session[ENCODER]
    vector = session[VECTORS].get(key)
    if vector is not None:
        if vector.encoder != encoder:
            return None
        return RunTarget(
            key, TargetRecord.of_vector(vector.name, vector.sha256, encoder, vector.vector), vector.vector, {}
        )
    face, vectors = session[FACES].get(key), session[EMBEDDINGS].get(key, {})
    loaded = None if face is None else session[PHOTOGRAPHS].get(face.photograph_key)
    if face is None or loaded is None or encoder not in vectors:
        return None
    record = TargetRecord.of_face(loaded.photograph, face.face, encoder, vectors[encoder])
    held_out = {name: one for name, one in vectors.items() if name != encoder}
    return RunTarget(key, record, vectors[encoder], held_out, face.frame)


def same_face(one: LabFace, other: LabFace) -> bool:
    """Whether two are the same face with the same points and embeddings."""
    return one.key == other.key and one.face is other.face and one.vectors is other.vectors


def fresh_rows(session: Session, key: str | None = None) -> tuple[LabRow, ...]:
    """The rows that are of what is chosen now, or that of one face; none while some are still to come."""
    state, choice, encoder = session[LAB_ROWS], session[LAB], session[ENCODER]
    if state.busy:
        return ()
    rows = [row for row in state.rows if row.made is not None and key in (None, row.key)]
    return tuple(row for row in rows if row.choice.made_by == choice.made_by and row.encoder == encoder)
