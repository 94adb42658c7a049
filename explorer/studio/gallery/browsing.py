"""How the gallery is looked at: not kept in a session's file, and nothing that undo takes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from explorer.studio.faces.values import SimilarityTable
from explorer.studio.gallery.far import Joined, rows_held
from explorer.studio.gallery.listing import NOBODY, Listing
from explorer.studio.gallery.state import GALLERY
from explorer.studio.gallery.values import Method, Order
from explorer.studio.session.slices import Forgotten, Slice

if TYPE_CHECKING:  # the window opens before torch is loaded
    from explorer.science.evaluation.fitted_projection import Fitted
    from explorer.studio.gallery.values import DifferenceMap

Image = NDArray[np.uint8]
MOST_COMPARED = 4


@dataclass(frozen=True, eq=False)
class Shown:
    """Rows of the listing in the order in which they are shown.

    scores: of these rows against the reference, in the encoder's measure; NaN where there is none. None where the order
        is another.
    reference: key of the face that others are compared with; None where there is none.
    encoder: by which. says: how those of a collection were found; empty where none were sought.
    """

    rows: NDArray[np.intp]
    scores: NDArray[np.float32] | None = None
    reference: str | None = None
    encoder: str = ""
    says: str = ""


@dataclass(frozen=True, eq=False)
class PlaneMap:
    """Faces on a plane.

    rows: keys of the points. points: (N, 2). explained: of the axes, where these mean something.
    done, total: steps, while points still move; total is 0 once they rest.
    fitted: what carries more faces over; None where nothing does, as once faces were forgotten by which it was made.
    """

    method: Method
    encoder: str
    keys: Sequence[str]
    points: NDArray[np.float32]
    explained: tuple[float, float] | None = None
    done: int = 0
    total: int = 0
    fitted: Fitted | None = None

    def kept(self, kept: NDArray[np.intp]) -> PlaneMap | None:
        """Some of its points, by their numbers; None for none, and where keys are not held but looked up."""
        if not len(kept) or isinstance(self.keys, Joined):
            return None
        keys = tuple(self.keys[row] for row in kept.tolist())
        return replace(self, keys=keys, points=self.points[kept], total=0, fitted=None)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two to four faces beside each other.

    frames: by key, in the common frame. remarks: by key, why that is only a thumbnail.
    tables: by encoder, empty until they are there.
    """

    keys: tuple[str, ...]
    frames: Mapping[str, Image] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, SimilarityTable] = field(default_factory=dict)


_ALL = Shown(np.zeros(0, np.intp))


@dataclass(frozen=True, eq=False)
class GalleryViewState:
    """How the gallery is looked at.

    listing: what can be shown. shown: what is, in which order. query: words that names or persons have to hold.
    chosen: keys of the chosen faces, the one that others are compared with first.
    scanning: whether folders are being read. grouping: whether faces are being grouped.
    watched_map, watched_comparison: whether anybody looks at these.
    plane: the newest map. method: by which it is made.
    comparison: of the chosen faces, where they are two to four.
    difference: between the two pictures under the wipe.
    """

    listing: Listing = NOBODY
    shown: Shown = _ALL
    query: str = ""
    order: Order = "name"
    chosen: tuple[str, ...] = ()
    scanning: bool = False
    grouping: bool = False
    watched_map: bool = False
    watched_comparison: bool = False
    watched_difference: bool = False
    method: Method = "pca"
    plane: PlaneMap | None = None
    comparison: Comparison | None = None
    difference: DifferenceMap | None = None


def held(keys: Sequence[str], forgotten: Forgotten) -> list[int]:
    """Places of keys that are forgotten."""
    if not isinstance(keys, Joined):
        return [row for row, key in enumerate(keys) if forgotten.holds(key)]
    far, own = keys.far, len(keys.first)
    places = map(far.place_of_row, rows_held(far.collection, forgotten))
    return held(keys.first, forgotten) + [own + place for place in places if place is not None]


def browsing_left(browsing: GalleryViewState, forgotten: Forgotten) -> dict[str, Any]:
    """What stays of what is chosen, compared and laid out, by field; for a listing without the forgotten."""
    chosen, plane, comparison = browsing.chosen, browsing.plane, browsing.comparison
    gone = [] if plane is None else held(plane.keys, forgotten)
    if plane is not None and gone:
        plane = plane.kept(np.setdiff1d(np.arange(len(plane.keys)), gone))
    if comparison is not None and any(map(forgotten.holds, comparison.keys)):
        comparison = None
    return {
        "chosen": tuple(key for key in chosen if not forgotten.holds(key)),
        "plane": plane,
        "comparison": comparison,
    }


def _without(browsing: GalleryViewState, forgotten: Forgotten) -> GalleryViewState:
    if not browsing.listing.rows_of(forgotten):
        return browsing
    # The rows are listed anew from what is left; until then none is shown.
    return replace(browsing, listing=NOBODY, shown=_ALL, chosen=(), plane=None, comparison=None, difference=None)


BROWSING = Slice[GalleryViewState](
    name="browsing",
    default=GalleryViewState,
    without=_without,
    mark=None,
    unsaved="it is how the gallery is looked at",
)
"""How the gallery is looked at."""

SLICES = (GALLERY, BROWSING)
