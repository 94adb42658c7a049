"""What a picture of the window says of itself when it leaves it: which run, step, face or fit it shows.

A picture is known by its array: whatever the session holds is shown as it is, and never changed in place.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.studio.figures.drawings import Drawing, ImageDrawing
from explorer.studio.figures.provenance import Provenance, bare_record, provenance, source_record
from explorer.studio.session.run import TargetRecord
from explorer.studio.session.snapshot import all_runs
from explorer.studio.session.state import RunState, Session

Image = NDArray[np.uint8]


def picture_record(session: Session, pixels: Image, title: str, *, mark: bool) -> Provenance:
    """Describe a picture that the window shows, (H, W, 3).

    Args:
        title: of the view that shows it. mark: whether it leaves with the mark of a reconstruction.
    """
    for run in all_runs(session).values():
        step = _place(run, pixels)
        if step is not None:
            return run_record(run, ImageDrawing(step=None if step < 0 else step, mark=mark), picture=title)
        if pixels is run.target_frame or pixels is run.target.frame:
            return bare_record(kind="photograph", picture=title, source=_source(run.target.record))
    return _varied(session, pixels, title) or _of_face(session, pixels, title)


def _place(run: RunState, pixels: Image) -> int | None:
    """The step that a picture of a run shows; -1 for its result, None where it is none of this run's."""
    if pixels is run.native:
        return -1
    last = len(run.steps) - 1
    places = ((run.shown_image, run.shown_index), (run.best_image, run.best_index), (run.image, last))
    return next((step for picture, step in places if pixels is picture and step is not None and step >= 0), None)


def run_record(run: RunState, drawing: Drawing | None = None, **more: Any) -> Provenance:
    """Describe a run, finished or as far as it came.

    One that was not finished can be made again as if it had been stopped there.
    """
    if run.result is not None:
        return {**provenance(run.result, drawing=drawing), **more}
    target = run.target.record.model_dump(mode="json")
    record = bare_record(
        settings=run.settings.model_dump(mode="json"),
        target=target | source_record(run.target.record.name, run.target.record.sha256),
        weight_changes=[change.model_dump(mode="json") for change in run.changes],
        steps=max(len(run.steps) - 1, 0),
        stopped_by="user",
        unfinished=True,
        device="",
        versions={},
        networks={},
    )
    if run.branch is not None:
        record["branch"] = run.branch.model_dump(mode="json")
    if drawing is not None:
        record["drawing"] = drawing.model_dump(mode="json")
    return record | more


def _varied(session: Session, pixels: Image, title: str) -> Provenance | None:
    state = session.variation
    if state is None:
        return None
    finished = None if state.result is None else state.result.finished
    if finished is not None and state.result is not None:
        from explorer.studio.figures.drawings import VariationDrawing
        from explorer.studio.figures.variation_figure import variation_provenance  # brings matplotlib

        for shown, part in ((finished.mean, "mean"), (state.result.painted, "map")):
            if pixels is shown:
                drawing = VariationDrawing.model_validate({"part": part})
                return {**variation_provenance(finished.record, drawing), "picture": title}
        for one in finished.results:
            if pixels is one.native:
                return {**provenance(one.run, drawing=ImageDrawing()), "picture": title}
    if any(pixels is one for one in state.pictures):
        return bare_record(kind="inversion of several", picture=title, source=_source(state.target.record))
    return None


def _of_face(session: Session, pixels: Image, title: str) -> Provenance:
    """Describe a picture by the face that it is of or, of whatever was drawn anew, by the selected one."""
    face = next((one for one in session.faces.values() if pixels is one.frame or pixels is one.thumbnail), None)
    face = face or session.faces.get(session.selected or "")
    shown = next((one for one in session.photographs.values() if pixels is one.photograph.pixels), None)
    if shown is None and face is not None:
        shown = session.photographs.get(face.photograph_key)
    vector = session.vectors.get(session.selected or "")
    about: dict[str, Any] = {"kind": "picture", "picture": title}
    if shown is not None:
        about["source"] = source_record(shown.photograph.name, shown.photograph.sha256)
    elif vector is not None:
        about["source"] = source_record(vector.name, vector.sha256)
    portrait = None if face is None else session.viewing.portraits.get(face.key)
    scene = session.viewing.scene
    if portrait is not None and scene is not None:
        about["view"] = {"yaw": scene.yaw, "pitch": scene.pitch, "model": portrait.fitted.model.name}
    return bare_record(**about)


def selected_source(session: Session) -> dict[str, Any]:
    """The photograph or vector that is selected, for a record; nothing where there is none."""
    face = session.faces.get(session.selected or "")
    vector = session.vectors.get(session.selected or "")
    if face is not None:
        photograph = session.photographs[face.photograph_key].photograph
        return {"source": source_record(photograph.name, photograph.sha256)}
    return {} if vector is None else {"source": source_record(vector.name, vector.sha256)}


def _source(target: TargetRecord) -> dict[str, str]:
    return source_record(target.name, target.sha256)
