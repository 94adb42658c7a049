"""What the search makes of a changed face: its embedding among the vectors of the session, and inverted."""

from __future__ import annotations

import hashlib

from explorer.studio.arrays import Vector
from explorer.studio.faces.controller import LONGEST_NAME, FacesController
from explorer.studio.faces.state import VECTORS, LoadedVector
from explorer.studio.faces.template_record import ChangedRecord, VectorSource
from explorer.studio.faces.vectors import npy_bytes
from explorer.studio.inversion.controller import InversionController
from explorer.studio.inversion.state import RUNS_CHANGE
from explorer.studio.laboratory.row_words import row_title
from explorer.studio.laboratory.values import LabRow
from explorer.studio.session.services import AppServices
from explorer.studio.session.state import Session

BEHIND_MAP = "behind the map"


def invert_row(app: AppServices, row: LabRow, *, mapped: bool) -> str | None:
    """Put a changed face's embedding among the vectors, select it and begin its inversion; undo takes back both.

    It goes with the face, and with what an attack went towards, where these are forgotten.

    Args:
        mapped: whether the embedding behind the map is meant.

    Returns:
        The vector's key; None where the row has no such embedding.
    """
    vector = row.mapped if mapped else row.after
    if vector is None:
        return None
    session, loaded = app.session, _loaded(app.session, row, vector, mapped=mapped)
    app.history.record("invert a changed face", (VECTORS, *RUNS_CHANGE), loaded.key)
    with app.history.suspended():
        session[VECTORS] = {**session[VECTORS], loaded.key: session[VECTORS].get(loaded.key, loaded)}
        faces = app.controller(FacesController)
        faces.select_face(loaded.key)
        faces.compare()
        app.controller(InversionController).start()
    app.history.refresh()
    return loaded.key


def _loaded(session: Session, row: LabRow, vector: Vector, *, mapped: bool) -> LoadedVector:
    sha256 = hashlib.sha256(npy_bytes(vector)).hexdigest()
    how = f"{row_title(row)}, {BEHIND_MAP}" if mapped else row_title(row)
    # A name of a file has no slash: what stands before one is taken for a folder.
    name = f"{row.whose.name}, {how}".replace("/", " of ")[:LONGEST_NAME].rstrip()
    record = ChangedRecord(how=how[:2000], sources=_sources(session, row))
    return LoadedVector(f"{sha256}/{row.encoder}", name, sha256, row.encoder, vector, changed=record)


def _sources(session: Session, row: LabRow) -> tuple[VectorSource, ...]:
    """The face, what an attack went towards, and what that was made of in turn."""
    face, aim = row.whose, row.aim
    points = tuple((float(x), float(y)) for x, y in face.face.points)
    own = VectorSource(
        key=face.key,
        name=face.photograph.name,
        sha256=face.photograph.sha256,
        points=points,
        points_by_hand=face.face.by_hand,
    )
    if aim is None:
        return (own,)
    bare = session[VECTORS].get(aim.key)
    towards = VectorSource(
        key=aim.key, name=aim.record.name, sha256=aim.record.sha256, points=_points(aim.record.points)
    )
    return own, towards, *(() if bare is None else bare.sources)


def _points(points: list[list[float]] | None) -> tuple[tuple[float, float], ...] | None:
    return None if points is None else tuple((x, y) for x, y in points)
