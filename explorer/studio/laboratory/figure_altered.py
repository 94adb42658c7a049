"""Figures of Deep Face Decoder of altered faces, by their numbers: turned, shifted, scaled (8 to 10), hidden (11)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from explorer.science.laboratory.geometry import ROTATIONS, SCALES, SHIFTS, Alteration, Mode
from explorer.science.laboratory.occlusion import Cover, Occlusion
from explorer.studio.catalogue.networks import Networks
from explorer.studio.export.picture_grid import GridOptions
from explorer.studio.laboratory.altering import alter_face
from explorer.studio.laboratory.altering_export import AlteringSettings, draw_altered, export_altered
from explorer.studio.laboratory.altering_export import numbers_of as altered_numbers
from explorer.studio.laboratory.figure_values import FigureFace
from explorer.studio.laboratory.map_files import MapFile
from explorer.studio.laboratory.occluding import hide_parts
from explorer.studio.laboratory.occlusion_export import OcclusionSettings, draw_occlusions, export_occlusions
from explorer.studio.laboratory.occlusion_export import numbers_of as hidden_numbers

ALTERED = {"8": ROTATIONS, "9": SHIFTS, "10": SCALES}
_HIDDEN = (Occlusion(name="eyes", regions=("eyes",)), Occlusion(name="mouth", regions=("mouth",)))


@dataclass(frozen=True, eq=False)
class AlteredFigure:
    """What a figure shows, made once for any size of it.

    draw: composes it. write: puts it, or a table of its numbers, into a file with its record. numbers: by name.
    """

    draw: Callable[[GridOptions], Figure]
    write: Callable[[Path, GridOptions], tuple[Path, Path]]
    numbers: Callable[[], dict[str, float | None]]


def altered_figure(
    networks: Networks,
    number: str,
    faces: Sequence[FigureFace],
    encoders: tuple[str, ...],
    maps: tuple[MapFile, ...] = (),
) -> AlteredFigure:
    """Alter faces as a figure has them, and decode what encoders make of them where there are decoders.

    Args:
        number: 8 to 11. maps: what altered embeddings are taken back to upright ones by, of figures 8 to 10.

    Raises:
        MissingNetwork: a network is not in the cache.
    """
    if number == "11":
        hiding = OcclusionSettings(_HIDDEN, Cover(), encoders)
        hidden = [hide_parts(networks, one.photograph, one.face, _HIDDEN, Cover(), encoders) for one in faces]
        return AlteredFigure(
            partial(draw_occlusions, hidden, hiding),
            lambda path, drawing: export_occlusions(path, hidden, hiding, drawing),
            partial(hidden_numbers, hidden),
        )
    shown: tuple[tuple[Mode, Alteration], ...] = tuple(("template", one) for one in ALTERED[number])
    altering = AlteringSettings(shown, encoders, maps)
    altered = [alter_face(networks, one.photograph, one.face, shown, encoders, altering.all_maps) for one in faces]
    return AlteredFigure(
        partial(draw_altered, altered, altering),
        lambda path, drawing: export_altered(path, altered, altering, drawing),
        partial(altered_numbers, altered),
    )
