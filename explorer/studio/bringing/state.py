"""The slice of a network that is being brought. No Qt, no torch."""

from __future__ import annotations

from explorer.studio.bringing.values import Bringing
from explorer.studio.session.slices import Slice, holds_no_face

BRINGING = Slice[Bringing | None](
    name="bringing",
    default=lambda: None,
    without=holds_no_face("it is about a network, and the people that it is tried on are none of the user's"),
    mark=None,
    unsaved="what has been brought is kept in a folder of its own, and what has not is begun anew",
)

SLICES = (BRINGING,)
