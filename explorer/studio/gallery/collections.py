"""Handlers for collections, and for grouping and mapping faces, however many: nothing of N faces squared is held."""

from __future__ import annotations

from collections.abc import Generator, Mapping

import numpy as np
from numpy.typing import NDArray

from explorer.science.evaluation.fitted_projection import (
    PCA_SAMPLE,
    T_SNE_SAMPLE,
    Fitted,
    FittedNeighbours,
    fit_components,
    sample_of,
    transform_all,
)
from explorer.science.evaluation.projection import Plane, principal_components, t_sne
from explorer.science.evaluation.score import without_statistics
from explorer.science.iteration import Steps
from explorer.science.recognition import approximate_search
from explorer.science.recognition.base import Metric
from explorer.science.recognition.block_search import BlockSearch
from explorer.science.recognition.clustering import average_linkage
from explorer.science.recognition.neighbours import Matrix, unit
from explorer.science.recognition.registry import encoder_spec
from explorer.science.recognition.sparse_clustering import (
    NEAREST,
    Pairs,
    pairs_of_neighbours,
    passing_pairs,
    sparse_average_linkage,
)
from explorer.studio.catalogue.networks import Networks
from explorer.studio.collection.forgetting import forget_faces
from explorer.studio.collection.index import cached_search, make_cached_index
from explorer.studio.collection.reading import Collection, open_collection
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.errors import UserError
from explorer.studio.gallery.far import Joined
from explorer.studio.gallery.requests import (
    CollectionIndexed,
    CollectionOpened,
    FacesGrouped,
    FacesProjected,
    ForgetInCollection,
    GroupFaces,
    IndexCollection,
    NeighboursFound,
    OpenCollection,
    PointsMoved,
    ProjectFaces,
    SearchCollection,
)

MOST_NEAREST = 1000
# So many faces are compared with all others while groups are joined, and laid out each by itself.
DENSE = 10_000
LAID_OUT = 20_000
_MOVED_EVERY = 50
_BLOCK = 1024


class CollectionHandlers:
    """Opens, indexes and searches collections; the index that was used last stays open."""

    def __init__(self) -> None:
        self._searching: tuple[Collection, tuple[approximate_search.ApproximateSearch, str] | None] | None = None

    def table(self) -> Mapping[type[Request], Handler]:
        """The handlers by request."""
        return {
            OpenCollection: self.open,
            ForgetInCollection: self.forget,
            IndexCollection: self.index,
            SearchCollection: self.search,
            GroupFaces: group_faces,
            ProjectFaces: project_faces,
        }

    def open(self, request: OpenCollection, control: Control) -> Generator[Report, None, CollectionOpened]:
        """Map a collection."""
        yield Progress("opening")
        return CollectionOpened(open_collection(request.folder))

    def forget(self, request: ForgetInCollection, control: Control) -> Generator[Report, None, CollectionOpened]:
        """Overwrite what there is of faces, in the collection and in its index."""
        yield Progress("forgetting")
        self._searching = None
        forgotten = request.forgotten
        forget_faces(request.folder, forgotten.holds, forgotten.keys, forgotten.photographs)
        return CollectionOpened(open_collection(request.folder), anew=True)

    def index(self, request: IndexCollection, control: Control) -> Generator[Report, None, CollectionIndexed]:
        """Make the index, and measure it."""
        self._searching = None
        measure = encoder_spec(request.collection.header.encoder).measure
        running = Steps(make_cached_index(request.collection, measure))
        for what, done, total in running:
            yield Progress(what, done, total, "faces")
        return CollectionIndexed(running.result.says)

    def search(self, request: SearchCollection, control: Control) -> Generator[Report, None, NeighboursFound]:
        """Find the nearest: exactly where they are few enough or there is no index, else by that."""
        yield Progress("searching")
        one, count = request.collection, min(MOST_NEAREST, len(request.collection))
        measure = encoder_spec(one.header.encoder).measure
        known = self._index(one, measure) if len(one) >= approximate_search.FEWEST else None
        if known is not None:
            rows, scores = known[0].nearest(request.vector, count)
            says = known[1]
        else:
            found, some = BlockSearch(one.vectors, measure, one.present).nearest(request.vector[None], count)
            rows, scores, says = found[0], some[0], "exact search"
        there = one.present[rows]
        return NeighboursFound(one, request.reference, rows[there], scores[there], says)

    def _index(self, one: Collection, measure: Metric) -> tuple[approximate_search.ApproximateSearch, str] | None:
        if self._searching is None or self._searching[0] is not one:
            found = cached_search(one, measure)
            self._searching = one, None if found is None else (found[0], found[1].says)
        return self._searching[1]


