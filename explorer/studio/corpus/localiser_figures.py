"""The thesis's figures of chapter 5 as presets: faces under a localiser, their textures, landmarks and yaw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.alignment.faces import PosedFaces
from explorer.science.alignment.localiser import Alignment
from explorer.science.alignment.measures import FOURTEEN
from explorer.science.alignment.record import StageRecord
from explorer.science.alignment.scoring import AlignedFaces, mean_texture
from explorer.science.alignment.transformer import SpatialTransformer
from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.geometry.rendering import raster_of, render
from explorer.studio.corpus.localiser_course import draw_course
from explorer.studio.export.page import ATTACKED, SMALL, Page, house_style, plain_axes
from explorer.studio.export.picture_grid import Cell, GridOptions, draw_grid
from explorer.studio.geometry.fitting import as_pixels

Image = NDArray[np.uint8]
_SIDE, _ROWS, _ACROSS = 256, 5, 6
_FOUND, _TRUE = (255, 170, 0), (0, 200, 90)
_HEIGHT, _SCALE, _TOP, _FOOT = 32.0, 12.0, 8.0, 10.0


@dataclass(frozen=True, eq=False)
class LocaliserFaces:
    """What the figures are drawn of: faces, at theta_fixed and as they were found.

    other: as another localiser found them, for figure 5.13; None where there is none.
    stages: of the localiser's training, for figure 5.15.
    """

    model: MorphableModel
    transformer: SpatialTransformer
    faces: PosedFaces
    before: AlignedFaces
    after: AlignedFaces
    words: str
    other: AlignedFaces | None = None
    stages: tuple[StageRecord, ...] = ()

    def evenly(self, rows: Tensor, count: int) -> list[int]:
        """So many of some rows, spread over them."""
        step = torch.linspace(0, max(len(rows) - 1, 0), min(count, len(rows))).round().long()
        chosen: list[int] = rows[step].tolist() if len(rows) else []
        return chosen

    def picture(self, row: int) -> Image:
        """A face's picture, enlarged."""
        return _enlarged(self.faces.pictures[row].numpy())

    @torch.no_grad()
    def over(self, row: int, found: Alignment) -> Image:
        """The found shape over a face's picture."""
        picture = torch.from_numpy(self.picture(row)).permute(2, 0, 1).float() / 255
        shape, pose = self.model.shape(found.identity[row]), found[row].pose(_SIDE)
        drawn = render(shape, self.model.triangles, pose, (_SIDE, _SIDE))
        there = raster_of(shape, self.model.triangles, pose, _SIDE, _SIDE).covered
        return as_pixels(torch.where(there, 0.45 * picture + 0.55 * drawn, picture))

    @torch.no_grad()
    def textures(self, row: int, found: Alignment) -> dict[str, Image]:
        """Sampled, seen, borrowed from the other side, and completed texture."""
        device = self.transformer.mean.device
        flat = self.transformer(self.faces.seen(torch.tensor([row])).to(device), found[torch.tensor([row])].to(device))
        borrowed = flat.completed - flat.visibility * flat.sampled
        parts = (flat.sampled, flat.visibility.expand(-1, 3, -1, -1), borrowed, flat.completed)
        names = ("sampled", "seen", "borrowed", "completed")
        return {name: _enlarged(as_pixels(part[0].cpu())) for name, part in zip(names, parts, strict=True)}


def _enlarged(picture: Image) -> Image:
    return cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC).astype(np.uint8)


def _plain(picture: Image, *facts: str) -> Cell:
    return Cell(picture, facts, reconstruction=False)


def _grid(columns: Sequence[str], rows: Sequence[Sequence[Cell | None]], note: str) -> Figure:
    return draw_grid(columns, rows, note, GridOptions(mark=False))


def _textures(of: LocaliserFaces, rows: Sequence[int], note: str) -> Figure:
    drawn = list[list[Cell | None]]()
    for row in rows:
        flat = of.textures(row, of.after.found)
        error = of.after.landmarks[row]
        facts = (f"landmarks {error:.1f} % off",) if bool(error.isfinite()) else ()
        drawn.append(
            [_plain(of.picture(row)), _plain(of.over(row, of.after.found), *facts), *map(_plain, flat.values())]
        )
    return _grid(("photograph", "fit", "sampled", "seen", "borrowed", "completed"), drawn, note)


def _completions(of: LocaliserFaces) -> Figure:
    rows = of.evenly(torch.arange(len(of.faces)), _ROWS)
    return _textures(of, rows, f"Textures sampled by the localiser and completed by the face's symmetry. {of.words}.")


def _failures(of: LocaliserFaces) -> Figure:
    worst = of.after.landmarks.nan_to_num(-1).argsort(descending=True)[:_ROWS].tolist()
    return _textures(of, worst, f"The faces whose landmarks lie furthest from the truth. {of.words}.")


def _across(of: LocaliserFaces, cell: Callable[[int], Cell], rows: Sequence[int], note: str) -> Figure:
    cells: list[Cell | None] = [cell(row) for row in rows]
    lines = [cells[first : first + _ACROSS] for first in range(0, len(cells), _ACROSS)]
    lines[-1] += [None] * (_ACROSS - len(lines[-1]))
    return _grid([""] * _ACROSS, lines, note)


