"""Whole folders, as the table of features lists them."""

from __future__ import annotations

from explorer.studio.batch.state import SLICES
from explorer.studio.session.feature import ExportKind, Feature

FEATURE = Feature(
    name="batch",
    slices=SLICES,
    controllers=("explorer.studio.batch.controller:BatchController",),
    handlers="explorer.studio.batch.handlers:handlers",
    exports=(ExportKind("batch", reason="it is of several files: its record holds the command that makes it again"),),
)
