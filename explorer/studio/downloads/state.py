"""What is missing of the networks. No Qt, no torch."""

from __future__ import annotations

from explorer.studio.session.slices import Slice, holds_no_face

NETWORKS_MISSING = Slice[str | None](
    name="networks_missing",
    default=lambda: None,
    without=holds_no_face("it names networks"),
    mark=None,
    unsaved="it is looked up at every start",
)
"""Message of what must be fetched, or None."""

SLICES = (NETWORKS_MISSING,)
