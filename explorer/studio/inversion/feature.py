"""Inversions, as the table of features lists them."""

from __future__ import annotations

from explorer.studio.inversion.state import SLICES
from explorer.studio.session.feature import ExportKind, Feature

FEATURE = Feature(
    name="inversion",
    slices=SLICES,
    controllers=(
        "explorer.studio.inversion.settings_controller:SettingsController",
        "explorer.studio.inversion.controller:InversionController",
        "explorer.studio.inversion.runs_controller:RunsController",
        "explorer.studio.inversion.journal:RunJournal",
    ),
    handlers="explorer.studio.inversion.handlers:handlers",
    # Their records hold a run's settings and target, and no kind.
    exports=(
        ExportKind("run", reproducer="explorer.studio.reproducing.runs:run_again"),
        ExportKind("decoded picture", reproducer="explorer.studio.reproducing.decoded:DecodedReproducer"),
        ExportKind("start of an inversion", reason="the run had made no step: a start is none of its pictures yet"),
    ),
    codecs=(
        "explorer.studio.inversion.codec_choices:CODEC",
        "explorer.studio.inversion.codec:CODEC",
    ),
)
