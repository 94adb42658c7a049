"""People who never were, as the table of features lists them."""

from __future__ import annotations

from explorer.studio.people.state import SLICES
from explorer.studio.session.feature import ExportKind, Feature

FEATURE = Feature(
    name="people",
    slices=SLICES,
    controllers=(
        "explorer.studio.people.person_controller:PersonController",
        "explorer.studio.people.pictures_controller:PicturesController",
    ),
    handlers="explorer.studio.people.handlers:handlers",
    codecs=("explorer.studio.people.codec:CODEC",),
    exports=(
        ExportKind("drawn person", reproducer="explorer.studio.reproducing.drawn_people:DrawnPersonReproducer"),
        ExportKind("model figure", reproducer="explorer.studio.reproducing.model_figures:ModelFigureReproducer"),
        ExportKind("scene of a person", reason="it is what a person was drawn by, not what was drawn: open it"),
        ExportKind("people", reason="they follow from seeds: the record holds the command that draws them again"),
        ExportKind(
            "authentication", reason="it is of several trainings: its record holds the command that trains again"
        ),
    ),
)
