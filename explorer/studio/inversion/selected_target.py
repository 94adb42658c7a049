"""From what is loaded to what an inversion works towards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from explorer.science.generation.registry import GENERATORS, absence
from explorer.science.inversion.settings import InversionSettings
from explorer.studio.errors import UserError
from explorer.studio.faces.state import (
    ALTERED,
    EDITS,
    EMBEDDINGS,
    ENCODER,
    FACES,
    PHOTOGRAPHS,
    VECTORS,
    LoadedFace,
    LoadedVector,
    edits_of,
)
from explorer.studio.inversion.record import TargetRecord
from explorer.studio.inversion.state import AS_TARGET, SETTINGS, WEIGHTS
from explorer.studio.inversion.values import RunTarget
from explorer.studio.session.state import Level, Session


def target_of(session: Session, key: str) -> RunTarget:
    """The target for the session's chosen encoder: a loaded face's embedding, or a bare vector; altered in the probe
    panel where that is asked for.

    Raises:
        UserError: the vector was made by another encoder, the face has not been embedded, or the altered embedding is
            not there yet.
    """
    if key in session[VECTORS]:
        return _altered(session, _of_vector(session[VECTORS][key], session[ENCODER]))
    return _altered(session, _of_face(session, session[FACES][key]))


def run_inputs(
    session: Session, key: str, notify: Callable[[Level, str, str], None]
) -> tuple[RunTarget, InversionSettings] | None:
    """What a run begins with: the target, and the settings with the weights in hand; None where it cannot begin.

    Args:
        notify: told why, with level, title and text.
    """
    if not generator_is_here(session[SETTINGS], notify):
        return None
    try:
        target = target_of(session, key)
    except UserError as error:
        notify("warning", "This cannot be inverted", str(error))
        return None
    return target, session[SETTINGS].model_copy(update={"weights": dict(session[WEIGHTS])})


def generator_is_here(settings: InversionSettings, notify: Callable[[Level, str, str], None]) -> bool:
    """Whether the generator of settings is on this machine; if not, that is said.

    Args:
        notify: as of `run_inputs`.
    """
    here = settings.generator in GENERATORS
    if not here:
        notify("warning", "The generator is not on this machine", absence(settings.generator))
    return here


def _of_vector(loaded: LoadedVector, encoder: str) -> RunTarget:
    if loaded.encoder != encoder:
        raise UserError(f"{loaded.name} is an embedding of {loaded.encoder}, not of {encoder}: choose {loaded.encoder}")
    record = TargetRecord.of_vector(loaded.name, loaded.sha256, encoder, loaded.vector)
    return RunTarget(loaded.key, record, loaded.vector, {})


def _of_face(session: Session, loaded: LoadedFace) -> RunTarget:
    vectors = session[EMBEDDINGS].get(loaded.key, {})
    if session[ENCODER] not in vectors:
        yet = "yet" if not vectors else "as its network is not here: fetch the networks, or choose another encoder"
        raise UserError(f"{loaded.name} has no embedding of {session[ENCODER]} {yet}")
    vector = vectors[session[ENCODER]]
    photograph = session[PHOTOGRAPHS][loaded.photograph_key].photograph
    record = TargetRecord.of_face(photograph, loaded.face, session[ENCODER], vector)
    held_out = {encoder: other for encoder, other in vectors.items() if encoder != session[ENCODER]}
    return RunTarget(loaded.key, record, vector, held_out, loaded.frame)


def _altered(session: Session, target: RunTarget) -> RunTarget:
    """Held-out encoders go on to judge by the photograph as it was: what is found shows what survived."""
    edits = edits_of(session[EDITS], target.key)
    if not (session[AS_TARGET] and edits.changes):
        return target
    altered = session[ALTERED]
    if altered is None or (altered.key, altered.encoder, altered.edits) != (target.key, session[ENCODER], edits):
        raise UserError("the altered embedding is still being read: start again in a moment")
    record = target.record.altered(altered.vector, edits.picture, edits.vector)
    return replace(target, record=record, vector=altered.vector, frame=altered.frame)