def _start(of: LocaliserFaces) -> Figure:
    rows = of.evenly(torch.arange(len(of.faces)), 2 * _ACROSS)
    note = f"The fixed pose that the localiser begins with, over faces. {of.words}."
    return _across(of, lambda row: _plain(of.over(row, of.before.found)), rows, note)


def _fits(of: LocaliserFaces) -> Figure:
    rows = of.evenly(torch.arange(len(of.faces)), _ACROSS)
    fits: list[Cell | None] = [_plain(of.over(row, of.after.found)) for row in rows]
    seen: list[Cell | None] = [_plain(of.textures(row, of.after.found)["seen"]) for row in rows]
    return _grid([""] * len(rows), [fits, seen], f"Fits, and what the visibility field says of each. {of.words}.")


def _means(of: LocaliserFaces) -> Figure:
    titles, rows = list[str](), (list[Cell | None](), list[Cell | None]())
    for most in (10, 20, 30):
        some = of.faces.within(most)
        if not len(some):
            continue
        titles.append(f"up to {most}°")
        for line, found in zip(rows, (of.before, of.after), strict=True):
            sharpness = found.scores(some).sharpness
            mean = _enlarged(as_pixels(mean_texture(found.textures[some])))
            line.append(_plain(mean, f"AISM {sharpness:.4f}"))
    note = f"Mean completed textures at the fixed pose (above) and as the localiser finds faces (below). {of.words}."
    return _grid(titles, list(rows), note)


def _schedules(of: LocaliserFaces) -> Figure:
    if of.other is None:
        raise ValueError("figure 5.13 holds two localisers against each other: name the other one by --other")
    rows = of.evenly(of.faces.within(30, 20), _ACROSS)
    if not rows:
        raise ValueError("figure 5.13 shows heads that are turned by 20 degrees and more, and there is none")
    lines = [
        [_plain(of.over(row, found.found), f"pose {found.pose[row]:.1f}° off") for row in rows]
        for found in (of.other, of.after)
    ]
    note = (
        f"Heads turned by 20 to 30 degrees, by the other localiser (above) and by the one judged (below). {of.words}."
    )
    return _grid([""] * len(rows), lines, note)


def _landmarks(of: LocaliserFaces) -> Figure:
    rows = of.evenly(of.faces.yaw.argsort(), 2 * _ACROSS)

    def cell(row: int) -> Cell:
        found = of.transformer.landmarks(of.after.found[torch.tensor([row])].to(of.transformer.mean.device))[0].cpu()
        marked = _marked(of.picture(row), of.faces.landmarks[row], _TRUE)
        return _plain(_marked(marked, found, _FOUND), f"yaw {of.faces.yaw[row]:.0f}°")

    note = (
        f"The fourteen landmarks, true or found in the picture (green), and of the fitted shape (orange). {of.words}."
    )
    return _across(of, cell, rows, note)


def _chosen(of: LocaliserFaces) -> Figure:
    pose = of.before.found[0].pose(_SIDE)
    picture = as_pixels(render(of.model.mean, of.model.triangles, pose, (_SIDE, _SIDE)))
    marked = _marked(
        picture, of.transformer.landmarks(of.before.found[:1].to(of.transformer.mean.device))[0].cpu(), _FOUND
    )
    numbers = ", ".join(str(number + 1) for number in FOURTEEN)
    return _grid(
        [""], [[_plain(marked)]], f"The fourteen landmarks of eq. 5.14, of the 68 by iBUG's numbers: {numbers}."
    )


def _marked(picture: Image, points: Tensor, colour: tuple[int, int, int]) -> Image:
    marked = picture.copy()
    for x, y in (points * _SIDE).tolist():
        if np.isfinite([x, y]).all():
            cv2.circle(marked, (round(x), round(y)), 4, colour, -1, cv2.LINE_AA)
    return marked


def _yaws(of: LocaliserFaces) -> Figure:
    width = 180.0
    with house_style():
        page = Page(width, _TOP + _HEIGHT + _FOOT, 300)
        room = width / 4
        for place, most in enumerate((10, 20, 30, 180)):
            some = of.faces.yaw[of.faces.within(most)].numpy()
            axes = page.axes(place * room + _SCALE, _TOP, room - _SCALE - 2, _HEIGHT)
            axes.hist(some, bins=24, color=ATTACKED)
            plain_axes(axes)
            title = "all" if most == 180 else f"up to {most}°"
            page.text(place * room + _SCALE, _TOP - 2, f"{title}: {len(some)} pictures", size=SMALL)
        page.text(0, page.height - 1.2, f"Yaw in degrees. {of.words}.", size=SMALL)
        return page.figure


def _course(of: LocaliserFaces) -> Figure:
    return draw_course(of.stages, "Measured on people that nothing was learnt from, as it was trained.")


FIGURES: Mapping[str, Callable[[LocaliserFaces], Figure]] = {
    "5.7": _completions,
    "5.9": _start,
    "5.10": _yaws,
    "5.11": _fits,
    "5.12": _means,
    "5.13": _schedules,
    "5.14": _chosen,
    "5.15": _course,
    "5.16": _completions,
    "5.17": _failures,
    "5.18": _landmarks,
}
"""By the thesis's number."""
