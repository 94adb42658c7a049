"""Figure 5.1 of the thesis: the way of a photograph from the fit to what a recogniser sees, as one figure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Pictures
from torch import Tensor

from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.face import Face, Photograph
from explorer.science.geometry.projection import project
from explorer.science.geometry.rendering import raster_of, render
from explorer.science.geometry.rotation import pitch_of, yaw_of
from explorer.science.geometry.uv import complete, unwrap, uv_map
from explorer.studio.catalogue.visibility_fields import field_file, load_visibility_field
from explorer.studio.export.page import check_ending, save
from explorer.studio.export.picture_grid import Cell, GridOptions, draw_grid
from explorer.studio.export.provenance import Provenance, bare_record, source_record, write_sidecar
from explorer.studio.geometry.fit_numbers import file_digest, fit_networks
from explorer.studio.geometry.fitting import FRAME, FittedFace, as_picture, as_pixels, fit_frame, load_morphable_model
from explorer.studio.geometry.landmark_sources import FitBy, LandmarkSource, landmark_finder
from explorer.studio.geometry.recognition import LOCALISER
from explorer.studio.versions import versions

KIND = "pipeline figure"
# Side of the flat texture that the recogniser of the thesis sees.
TEXELS = 64
_SIDE = 384
# Of the fitted shape in the picture that shows it over the photograph.
_OVER = 0.55
# Of so many texels in a row and a column one is marked as a point of the grid.
_EVERY = 2
_POINT = np.array([255, 170, 0], np.uint8)
_OPTIONS = GridOptions(mark=False)

Image = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Pipeline:
    """A photograph's face and what each stage makes of it.

    pictures: by the stages' titles, in their order, each (S, S, 3). localiser: the file that the pose and shape are by;
    None where landmarks are.
    """

    photograph: Photograph
    face: Face
    landmarks_by: LandmarkSource
    localiser: Path | None
    fitted: FittedFace
    pictures: dict[str, Image]
    seen: float
    known: float

    def digest(self) -> str:
        """What tells its pictures from all others."""
        return hashlib.sha256(b"".join(picture.tobytes() for picture in self.pictures.values())).hexdigest()

    def numbers(self) -> dict[str, float]:
        """Angles in degrees, the landmarks' error, and which shares of the map are seen and known."""
        yaw, pitch, roll = self.fitted.angles()
        error = self.fitted.relative_error()
        found = {"yaw": yaw, "pitch": pitch, "roll": roll, "landmark error": error, "seen": self.seen}
        return {name: round(value, 6) for name, value in (found | {"known": self.known}).items()}

    def record(self) -> Provenance:
        """How it was made; holds no picture and no shape."""
        networks = fit_networks(self.landmarks_by, None) | {"visibility field": file_digest(field_file("default"))}
        if self.localiser is not None:
            networks[LOCALISER] = file_digest(self.localiser)
        return bare_record(
            kind=KIND,
            source=source_record(self.photograph.name, self.photograph.sha256),
            points=self.face.points.tolist(),
            points_by_hand=self.face.by_hand,
            landmarks_by=self.landmarks_by,
            fitted_by=_by(self.localiser),
            localiser="" if self.localiser is None else self.localiser.name,
            numbers=self.numbers(),
            pictures_sha256=self.digest(),
            networks=networks,
            versions=versions(),
        )


