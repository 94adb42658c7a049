"""Chosen faces' embeddings without an attribute, as a batch: what the Laboratory does to a face, done to a gallery."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from explorer.science.names import name_of
from explorer.studio.faces.state import ENCODER, VECTORS
from explorer.studio.gallery.browsing import BROWSING
from explorer.studio.gallery.rows import vector_of
from explorer.studio.laboratory.requests import ProtectVectors, VectorsProtected
from explorer.studio.laboratory.state import LAB
from explorer.studio.session.services import AppServices
from explorer.studio.session.state import Session

_TITLE = "No vectors were protected"


def protect_vectors(app: AppServices, keys: Sequence[str], path: Path) -> None:
    """Take the attribute that the Laboratory names out of faces' embeddings under the chosen encoder, and write them.

    Those without an embedding of that encoder are left out, which is said.
    """
    session = app.session
    encoder, choice = session[ENCODER], session[LAB]
    found = {key: vector for key in dict.fromkeys(keys) if (vector := vector_of(session, key, encoder)) is not None}
    if not found:
        app.notify("warning", _TITLE, f"none of the chosen has an embedding of {encoder}")
        return
    left_out = len(dict.fromkeys(keys)) - len(found)
    if left_out:
        app.notify("info", "Not all vectors are protected", f"{left_out} have no embedding of {encoder}")
    names = tuple(_name(session, key) for key in found)
    sha256s = tuple(key.partition("/")[0] for key in found)
    vectors = np.stack([*found.values()]).astype(np.float32)
    app.submit(ProtectVectors(path, encoder, choice.modify, choice.modifier, names, sha256s, vectors))


def protected_words(made: VectorsProtected) -> str:
    """What was done, in a sentence."""
    count = len(made.cosines)
    which = "1 embedding" if count == 1 else f"{count} embeddings"
    low, high = float(made.cosines.min()), float(made.cosines.max())
    files = ", ".join(str(path) for path in made.paths)
    return f"{which} without {made.attribute}; cosine with what they were {low:.2f} to {high:.2f}: {files}"


def _name(session: Session, key: str) -> str:
    bare, far = session[VECTORS].get(key), session[BROWSING].listing.faces.get(key)
    if bare is not None:
        return bare.name
    if far is not None:
        return name_of(far.path)
    listing = session[BROWSING].listing
    return listing.names[listing.places[key]] if key in listing.places else "a face"
