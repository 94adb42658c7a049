"""Bringing networks, as the table of features lists it."""

from __future__ import annotations

from explorer.studio.bringing.state import SLICES
from explorer.studio.session.feature import Feature

FEATURE = Feature(
    name="bringing",
    slices=SLICES,
    controllers=("explorer.studio.bringing.controller:BringingController",),
    handlers="explorer.studio.bringing.handlers:handlers",
)
