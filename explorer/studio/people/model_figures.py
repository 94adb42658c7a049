"""Figures of a morphable model itself, of which no photograph has any part.

Figure 14 of DIFFUSE (mean and components of shape and colour), its figure 15 (the vectors that the model has of its
own), figure 5.3 of the thesis (what lies on the flat map) and its figure 5.5 (heads from random sides, with what the
visibility field learns of each).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError
from explorer.science.geometry.projection import Pose
from explorer.science.geometry.rendering import render
from explorer.science.geometry.rotation import rotation_from_angles
from explorer.science.geometry.uv import uv_map
from explorer.science.synthetic.macro_model import MacroModel
from explorer.science.training.visibility_faces import cast_faces, face_space
from explorer.science.training.visibility_field import RECIPES
from explorer.studio.export.picture_grid import Cell
from explorer.studio.geometry.fitting import as_pixels
from explorer.studio.people.macro_file import load_macro_model

Kind = Literal["components", "vectors", "maps", "heads"]
TITLES: Mapping[Kind, str] = {
    "components": "Mean and first components of shape and colour, at plus and minus so many standard deviations",
    "vectors": "The model's own vectors of gender, weight and age; -1 and +1 are the ends of MakeHuman's slider, "
    "0 lies between them",
    "maps": "The flat map filled with the model's mean colours, and with its mean shape's positions",
    "heads": "Random heads from random sides, as the visibility field is trained on, and what is seen of each, "
    "laid flat",
}
# Of a picture that the head fills, so that none touches the border.
_FILLED = 0.9
# A little from above and from the side, where relief shows.
_YAW, _PITCH = 15.0, 5.0
_TIMES = (-2, -1, 0, 1, 2)

Image = NDArray[np.uint8]


class ModelFigureSettings(BaseModel):
    """What is drawn.

    count: components, or heads. deviations: of a component. side: of a picture in pixels. seed: of heads.

    Raises:
        pydantic.ValidationError: a value is out of range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    figure: Kind
    count: int = Field(5, ge=1, le=12)
    deviations: float = Field(2.0, gt=0, le=10, allow_inf_nan=False)
    side: int = Field(256, ge=32, le=1024)
    seed: int = Field(0, ge=0, le=2**31 - 1)


@dataclass(frozen=True, eq=False)
class ModelFigure:
    """Titles of columns, rows of pictures under them, and what is said below."""

    columns: list[str]
    rows: list[list[Cell | None]]
    note: str

    @property
    def pictures(self) -> list[Image]:
        """All of them, row by row."""
        return [cell.picture for row in self.rows for cell in row if cell is not None]


@torch.no_grad()
def draw_model(model: MorphableModel, settings: ModelFigureSettings) -> ModelFigure:
    """Draw a figure of a model.

    Raises:
        MorphableModelError: the model lacks what the figure shows.
        UserError: the file of vectors is missing or damaged.
    """
    return _DRAWN[settings.figure](model, settings)


def _components(model: MorphableModel, settings: ModelFigureSettings) -> ModelFigure:
    ends = (settings.deviations, -settings.deviations)
    shapes = model.identity[: settings.count]
    colours = None if model.albedo is None else model.albedo[: settings.count]
    count = max(len(shapes), 0 if colours is None else len(colours))
    pose = _framing(chain([model.mean], (model.mean + end * one for end in ends for one in shapes)), settings.side)
    rows = list[list[Cell | None]]()
    for end in ends:
        first = [_cell(model, model.mean, pose, settings, title="mean shape")] if end > 0 else [None]
        moved = [
            _cell(model, model.mean + end * one, pose, settings, title=_signed("shape", number, end))
            for number, one in enumerate(shapes, 1)
        ]
        rows.append(_padded([*first, *moved], 1 + count))
    for end in ends if colours is not None else ():
        mean = model.colours()
        first = [_cell(model, model.mean, pose, settings, mean, "mean colour")] if end > 0 else [None]
        painted = [
            _cell(model, model.mean, pose, settings, mean + end * one, _signed("colour", number, end))
            for number, one in enumerate([] if colours is None else colours, 1)
        ]
        rows.append(_padded([*first, *painted], 1 + count))
    said = f"{len(model.identity)} components of shape, {0 if model.albedo is None else len(model.albedo)} of colour"
    return ModelFigure([""] * (1 + count), rows, f"{model.name}: {said}")


def _vectors(model: MorphableModel, settings: ModelFigureSettings) -> ModelFigure:
    macros = load_macro_model()
    macros.check(model)
    drawn = {
        name: [_along(model, macros, name, times) for times in _TIMES] for name in (*macros.vectors(), "all three")
    }
    pose = _framing((shape for row in drawn.values() for shape, _ in row), settings.side)
    rows: list[list[Cell | None]] = [
        [
            _cell(model, shape, pose, settings, colours, f"{name} {times:+d}" if times else name)
            for times, (shape, colours) in zip(_TIMES, row, strict=True)
        ]
        for name, row in drawn.items()
    ]
    note = (
        f"{model.name}. Gender runs from female to male, weight from thin to heavy, age from young to old; the colours "
        "of gender and age are means of the painted skins. The model is of heads and has no vector of height. "
        "These are names of a modelling programme's sliders and say nothing about people"
    )
    return ModelFigure([""] * len(_TIMES), rows, note)


