"""Handles, as the table of features lists them: their panel, and what its commands write."""

from __future__ import annotations

from explorer.studio.handles.state import SLICES
from explorer.studio.session.feature import ExportKind, Feature

FEATURE = Feature(
    name="handles",
    slices=SLICES,
    controllers=("explorer.studio.handles.controller:HandlesController",),
    handlers="explorer.studio.handles.handlers:handlers",
    exports=(
        ExportKind("edits by handles", reason="its record holds the command that draws it again, of the photograph"),
        ExportKind("elements of handles", reason="it is of several photographs: its record holds the command"),
        ExportKind("classifier", reason="it is of a training: its record holds the command that trains again"),
    ),
)
