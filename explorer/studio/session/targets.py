"""From what is loaded to what an inversion works towards."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.engine.jobs import Target
from explorer.studio.errors import UserError
from explorer.studio.session.run import TargetRecord
from explorer.studio.session.state import Level, LoadedFace, LoadedVector, Session


def target_of(session: Session, key: str) -> Target:
    """The target for the session's chosen encoder: a loaded face's embedding, or a bare vector; altered in the probe
    panel where that is asked for.

    Raises:
        UserError: the vector was made by another encoder, the face has not been embedded, or the altered embedding is
            not there yet.
    """
    if key in session.vectors:
        return _altered(session, _of_vector(session.vectors[key], session.encoder))
    return _altered(session, _of_face(session, session.faces[key]))


def beginning(
    session: Session, key: str, notify: Callable[[Level, str, str], None]
) -> tuple[Target, InversionSettings] | None:
    """What a run begins with: the target, and the settings with the weights in hand; None where it cannot begin.

    Args:
        notify: told why, with level, title and text.
    """
    try:
        target = target_of(session, key)
    except UserError as error:
        notify("warning", "This cannot be inverted", str(error))
        return None
    return target, session.settings.model_copy(update={"weights": dict(session.weights)})


def face_key(photograph_key: str, taken: Collection[str]) -> str:
    """A key for one more face of a photograph: the photograph's and the first number not taken."""
    number = 0
    while (key := f"{photograph_key}/{number}") in taken:
        number += 1
    return key


def _of_vector(loaded: LoadedVector, encoder: str) -> Target:
    if loaded.encoder != encoder:
        raise UserError(f"{loaded.name} is an embedding of {loaded.encoder}, not of {encoder}: choose {loaded.encoder}")
    record = TargetRecord.of_vector(loaded.name, loaded.sha256, encoder, loaded.vector)
    return Target(loaded.key, record, loaded.vector, {})


def _of_face(session: Session, loaded: LoadedFace) -> Target:
    vectors = session.embeddings.get(loaded.key, {})
    if session.encoder not in vectors:
        yet = "yet" if not vectors else "as its network is not here: fetch the networks, or choose another encoder"
        raise UserError(f"{loaded.name} has no embedding of {session.encoder} {yet}")
    vector = vectors[session.encoder]
    photograph = session.photographs[loaded.photograph_key].photograph
    record = TargetRecord.of_face(photograph, loaded.face, session.encoder, vector)
    held_out = {encoder: other for encoder, other in vectors.items() if encoder != session.encoder}
    return Target(loaded.key, record, vector, held_out, loaded.frame)


def _altered(session: Session, target: Target) -> Target:
    """Held-out encoders go on to judge by the photograph as it was: what is found shows what survived."""
    probing, key = session.probing, target.key
    edits = probing.edits_of(key)
    if not (probing.as_target and edits.changes):
        return target
    read = probing.face
    if read is None or (read.key, read.encoder, read.edits) != (key, session.encoder, edits):
        raise UserError("the altered embedding is still being read: start again in a moment")
    record = target.record.altered(read.now.vector, edits.picture, edits.vector)
    return replace(target, record=record, vector=read.now.vector, frame=read.now.frame)
