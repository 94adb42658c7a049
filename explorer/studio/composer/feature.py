"""The figure composer, as the table of features lists it."""

from __future__ import annotations

from explorer.studio.composer.state import SLICES
from explorer.studio.session.feature import Feature

FEATURE = Feature(
    name="composer",
    slices=SLICES,
    controllers=("explorer.studio.composer.controller:ComposerController",),
    handlers="explorer.studio.composer.handlers:handlers",
)