@torch.no_grad()
def draw_pipeline(
    photograph: Photograph, face: Face, landmarks_by: LandmarkSource, localiser: Path | None = None
) -> Pipeline:
    """Take a face of a photograph through every stage.

    Args:
        localiser: the file of the network that finds pose and shape; the landmarks do where None.

    Raises:
        FaceError: the landmarks do not make a face.
        MissingNetwork: the landmarks' network is not in the cache.
        UserError: the localiser is missing, damaged or another model's.
    """
    model, field = load_morphable_model(), load_visibility_field()
    frame, by = crop_frame(photograph, face, FRAME).frame, _by(localiser)
    fitted = fit_frame(frame, model, landmark_finder(landmarks_by), by=by, localiser=localiser)
    uv, vertices, pose = uv_map(model, TEXELS), fitted.vertices(), fitted.fit.pose
    sampled = unwrap(as_picture(frame), vertices, pose, uv)
    angles = yaw_of(pose.rotation), pitch_of(pose.rotation)
    seen = field.over(uv.covered)(fitted.fit.identity, fitted.fit.expression, *angles)
    completed, known = complete(sampled, seen[None])
    places = project(uv.at_texels(vertices), pose)
    pictures = {
        "1 photograph": _small(frame),
        "2 pose and shape": _over(fitted),
        "3 projected grid": _grid(frame, places, uv.covered),
        "4 sampled": _flat(sampled),
        "5 visibility": _flat(seen.expand(3, -1, -1)),
        "6 completed": _flat(completed),
    }
    on = uv.covered
    shares = float(seen[on].mean()), float(known[0][on].mean())
    return Pipeline(photograph, face, landmarks_by, localiser, fitted, pictures, *shares)


def export_pipeline(path: Path, drawn: Pipeline) -> tuple[Path, Path]:
    """Write the figure, which shows the photograph, and the record beside it.

    Raises:
        UserError: another ending, or a file cannot be written.
    """
    check_ending(path)
    record = drawn.record()
    cells: list[Cell | None] = [
        Cell(picture, reconstruction=False, title=title) for title, picture in drawn.pictures.items()
    ]
    save(draw_grid([""] * len(cells), [cells], _note(drawn), _OPTIONS), path, record, _OPTIONS.lettering)
    return path, write_sidecar(path, record)


def _by(localiser: Path | None) -> FitBy:
    return "landmarks" if localiser is None else "recognition"


def _note(drawn: Pipeline) -> str:
    by = f"{drawn.landmarks_by}'s landmarks" if drawn.localiser is None else f"the localiser {drawn.localiser.name}"
    numbers = drawn.numbers()
    return (
        f"From left to right: pose and shape by {by}; the flat map's texels on the photograph; what they sample, "
        f"hidden parts included; how probably each is seen, by the visibility field ({numbers['seen']:.0%}); and what "
        f"a recogniser is shown, {TEXELS} x {TEXELS} texels, completed by symmetry ({numbers['known']:.0%} known). "
        f"Photograph: {drawn.photograph.name} ({drawn.photograph.sha256[:8]})."
    )


def _small(picture: Image) -> Image:
    return np.asarray(Pictures.fromarray(picture).resize((_SIDE, _SIDE), Pictures.Resampling.LANCZOS), np.uint8)


def _flat(picture: Tensor) -> Image:
    """A texture (3, S, S) enlarged so that each texel stays a square."""
    return np.repeat(np.repeat(as_pixels(picture), _SIDE // TEXELS, 0), _SIDE // TEXELS, 1)


def _over(fitted: FittedFace) -> Image:
    photograph, size = as_picture(fitted.frame), fitted.frame.shape[:2]
    shape, triangles, pose = fitted.vertices(), fitted.model.triangles, fitted.fit.pose
    drawn = render(shape, triangles, pose, (size[0], size[1]))
    there = raster_of(shape, triangles, pose, *size).covered
    return _small(as_pixels(torch.where(there, (1 - _OVER) * photograph + _OVER * drawn, photograph)))


def _grid(frame: Image, places: Tensor, covered: Tensor) -> Image:
    """The photograph with a point where each of some texels samples it."""
    rows, columns = covered.nonzero(as_tuple=True)
    some = (rows % _EVERY == 0) & (columns % _EVERY == 0)
    marked, factor = _small(frame).copy(), _SIDE / len(frame)
    for x, y in (places[some] * factor).long().tolist():
        if 0 <= x < _SIDE and 0 <= y < _SIDE:
            marked[max(y - 1, 0) : y + 1, max(x - 1, 0) : x + 1] = _POINT
    return marked


def told(drawn: Pipeline, files: list[Path]) -> dict[str, Any]:
    """What the command says of it, for JSON."""
    record = drawn.record()
    names = ("source", "fitted_by", "landmarks_by", "numbers", "networks")
    return {name: record[name] for name in names} | {"files": [str(path) for path in files]}
