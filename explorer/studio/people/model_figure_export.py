"""Figures of a morphable model in a file, with the record that makes them again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.science.geometry.morphable_model import MorphableModel
from explorer.studio.export.page import check_ending, save
from explorer.studio.export.picture_grid import GridOptions, draw_grid
from explorer.studio.export.provenance import Provenance, bare_record, write_sidecar
from explorer.studio.geometry.fit_numbers import MODEL, file_digest, model_digest, model_parts
from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.people.macro_file import macro_file
from explorer.studio.people.model_figures import TITLES, ModelFigure, ModelFigureSettings, draw_model
from explorer.studio.versions import versions

KIND = "model figure"
_OPTIONS = GridOptions(mark=False)


@dataclass(frozen=True, eq=False)
class DrawnModel:
    """A figure that was drawn, of which model. own: the user's own file; None for the one that ships."""

    model: MorphableModel
    settings: ModelFigureSettings
    figure: ModelFigure
    own: Path | None

    def record(self) -> Provenance:
        """How it was made, with all that it takes to make it again."""
        networks = {MODEL: digest} if (digest := model_digest(self.own)) is not None else {}
        if self.settings.figure == "vectors":
            networks["macro-vectors"] = file_digest(macro_file())
        return bare_record(
            kind=KIND,
            asked=self.settings.model_dump(mode="json"),
            model=self.model.name,
            own_model=self.own is not None,
            pictures_sha256=pictures_digest(self.figure),
            networks=networks,
            versions=versions(model_parts(self.own)),
        )


def open_and_draw(settings: ModelFigureSettings, own: Path | None) -> DrawnModel:
    """Draw a figure of the model that ships, or of the user's own.

    Raises:
        UserError, MorphableModelError: the model cannot be read, or lacks what the figure shows.
        MissingNetwork: the landmarks of the user's own model have to be found, and a network is not in the cache.
    """
    model = load_morphable_model(own)
    return DrawnModel(model, settings, draw_model(model, settings), own)


def export_drawn(path: Path, drawn: DrawnModel) -> tuple[Path, Path]:
    """Write the figure, and the record beside it.

    Raises:
        UserError: another ending, or a file cannot be written.
    """
    check_ending(path)
    record, note = drawn.record(), f"{TITLES[drawn.settings.figure]}. {drawn.figure.note}."
    save(draw_grid(drawn.figure.columns, drawn.figure.rows, note, _OPTIONS), path, record, _OPTIONS.lettering)
    return path, write_sidecar(path, record)


def pictures_digest(figure: ModelFigure) -> str:
    """What tells its pictures from all others."""
    digest = hashlib.sha256()
    for picture in figure.pictures:
        digest.update(f"{picture.shape} ".encode() + picture.tobytes())
    return digest.hexdigest()


def told(drawn: DrawnModel, files: tuple[Path, ...] | list[Path]) -> dict[str, Any]:
    """What the command says of it, for JSON."""
    record = drawn.record()
    return {name: record[name] for name in ("asked", "model", "networks")} | {"files": [str(path) for path in files]}
