"""The laboratory, as the table of features lists it: its panel, and what it and its commands write."""

from __future__ import annotations

from explorer.studio.laboratory.state import SLICES
from explorer.studio.session.feature import ExportKind, Feature

FEATURE = Feature(
    name="laboratory",
    slices=SLICES,
    controllers=(
        "explorer.studio.laboratory.controller:LaboratoryController",
        "explorer.studio.laboratory.decode_controller:DecodeController",
    ),
    handlers="explorer.studio.laboratory.handlers:handlers",
    exports=(
        ExportKind("attack", reproducer="explorer.studio.reproducing.attacks:AttackReproducer"),
        ExportKind("attacked faces", reproducer="explorer.studio.reproducing.attacked_faces:AttackedFacesReproducer"),
        ExportKind("altered faces", reproducer="explorer.studio.reproducing.alterations:AlteringReproducer"),
        ExportKind("decoded faces", reproducer="explorer.studio.reproducing.figures:FigureReproducer"),
        ExportKind("occlusion", reproducer="explorer.studio.reproducing.occlusions:OcclusionReproducer"),
    ),
    codecs=("explorer.studio.laboratory.codec:CODEC",),
)
