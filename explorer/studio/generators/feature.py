"""Generators of the user's own, as the table of features lists them."""

from __future__ import annotations

from explorer.studio.generators.state import SLICES
from explorer.studio.session.feature import Feature

FEATURE = Feature(
    name="generators",
    slices=SLICES,
    controllers=("explorer.studio.generators.controller:GeneratorsController",),
    handlers="explorer.studio.generators.handlers:handlers",
)
