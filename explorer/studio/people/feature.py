"""People who never were, as the table of features lists them."""

from __future__ import annotations

from explorer.studio.session.feature import ExportKind, Feature

FEATURE = Feature(
    name="people",
    exports=(
        ExportKind("people", reason="they follow from seeds: the record holds the command that draws them again"),
        ExportKind(
            "authentication", reason="it is of several trainings: its record holds the command that trains again"
        ),
    ),
)
