"""Inversions, as the table of features lists them."""

from __future__ import annotations

from explorer.studio.inversion.state import SLICES
from explorer.studio.session.feature import Feature

FEATURE = Feature(
    name="inversion",
    slices=SLICES,
    controllers=(
        "explorer.studio.inversion.settings_controller:SettingsController",
        "explorer.studio.inversion.controller:InversionController",
        "explorer.studio.inversion.runs_controller:RunsController",
    ),
    handlers="explorer.studio.inversion.handlers:handlers",
    codecs=(
        "explorer.studio.inversion.codec_choices:CODEC",
        "explorer.studio.inversion.codec:CODEC",
    ),
)