def group_faces(request: GroupFaces, control: Control) -> Generator[Report, None, FacesGrouped]:
    """Group by average linkage at the threshold of FMR 1e-3."""
    total = len(request.keys)
    yield Progress("grouping", 0, total, "faces")
    # The impostor statistics are a small file of the project's own; no network is loaded for them.
    calibration = Networks("cpu").calibration(request.encoder)
    if calibration is None:
        why = without_statistics(request.encoder, whole=True)
        raise UserError(f"{why}, or group the faces by another encoder")
    threshold, measure = calibration.threshold, encoder_spec(request.encoder).measure
    remark = ""
    if total <= DENSE:
        running = Steps(average_linkage(request.vectors[:], measure, threshold))
    else:
        pairs = yield from _pairs(request, measure, threshold)
        running = Steps(sparse_average_linkage(request.vectors, measure, threshold, pairs))
        if not pairs.complete:
            remark = f"each face was compared with the {NEAREST} nearest to it"
    for done in running:
        yield Progress("grouping", done, total, "faces")
    return FacesGrouped(request.encoder, threshold, request.keys, running.result, remark)


def _pairs(request: GroupFaces, measure: Metric, threshold: float) -> Generator[Report, None, Pairs]:
    """All pairs that pass the threshold, where these can be found and held; else the nearest few of each face."""
    total = len(request.keys)
    if total < approximate_search.FEWEST:
        finding = Steps(passing_pairs(request.vectors, measure, threshold))
        for done in finding:
            yield Progress("comparing", done, total, "faces")
        if finding.result is not None:
            return finding.result
    # Each face is the nearest to itself.
    nearest = np.full((total, NEAREST + 1), -1, np.int32)
    keys = request.keys
    found = cached_search(keys.far.collection, measure) if isinstance(keys, Joined) else None
    exact = BlockSearch(request.vectors, measure)
    for start in range(0, total, _BLOCK):
        some = request.vectors[start : start + _BLOCK]
        if found is not None and isinstance(keys, Joined) and start >= len(keys.first):
            here = _by_index(found[0], keys, some)
        else:
            here = exact.nearest(some, NEAREST + 1)[0]
        nearest[start : start + len(some), : here.shape[1]] = here
        yield Progress("finding the nearest", start + len(some), total, "faces")
    return pairs_of_neighbours(nearest)


def _by_index(search: approximate_search.ApproximateSearch, keys: Joined[str], some: Matrix) -> NDArray[np.int64]:
    """The nearest to a block of faces, as places among all; -1 for one that is not among them."""
    own, rows = len(keys.first), keys.far.rows
    found = search.neighbours(some, NEAREST + 1)
    places = np.searchsorted(rows, found)
    there = (found >= 0) & (rows[np.minimum(places, len(rows) - 1)] == found)
    return np.where(there, own + places, -1)


def project_faces(request: ProjectFaces, control: Control) -> Generator[Report, None, FacesProjected]:
    """Lay faces out each by itself where they are few; else a sample of them, by which the others are carried over."""
    yield Progress("projecting")
    measure, total = encoder_spec(request.encoder).measure, len(request.keys)
    fitted = request.fitted
    try:
        if fitted is None and request.method == "pca" and total > LAID_OUT:
            fitted = fit_components(request.vectors, measure, sample_of(np.arange(total), PCA_SAMPLE))
        elif fitted is None and request.method == "pca":
            plane = principal_components(request.vectors[:], measure)
            return FacesProjected(request.method, request.encoder, request.keys, plane.points, plane.explained)
        elif fitted is None:
            chosen = sample_of(np.arange(total), T_SNE_SAMPLE if total > LAID_OUT else total)
            sample = request.vectors[chosen]
            plane = yield from _by_t_sne(request, sample, measure, whole=len(chosen) == total)
            few = sample_of(np.arange(len(sample)), T_SNE_SAMPLE)
            compared = unit(sample[few]) if measure == "cosine" else sample[few]
            fitted = FittedNeighbours(compared, plane.points[few], measure)
            if len(chosen) == total:
                return _carried(request, plane.points, fitted)
    except ValueError as error:
        raise UserError(str(error)) from error
    running = Steps(transform_all(fitted, request.vectors))
    for done in running:
        yield Progress("carrying over", done, total, "faces")
    return _carried(request, running.result, fitted)


def _by_t_sne(request: ProjectFaces, sample: Matrix, measure: Metric, *, whole: bool) -> Generator[Report, None, Plane]:
    running = Steps(t_sne(sample, measure))
    for moving in running:
        if whole and moving.done % _MOVED_EVERY == 0:
            yield PointsMoved(request.method, request.encoder, request.keys, moving.points, moving.done, moving.total)
        yield Progress(f"step {moving.done} of {moving.total}", moving.done, moving.total, "steps")
    return running.result


def _carried(request: ProjectFaces, points: Matrix, fitted: Fitted) -> FacesProjected:
    return FacesProjected(request.method, request.encoder, request.keys, points, fitted.explained, fitted)
