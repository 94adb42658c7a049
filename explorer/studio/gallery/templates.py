"""A template of chosen faces: their embeddings averaged to one vector, which then is a vector like any other."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from explorer.studio.arrays import Vector
from explorer.studio.faces.controller import FacesController
from explorer.studio.faces.state import ENCODER, FACES, PHOTOGRAPHS, VECTORS, LoadedVector
from explorer.studio.faces.template_record import TemplateMember, TemplateRecord
from explorer.studio.faces.vectors import npy_bytes
from explorer.studio.gallery.browsing import BROWSING
from explorer.studio.gallery.rows import vector_of
from explorer.studio.session.services import AppServices
from explorer.studio.session.state import Session

FEWEST = 2
_TITLE = "No template was made"


def template_in_session(app: AppServices, keys: Sequence[str]) -> str | None:
    """Average the embeddings of faces and vectors under the chosen encoder, put the average among the vectors, and
    select it.

    Those without an embedding of that encoder are left out, which is said.

    Returns:
        Its key; None where it was not made, which is said.
    """
    # Torch comes along, for which the first paint does not wait.
    from explorer.science.laboratory.templates import TemplateError, averaging_of, template_of
    from explorer.science.recognition.neighbours import Neighbours
    from explorer.science.recognition.registry import encoder_spec

    session = app.session
    encoder = session[ENCODER]
    found = {key: vector for key in dict.fromkeys(keys) if (vector := vector_of(session, key, encoder)) is not None}
    if len(found) < FEWEST:
        have = f"{len(found)} of the chosen have one"
        app.notify("warning", _TITLE, f"{FEWEST} faces at least need an embedding of {encoder}: {have}")
        return None
    vectors, measure = np.stack(list(found.values())), encoder_spec(encoder).measure
    averaging = averaging_of(measure)
    try:
        template = template_of(vectors, averaging)
    except (TemplateError, ValueError) as error:
        app.notify("warning", _TITLE, str(error))
        return None
    members = tuple(_member(session, key, 1 / len(found)) for key in found)
    record = TemplateRecord(averaging=averaging, members=members)
    loaded = _loaded(template, encoder, _name(session, list(found)), record)
    app.history.record("make a template", (VECTORS,), loaded.key)
    session[VECTORS] = {**session[VECTORS], loaded.key: loaded}
    faces = app.controller(FacesController)
    faces.select_face(loaded.key)
    faces.compare()
    left_out = len(dict.fromkeys(keys)) - len(found)
    without = f"; {left_out} without an embedding of {encoder} are left out" if left_out else ""
    # How alike its faces are to it: a template of several people is nobody's.
    scores = Neighbours(vectors, measure).scores(template)
    word = "cosine" if measure == "cosine" else "distance"
    alike = f"{word} of its faces to it {scores.min():.2f} to {scores.max():.2f}"
    text = f"{record.words()}, under {encoder}; {alike}{without}"
    app.notify("info", "The template is made", text, about=(loaded.key, *found))
    return loaded.key


def _loaded(vector: Vector, encoder: str, name: str, record: TemplateRecord) -> LoadedVector:
    sha256 = hashlib.sha256(npy_bytes(vector)).hexdigest()
    return LoadedVector(f"{sha256}/{encoder}", name, sha256, encoder, vector, record)


def _member(session: Session, key: str, weight: float) -> TemplateMember:
    """What is recorded of a face, wherever it lies."""
    loaded, bare, far = session[FACES].get(key), session[VECTORS].get(key), session[BROWSING].listing.faces.get(key)
    if bare is not None:
        return TemplateMember(key=key, name=bare.name, sha256=bare.sha256, weight=weight)
    face = loaded.face if loaded is not None else far.face if far is not None else None
    name = session[PHOTOGRAPHS][loaded.photograph_key].photograph.name if loaded is not None else ""
    return TemplateMember(
        key=key,
        name=name or (far.path.name if far is not None else "unnamed"),
        sha256=key.partition("/")[0],
        points=None if face is None else tuple((float(x), float(y)) for x, y in face.points),
        points_by_hand=face is not None and face.by_hand,
        weight=weight,
    )


def _name(session: Session, keys: Sequence[str]) -> str:
    """Such as "Ada, template of 5 faces"; without a name where the faces have several, or none."""
    listing = session[BROWSING].listing
    people = {listing.people[listing.places[key]] for key in keys if key in listing.places}
    whose = people.pop() if len(people) == 1 else ""
    return f"{whose}, template of {len(keys)} faces" if whose else f"template of {len(keys)} faces"
