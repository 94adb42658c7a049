"""The figure composer, as the table of features lists it."""

from __future__ import annotations

from explorer.studio.composer.state import SLICES
from explorer.studio.session.feature import ExportKind, Feature

FEATURE = Feature(
    name="composer",
    slices=SLICES,
    controllers=("explorer.studio.composer.controller:ComposerController",),
    handlers="explorer.studio.composer.handlers:handlers",
    exports=(
        ExportKind("panel", reason="it is a picture of the window: the figure or table of what it shows is made again"),
        ExportKind("leakage table", reason="it is of many faces: its record holds the command that makes it again"),
    ),
)
