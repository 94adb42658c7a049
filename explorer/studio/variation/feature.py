"""Several inversions of one embedding, as the table of features lists them."""

from __future__ import annotations

from explorer.studio.session.feature import ExportKind, Feature
from explorer.studio.variation.state import SLICES

FEATURE = Feature(
    name="variation",
    slices=SLICES,
    controllers=("explorer.studio.variation.controller:VariationController",),
    handlers="explorer.studio.variation.handlers:handlers",
    exports=(ExportKind("inversion of several", reason="the inversions were not finished: finished ones are runs"),),
    codecs=("explorer.studio.variation.codec:CODEC",),
)
