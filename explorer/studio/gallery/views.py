"""The map of the gallery, the comparison of a few of its faces, and the difference of two pictures.

Each is made only while somebody looks at it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.studio.engine.reports import Event, Finished
from explorer.studio.engine.requests import Ticket
from explorer.studio.faces.state import ENCODER, FACES
from explorer.studio.gallery.browsing import BROWSING, MOST_COMPARED, Comparison, GalleryViewState, Image, PlaneMap
from explorer.studio.gallery.far import Joined
from explorer.studio.gallery.requests import (
    CompareFew,
    Differ,
    FacesFramed,
    FacesProjected,
    FewCompared,
    FrameFaces,
    PointsMoved,
    ProjectFaces,
)
from explorer.studio.gallery.rows import all_rows_of, all_vectors_of, face_of
from explorer.studio.gallery.values import DifferenceMap, Method
from explorer.studio.inversion.state import RUN
from explorer.studio.session.services import AppServices

if TYPE_CHECKING:  # the window opens before torch is loaded
    from explorer.science.evaluation.fitted_projection import Fitted


class GalleryViews:
    """Keeps `plane`, `comparison` and `difference` of `session[BROWSING]`."""

    def __init__(self, app: AppServices) -> None:
        self._app = app
        self._session = session = app.session
        self._mapping: Ticket | None = None
        self._mapped: tuple[object, ...] = ()
        session.changed(RUN).connect(self._run_changed)

    def watch(self, **watched: bool) -> None:
        """Say which of the map, the comparison and the difference somebody looks at: `watch(map=True)`."""
        self._browse(**{f"watched_{what}": on for what, on in watched.items()})
        if watched.get("map"):
            self.project_if_watched()
        if watched.get("comparison"):
            self.compare_if_watched()

    def differ(self, one: Image, other: Image) -> None:
        """Have the difference of two pictures painted."""
        self._app.submit(Differ(one, other))

    def relisted(self) -> None:
        """Follow the listing: points of faces that are gone go, and what somebody looks at is made anew."""
        browsing = self._session[BROWSING]
        plane, places = browsing.plane, browsing.listing.places
        if isinstance(plane, PlaneMap) and isinstance(plane.keys, Joined):
            if plane.keys.far is not browsing.listing.far:
                self._browse(plane=None)
        elif plane is not None and not all(key in places for key in plane.keys):
            kept = np.array([row for row, key in enumerate(plane.keys) if key in places], np.intp)
            self._browse(plane=plane.kept(kept))
        self.compare_if_watched()
        self.project_if_watched()

    def embedded(self) -> None:
        """Follow embeddings: principal components are made anew, at once."""
        if self._session[BROWSING].method == "pca":
            self._mapped = ()
        self.project_if_watched()

    def _run_changed(self) -> None:
        difference, run = self._session[BROWSING].difference, self._session[RUN]
        if difference is not None and (run is None or run.target_frame is not difference.one):
            self._browse(difference=None)

    # The map.

    def project(self, method: Method) -> None:
        """Lay the faces out by another method."""
        self._browse(method=method)
        self._mapped = ()
        self.project_if_watched()

    def stop_mapping(self) -> None:
        """Let the points rest where they are."""
        if self._mapping is not None:
            self._app.engine.cancel(self._mapping)

    def project_if_watched(self) -> None:
        """Lay the faces out, where somebody looks and they are not laid out yet."""
        session = self._session
        browsing = session[BROWSING]
        wanted = (browsing.listing.keys, session[ENCODER], browsing.method)
        if not browsing.watched_map or wanted == self._mapped:
            return
        fitted = None
        if browsing.method == "t-sne" and self._mapped:
            # Minutes of work are not begun anew for every face that comes; principal components are.
            if self._mapped[1] == session[ENCODER]:
                fitted = self._fitted()
                if fitted is None:
                    return
            else:
                browsing = self._browse(method="pca")
        keys, vectors = all_rows_of(session, session[ENCODER], browsing.listing)
        self._mapped = (browsing.listing.keys, session[ENCODER], browsing.method)
        if keys:
            self._mapping = self._app.submit(ProjectFaces(browsing.method, session[ENCODER], keys, vectors, fitted))
        else:
            self._browse(plane=None)

    def _fitted(self) -> Fitted | None:
        """What carries faces that came since over to the map there is, where none of its own went."""
        plane = self._session[BROWSING].plane
        if plane is None or plane.total or plane.method != "t-sne" or plane.encoder != self._session[ENCODER]:
            return None
        return plane.fitted

    def _projected(self, result: FacesProjected) -> None:
        plane = PlaneMap(
            result.method, result.encoder, result.keys, result.points, result.explained, fitted=result.fitted
        )
        self._browse(plane=plane)

    # Comparing a few.

    def compare_if_watched(self) -> None:
        """Compare the chosen faces, where somebody looks and they are two to four."""
        browsing, session = self._session[BROWSING], self._session
        keys = browsing.chosen[:MOST_COMPARED]
        if not browsing.watched_comparison or len(keys) < 2:
            if browsing.comparison is not None:
                self._browse(comparison=None)
            return
        if browsing.comparison is not None and browsing.comparison.keys == keys:
            return
        frames = {key: session[FACES][key].frame for key in keys if key in session[FACES]}
        known = {key: frame for key, frame in frames.items() if frame is not None}
        self._browse(comparison=Comparison(keys, known))
        from explorer.science.recognition.registry import ENCODERS

        self._app.submit(CompareFew(all_vectors_of(session, keys, ENCODERS.names())))
        found = (face_of(browsing.listing, key) for key in keys if key not in known)
        faces = tuple(face for face in found if face is not None)
        if faces:
            self._app.submit(FrameFaces(faces))

    def _compared(self, few: FewCompared) -> None:
        comparison = self._session[BROWSING].comparison
        if comparison is not None and comparison.keys == few.keys:
            self._browse(comparison=replace(comparison, tables=few.tables))

    def _framed(self, framed: FacesFramed) -> None:
        comparison = self._session[BROWSING].comparison
        if comparison is not None:
            wanted = set(comparison.keys)
            frames = {key: frame for key, frame in framed.frames.items() if key in wanted}
            remarks = {key: remark for key, remark in framed.remarks.items() if key in wanted}
            changed = replace(comparison, frames={**comparison.frames, **frames}, remarks=remarks)
            self._browse(comparison=changed)

    # The engine's answers.

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """Where the results of requests go, by their type."""
        return {
            FacesProjected: self._projected,
            FewCompared: self._compared,
            FacesFramed: self._framed,
            DifferenceMap: self._differed,
        }

    def points_moved(self, ticket: Ticket, report: PointsMoved) -> None:
        """Show the points as they lie now."""
        if ticket == self._mapping:
            moved = PlaneMap(report.method, report.encoder, report.keys, report.points, None, report.done, report.total)
            self._browse(plane=moved)

    def on_final(self, event: Event) -> None:
        """Take note of a final event, before its result lands."""
        if event.ticket == self._mapping:
            self._mapping = None
            plane = self._session[BROWSING].plane
            if not isinstance(event.report, Finished) and plane is not None and plane.total:
                self._browse(plane=replace(plane, total=0))

    def _differed(self, difference: DifferenceMap) -> None:
        run = self._session[RUN]
        if run is not None and run.target_frame is difference.one:
            self._browse(difference=difference)

    def _browse(self, **fields: Any) -> GalleryViewState:
        browsing = self._session[BROWSING]
        if any(getattr(browsing, name) is not value for name, value in fields.items()):
            self._session[BROWSING] = replace(browsing, **fields)
        return self._session[BROWSING]