def _along(model: MorphableModel, macros: MacroModel, name: str, times: int) -> tuple[Tensor, Tensor]:
    """Shape and colours so far along a vector, of which a half is from the middle to an end; or along all of them."""
    vectors, colours = macros.vectors(), macros.colour_vectors()
    named = list(vectors) if name not in vectors else [name]
    identity = macros.middle() + times / 2 * np.sum([vectors[one] for one in named], 0)
    painted = macros.skin_colours.mean(0) + times / 2 * np.sum([colours[one] for one in named], 0)
    return model.shape(_tensor(identity)), model.colours(_tensor(painted))


def _maps(model: MorphableModel, settings: ModelFigureSettings) -> ModelFigure:
    uv = uv_map(model, settings.side)
    low, high = model.mean.amin(0), model.mean.amax(0)
    places = (model.mean - low) / (high - low).clamp_min(1e-6)
    colours = as_pixels(uv.spread(model.colours().clamp(0, 1)))
    cells: list[Cell | None] = [_plain(colours, "colours"), _plain(as_pixels(uv.spread(places)), "positions")]
    spans = ", ".join(
        f"{colour} {name} from {float(least):.0f} to {float(most):.0f} mm"
        for colour, name, least, most in zip(("red", "green", "blue"), "xyz", low, high, strict=True)
    )
    return ModelFigure(["", ""], [cells], f"{model.name}. Positions as colours: {spans}")


def _heads(model: MorphableModel, settings: ModelFigureSettings) -> ModelFigure:
    if not model.named_units:
        raise MorphableModelError(
            f"{model.name} has expressions without names, of which no faces are cast: leave --model out"
        )
    recipe = RECIPES["default"]
    space = face_space(model, recipe.settings.identity, recipe.settings.expression)
    plan = replace(recipe.training_faces(), views=1)
    uv = uv_map(model, plan.side)
    faces = cast_faces(model, space, plan, settings.count, (settings.seed,))
    shapes = [model.shape(*both) for both in zip(faces.identity, faces.expression, strict=True)]
    angles = list(zip(faces.yaw, faces.pitch, strict=True))
    colours = None if model.albedo is None else model.colours()
    seen = uv.lay(faces.visibility(int(uv.covered.sum())).float())
    above, below = list[Cell | None](), list[Cell | None]()
    for shape, (yaw, pitch), map_ in zip(shapes, angles, seen, strict=True):
        pose = _framing([shape], settings.side, float(yaw.rad2deg()), float(pitch.rad2deg()))
        title = f"yaw {float(yaw.rad2deg()):.0f}°, pitch {float(pitch.rad2deg()):.0f}°"
        above.append(_cell(model, shape, pose, settings, colours, title))
        below.append(_plain(as_pixels(map_.expand(3, -1, -1)), f"{float(map_[uv.covered].mean()):.0%} seen"))
    return ModelFigure([""] * len(above), [above, below], f"{model.name}, seed {settings.seed}")


_DRAWN: Mapping[Kind, Callable[[MorphableModel, ModelFigureSettings], ModelFigure]] = {
    "components": _components,
    "vectors": _vectors,
    "maps": _maps,
    "heads": _heads,
}


def _cell(
    model: MorphableModel,
    shape: Tensor,
    pose: Pose,
    settings: ModelFigureSettings,
    colours: Tensor | None = None,
    title: str = "",
) -> Cell:
    """A shape (V, 3), in grey where it has no colours (V, 3), on white."""
    size, white = (settings.side, settings.side), torch.ones(3, settings.side, settings.side)
    painted = None if colours is None else colours.clamp(0, 1)
    return _plain(as_pixels(render(shape, model.triangles, pose, size, painted, background=white)), title)


def _plain(picture: Image, title: str) -> Cell:
    return Cell(picture, reconstruction=False, title=title)


def _framing(shapes: Iterable[Tensor], side: int, yaw: float = _YAW, pitch: float = _PITCH) -> Pose:
    """A camera at which all of some shapes (V, 3) fit a square picture, with the middle of the first in its own.

    Args:
        yaw, pitch: in degrees.
    """
    radians = torch.tensor([yaw, pitch, 0.0]).deg2rad()
    rotation = rotation_from_angles(*radians)
    turned = [(shape @ rotation.mT)[:, :2] for shape in shapes]
    middle = (turned[0].amin(0) + turned[0].amax(0)) / 2
    reach = max(float((one - middle).abs().max()) for one in turned)
    scale = torch.tensor(_FILLED * side / (2 * reach))
    place = side / 2 - scale * middle * middle.new_tensor([1.0, -1.0])
    return Pose(rotation, place, scale)


def _signed(name: str, number: int, end: float) -> str:
    return f"{name} {number}, {end:+g}σ"


def _padded(cells: Sequence[Cell | None], count: int) -> list[Cell | None]:
    return [*cells, *[None] * (count - len(cells))]


def _tensor(values: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(values).float()
