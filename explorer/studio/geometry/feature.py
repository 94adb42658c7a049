"""The 3D face, as the table of features lists it."""

from __future__ import annotations

from explorer.studio.geometry.state import SLICES
from explorer.studio.session.feature import ExportKind, Feature

FEATURE = Feature(
    name="geometry",
    slices=SLICES,
    controllers=("explorer.studio.geometry.controller:ViewController",),
    handlers="explorer.studio.geometry.handlers:handlers",
    exports=(
        ExportKind("fit", reproducer="explorer.studio.reproducing.fits:FitReproducer"),
        ExportKind("view", reproducer="explorer.studio.reproducing.views:ViewReproducer"),
        ExportKind("pipeline figure", reproducer="explorer.studio.reproducing.pipelines:PipelineReproducer"),
    ),
    codecs=("explorer.studio.geometry.codec:CODEC",),
)
