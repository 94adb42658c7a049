"""Fetching networks from the window, as the table of features lists it."""

from __future__ import annotations

from explorer.studio.downloads.state import SLICES
from explorer.studio.session.feature import Feature

FEATURE = Feature(
    name="downloads",
    slices=SLICES,
    controllers=("explorer.studio.downloads.controller:DownloadsController",),
    handlers="explorer.studio.downloads.handlers:handlers",
)
