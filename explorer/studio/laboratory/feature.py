"""The laboratory, as the table of features lists it: what its commands write."""

from __future__ import annotations

from explorer.studio.session.feature import ExportKind, Feature

FEATURE = Feature(
    name="laboratory",
    exports=(
        ExportKind("attack", reproducer="explorer.studio.reproducing.attacks:AttackReproducer"),
        ExportKind("altered faces", reproducer="explorer.studio.reproducing.alterations:AlteringReproducer"),
        ExportKind("decoded faces", reproducer="explorer.studio.reproducing.figures:FigureReproducer"),
        ExportKind("occlusion", reproducer="explorer.studio.reproducing.occlusions:OcclusionReproducer"),
    ),
)
