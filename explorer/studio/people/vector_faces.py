"""Figure 19 of DIFFUSE: new people drawn about the vector of each group."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from explorer.science.synthetic.labelled import person_of
from explorer.science.synthetic.macro_model import MacroModel
from explorer.science.synthetic.parameter_vectors import GroupVectors
from explorer.science.synthetic.population import lamp
from explorer.science.synthetic.rendered import render_scenes
from explorer.science.synthetic.scene import COLOURS, GROUPS, LARGEST_SEED, Background, Camera, Person, Scene
from explorer.studio.export.picture_grid import Cell, GridOptions, draw_grid
from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.people.vector_figures import NOTE

Floats = NDArray[np.float64]

# More than there are faces in a row.
_APART = 16
# Of the hair alone, which is not grey.
_AGE = 0.5


def people_about(
    macros: MacroModel, vectors: GroupVectors, group: str, count: int, seed: int, spread: float = 1.0
) -> list[Person]:
    """The person on a group's vector itself, and new ones about it, in shape and colour.

    Args:
        spread: how far from it, 1 for as far as its people are.
    """
    # Groups are of different people: with one seed the same draws would lie about each vector.
    first = (seed * len(GROUPS) + GROUPS.index(group)) * _APART % LARGEST_SEED
    shapes = np.concatenate([vectors.drawn(group, 1, first, 0.0), vectors.drawn(group, count, first, spread)])
    random = np.random.default_rng(first)
    apart = macros.colour_spread() * random.normal(size=(count, COLOURS)) * spread
    colours = macros.colour_means()[GROUPS.index(group)] + np.concatenate([np.zeros((1, COLOURS)), apart])
    # What the learnt vector says, hair follows: these people have no labels of their own.
    broad = shapes @ macros.normals[0] > 0
    return [
        person_of((first + place) % LARGEST_SEED, shape, colour, broad=bool(one), age=_AGE)
        for place, (shape, colour, one) in enumerate(zip(shapes, colours, broad, strict=True))
    ]


def draw_new_people(
    macros: MacroModel, vectors: GroupVectors, count: int, seed: int, spread: float, side: int
) -> Figure:
    """A row for each group: its vector, and people about it.

    Args:
        count: of the people beside the vector. side: of a picture in pixels.
    """
    people = {group: people_about(macros, vectors, group, count, seed, spread) for group in GROUPS}
    scenes = [_scene(person) for row in people.values() for person in row]
    drawn = iter(render_scenes(scenes, load_morphable_model(), side))
    rows = [
        [
            Cell(next(drawn).pixels, reconstruction=False, title=group if place == 0 else "")
            for place, _ in enumerate(row)
        ]
        for group, row in people.items()
    ]
    titles = ["", *[""] * count]
    note = (
        f"On the left the vector of each group itself, the mean of {vectors.people:,} people of it; beside it new "
        f"people drawn about it with {spread:g} of its people's spread, in shape and colour. {NOTE}."
    )
    return draw_grid(titles, rows, note, GridOptions(mark=False, largest=26))


def _scene(person: Person) -> Scene:
    """The same light and pose for all, so that nothing but the people differs."""
    light = np.zeros((9, 3))
    light[0] = 0.5
    light += lamp((-0.5, 0.5, 1.0), (0.85, 0.85, 0.85))
    red, green, blue = light.T.round(4).tolist()
    return Scene(
        person=person,
        yaw=12.0,
        light=tuple(zip(red, green, blue, strict=True)),
        camera=Camera(height=285.0, shift=(0.0, -0.06), distance=900.0),
        background=Background(colours=((0.62, 0.64, 0.67),)),
    )
