"""The slices of a network that is being brought and of those that were. No Qt, no torch."""

from __future__ import annotations

from explorer.studio.bringing.values import Bringing
from explorer.studio.catalogue.brought_encoders import EncoderCard
from explorer.studio.session.slices import Slice, holds_no_face

BRINGING = Slice[Bringing | None](
    name="bringing",
    default=lambda: None,
    without=holds_no_face("it is about a network, and the people that it is tried on are none of the user's"),
    mark=None,
    unsaved="what has been brought is kept in a folder of its own, and what has not is begun anew",
)

OWN_ENCODERS = Slice[tuple[EncoderCard, ...]](
    name="own_encoders",
    default=tuple,
    without=holds_no_face("they are about networks, which belong to the user and to no session"),
    mark=None,
    unsaved="they lie in a folder of the user's own, which is looked at when the program starts",
)
"""The cards of the encoders that were imported, by name."""

SLICES = (BRINGING, OWN_ENCODERS)
