"""What embeddings leak, as the table of features lists it."""

from __future__ import annotations

from explorer.studio.leakage.state import SLICES
from explorer.studio.session.feature import ExportKind, Feature

FEATURE = Feature(
    name="leakage",
    slices=SLICES,
    controllers=(
        "explorer.studio.leakage.controller:ProbeController",
        "explorer.studio.leakage.pictures_controller:PicturesController",
    ),
    handlers="explorer.studio.leakage.handlers:handlers",
    exports=(
        ExportKind("readouts", reproducer="explorer.studio.reproducing.readouts:ReadoutsReproducer"),
        ExportKind("readings three ways", reproducer="explorer.studio.reproducing.three_ways:ThreeWaysReproducer"),
    ),
)
