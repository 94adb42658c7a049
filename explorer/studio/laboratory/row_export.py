"""Rows of the laboratory in files, mostly of the kinds of `likeness lab`: `likeness reproduce` makes them again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from explorer.studio.errors import UserError
from explorer.studio.export.picture_grid import GridOptions
from explorer.studio.laboratory.altering import AlteredFace
from explorer.studio.laboratory.altering_export import AlteringSettings, export_altered
from explorer.studio.laboratory.attack_export import write_attacked_picture
from explorer.studio.laboratory.attack_faces import AttackedView
from explorer.studio.laboratory.attacked_export import export_attacked
from explorer.studio.laboratory.modified_faces import ModifiedFace
from explorer.studio.laboratory.modified_files import write_modified
from explorer.studio.laboratory.occluding import StudiedFace
from explorer.studio.laboratory.occlusion_export import OcclusionSettings, export_occlusions
from explorer.studio.laboratory.requests import Written
from explorer.studio.laboratory.row_making import cover_of, maps_of, occlusion_of, shown_of
from explorer.studio.laboratory.values import LabRow

T = TypeVar("T")


def export_rows(path: Path, rows: Sequence[LabRow], what: Written = "rows", *, mark: bool = True) -> tuple[Path, ...]:
    """Write rows of one choice, and their record.

    Args:
        what: "pictures" for the attacked picture of one face alone. mark: whether decodes say that they are none.

    Raises:
        UserError: there is no such file of this operation, or nothing to write.
    """
    if not rows:
        raise UserError("there is no row to write: choose faces first")
    choice, drawing = rows[0].choice, GridOptions(mark=mark)
    if choice.operation == "alter":
        faces = _made(rows, AlteredFace)
        return export_altered(
            path, faces, AlteringSettings(shown_of(choice), tuple(faces[0].before), maps_of(choice)), drawing
        )
    if choice.operation == "occlusion":
        studied, hidden = _made(rows, StudiedFace), occlusion_of(choice.occlusion)
        if hidden is None:
            raise UserError("nothing is hidden: tick a region, or draw on the photograph")
        settings = OcclusionSettings(
            (hidden,), cover_of(choice.occlusion), tuple(studied[0].before), choice.occlusion.realign
        )
        return export_occlusions(path, studied, settings, drawing)
    if choice.operation == "attack":
        attacked = _made(rows, AttackedView)
        if what == "pictures":
            return write_attacked_picture(path, attacked[0].made)
        return export_attacked(path, attacked, drawing)
    return write_modified(path, _made(rows, ModifiedFace))


def _made(rows: Sequence[LabRow], kind: type[T]) -> list[T]:
    """What rows were made of.

    Raises:
        UserError: one of them could not be made.
    """
    found = [row.made for row in rows]
    lacking = [row.whose.name for row, made in zip(rows, found, strict=True) if not isinstance(made, kind)]
    if lacking:
        raise UserError(f"there is no row of {', '.join(lacking)}: untick what could not be made")
    return [made for made in found if isinstance(made, kind)]
