"""The generators that the user has brought. No Qt, no torch."""

from __future__ import annotations

from explorer.studio.catalogue.generators import GeneratorCard
from explorer.studio.session.slices import Slice, holds_no_face

BROUGHT = Slice[tuple[GeneratorCard, ...]](
    name="brought_generators",
    default=tuple,
    without=holds_no_face("they draw faces of nobody, and belong to the user and to no session"),
    mark=None,
    unsaved="they lie in a folder of the user's own, which is looked at when the program starts",
)
"""Their cards, by name."""

SLICES = (BROUGHT,)
