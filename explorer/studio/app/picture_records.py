"""What a picture of the window says of itself when it leaves it: which run, step, face or fit it shows.

A picture is known by its array: whatever the session holds is shown as it is, and never changed in place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from explorer.studio.export.drawings import ImageSpec
from explorer.studio.export.provenance import Provenance, bare_record, source_record
from explorer.studio.faces.state import FACES, PHOTOGRAPHS, SELECTED, VECTORS
from explorer.studio.geometry.provenance import inversion_of
from explorer.studio.geometry.state import VIEWING
from explorer.studio.geometry.view.face_view import FaceView
from explorer.studio.geometry.view.scene import Tint
from explorer.studio.inversion.provenance import provenance, run_record
from explorer.studio.inversion.record import TargetRecord
from explorer.studio.inversion.state import RUN, RunState, all_runs
from explorer.studio.laboratory.state import LAB_ROWS
from explorer.studio.leakage.state import PROBING
from explorer.studio.methods.state import METHODS
from explorer.studio.people.person_export import person_record
from explorer.studio.people.state import PEOPLE_SHOWN
from explorer.studio.session.state import Session
from explorer.studio.variation.state import VARIATION

if TYPE_CHECKING:
    from explorer.studio.geometry.view.describing import Which

Image = NDArray[np.uint8]


def picture_record(session: Session, pixels: Image, title: str, *, mark: bool) -> Provenance:
    """Describe a picture that the window shows, (H, W, 3).

    Args:
        title: of the view that shows it. mark: whether it leaves with the mark of a reconstruction.
    """
    for run in all_runs(session).values():
        step = _place(run, pixels)
        if step is not None:
            return run_record(run, ImageSpec(step=None if step < 0 else step, mark=mark), picture=title)
        if pixels is run.image or pixels is run.best_image:
            # A start, while starts compete: no step of the run has its number yet.
            return bare_record(
                kind="start of an inversion", picture=title, mark=mark, source=_source(run.target.record)
            )
        if pixels is run.target_frame or pixels is run.target.frame:
            return bare_record(kind="photograph", picture=title, source=_source(run.target.record))
    known = _varied(session, pixels, title) or _of_laboratory(session, pixels, title)
    known = known or _of_person(session, pixels, title) or _of_way(session, pixels, title, mark=mark)
    return known or _of_view(session, pixels, title) or _of_face(session, pixels, title)


def _of_person(session: Session, pixels: Image, title: str) -> Provenance | None:
    """Of a picture of the People dock, the scene that it was drawn of."""
    shown = session[PEOPLE_SHOWN]
    for picture in (shown.traced, shown.raster):
        if picture is not None and picture.pixels is pixels and picture.truth is not None:
            return person_record(picture.truth.scene, picture.rendering) | {"picture": title}
    return None


def _place(run: RunState, pixels: Image) -> int | None:
    """The step that a picture of a run shows; -1 for its result, None where it is none of this run's."""
    if pixels is run.native:
        return -1
    last = len(run.steps) - 1
    places = ((run.shown_image, run.shown_index), (run.best_image, run.best_index), (run.image, last))
    return next((step for picture, step in places if pixels is picture and step is not None and step >= 0), None)


def _varied(session: Session, pixels: Image, title: str) -> Provenance | None:
    state = session[VARIATION]
    if state is None:
        return None
    finished = None if state.result is None else state.result.finished
    if finished is not None and state.result is not None:
        from explorer.studio.export.drawings import VariationSpec
        from explorer.studio.variation.figure import variation_provenance  # brings matplotlib

        for shown, part in ((finished.mean, "mean"), (state.result.painted, "map")):
            if pixels is shown:
                drawing = VariationSpec.model_validate({"part": part})
                return {**variation_provenance(finished.record, drawing), "picture": title}
        for one in finished.results:
            if pixels is one.native:
                return {**provenance(one.run, drawing=ImageSpec()), "picture": title}
    if any(pixels is one for one in state.pictures):
        return bare_record(kind="inversion of several", picture=title, source=_source(state.target.record))
    return None


