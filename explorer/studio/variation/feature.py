"""Several inversions of one embedding, as the table of features lists them."""

from __future__ import annotations

from explorer.studio.session.feature import Feature
from explorer.studio.variation.state import SLICES

FEATURE = Feature(
    name="variation",
    slices=SLICES,
    controllers=("explorer.studio.variation.controller:VariationController",),
    handlers="explorer.studio.variation.handlers:handlers",
    codecs=("explorer.studio.variation.codec:CODEC",),
)
