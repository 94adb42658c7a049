"""Figures of Deep Face Decoder of faces of the session, drawn by the functions of `likeness lab`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.networks import Networks
from explorer.studio.composer.laboratory_choice import LaboratoryFigure
from explorer.studio.corpus.decoder_table import Consume
from explorer.studio.export.picture_grid import GridOptions
from explorer.studio.laboratory.chosen import same_face
from explorer.studio.laboratory.figure_altered import altered_figure
from explorer.studio.laboratory.figure_changes import open_modifier
from explorer.studio.laboratory.figure_export import (
    FigureParts,
    decoded_encoders,
    decoders_named,
    draw_parts,
    drawn_figure,
    export_figure,
    for_decoders,
)
from explorer.studio.laboratory.figure_presets import CHANGED
from explorer.studio.laboratory.figure_values import FigureFace, check_parts
from explorer.studio.laboratory.values import LabFace

Files = tuple[Path, Path]


@dataclass(frozen=True, eq=False)
class LaboratoryMade:
    """What a figure shows, made once for any size of it.

    draw: composes it. write: puts it into a file, or a table of its numbers, with its record.
    """

    choice: LaboratoryFigure
    faces: tuple[LabFace, ...]
    draw: Callable[[GridOptions], Figure]
    write: Callable[[Path, GridOptions], Files]

    def is_of(self, choice: LaboratoryFigure, faces: Sequence[LabFace]) -> bool:
        """Whether it is what this choice of these faces would make."""
        alike = len(faces) == len(self.faces) and all(map(same_face, self.faces, faces))
        return alike and choice == self.choice


def make_figure(
    networks: Networks, choice: LaboratoryFigure, faces: tuple[LabFace, ...], consume: Consume
) -> LaboratoryMade:
    """Make what a figure shows of faces.

    Args:
        consume: runs a search to its end (figure 6).

    Raises:
        UserError: a decoder or the modifier is not there, and how to train one; or the figure takes others.
        MissingNetwork: a network is not in the cache.
    """
    if choice.number in CHANGED:
        return _changed(networks, choice, faces)
    decoders = decoders_named(choice.encoders or decoded_encoders(), choice.layer or None, ())
    check_parts(choice.settings, len(faces), decoders)
    settings = for_decoders(choice.settings, decoders)
    taken = open_modifier(decoders[0].encoder, settings.attribute, None) if choice.number == "17" else None
    shown = tuple(FigureFace(one.photograph, one.face) for one in faces)
    parts = FigureParts(settings, shown, decoders, taken)
    drawn = draw_parts(networks, parts, consume)
    write = partial(_written, partial(export_figure, parts=parts, drawn=drawn))
    return LaboratoryMade(choice, faces, partial(drawn_figure, parts, drawn), write)


def _changed(networks: Networks, choice: LaboratoryFigure, faces: tuple[LabFace, ...]) -> LaboratoryMade:
    shown = [FigureFace(one.photograph, one.face) for one in faces]
    made = altered_figure(networks, choice.number, shown, choice.encoders or present_encoders())
    return LaboratoryMade(choice, faces, made.draw, made.write)


def _written(export: Callable[..., Files], path: Path, drawing: GridOptions) -> Files:
    return export(path, drawing=drawing)