def _of_way(session: Session, pixels: Image, title: str, *, mark: bool) -> Provenance | None:
    """Describe a face that one of the ways of the Methods dock made."""
    state = session[METHODS]
    seen = None if state is None else next((one for one in state.seen if one.picture is pixels), None)
    if state is None or seen is None:
        return None
    from explorer.studio.methods.export import way_record  # brings matplotlib

    return way_record(state.target, state.settings, seen, picture=title, mark=mark)


def _of_laboratory(session: Session, pixels: Image, title: str) -> Provenance | None:
    """Describe a picture of a row of the laboratory by its own face and what was done to that."""
    for row in session[LAB_ROWS].rows:
        if any(pixels is one for one in (row.picture, row.change, *row.decoded)):
            choice, photograph = row.choice, row.whose.photograph
            done = getattr(choice, choice.operation).model_dump(mode="json", exclude={"towards"})
            about = {"operation": choice.operation, **done, "encoder": row.encoder}
            source = source_record(photograph.name, photograph.sha256)
            return bare_record(kind="picture", picture=title, source=source, laboratory=about)
    return None


def _of_view(session: Session, pixels: Image, title: str) -> Provenance | None:
    """Describe a texture or a map of the 3D view; maps are drawn anew by the window, and known by their pixels."""
    viewing = session[VIEWING]
    view, live = viewing.view, viewing.live
    if view is None:
        return None
    portrait = live if live is not None and live.key == view.key else viewing.portraits.get(view.key)
    which = _map(view, pixels)
    if portrait is None or which is None:
        return None
    from explorer.studio.geometry.view.describing import MapSpec, QualityRecord, record_of  # brings torch

    quality = QualityRecord(level=int(view.still), side=len(view.maps.exact), texture=len(view.sampled))
    drawing = MapSpec(which=which, quality=quality)
    return record_of(portrait, view.scene, drawing, inversion_of(portrait, session[RUN]), picture=title)


def _map(view: FaceView, pixels: Image) -> Which | None:
    from explorer.studio.geometry.view.tinting import map_picture

    if pixels is view.sampled or pixels is view.completed:
        return "sampled" if pixels is view.sampled else "completed"
    if pixels.shape[:2] != view.maps.exact.shape:
        return None
    named: dict[Which, Tint] = {"seen-exact": "exact", "seen-field": "field", "difference": "difference"}
    known = {which: tint for which, tint in named.items() if tint == "exact" or view.maps.field is not None}
    return next((which for which, tint in known.items() if np.array_equal(pixels, map_picture(view.maps, tint))), None)


def _of_face(session: Session, pixels: Image, title: str) -> Provenance:
    """Describe a picture by the face that it is of or, of whatever was drawn anew, by the selected one."""
    face = next((one for one in session[FACES].values() if pixels is one.frame or pixels is one.thumbnail), None)
    face = face or session[FACES].get(session[SELECTED] or "")
    shown = next((one for one in session[PHOTOGRAPHS].values() if pixels is one.photograph.pixels), None)
    if shown is None and face is not None:
        shown = session[PHOTOGRAPHS].get(face.photograph_key)
    vector = session[VECTORS].get(session[SELECTED] or "")
    about: dict[str, Any] = {"kind": "picture", "picture": title}
    if shown is not None:
        about["source"] = source_record(shown.photograph.name, shown.photograph.sha256)
    elif vector is not None:
        about["source"] = source_record(vector.name, vector.sha256)
    read = session[PROBING].face
    if read is not None and read.edits.picture.changes and pixels is read.now.frame:
        about["picture_edit"] = read.edits.picture.model_dump(mode="json")
    return bare_record(**about)


def selected_source(session: Session) -> dict[str, Any]:
    """The photograph or vector that is selected, for a record; nothing where there is none."""
    face = session[FACES].get(session[SELECTED] or "")
    vector = session[VECTORS].get(session[SELECTED] or "")
    if face is not None:
        photograph = session[PHOTOGRAPHS][face.photograph_key].photograph
        return {"source": source_record(photograph.name, photograph.sha256)}
    return {} if vector is None else {"source": source_record(vector.name, vector.sha256)}


def _source(target: TargetRecord) -> dict[str, str]:
    return source_record(target.name, target.sha256)
